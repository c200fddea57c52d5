"""Facts about the commit record."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.errors import CorruptSnapshotError, UsageError
from datosnap.store.manifest import FileEntry, Gap, Manifest, Withheld, decode, encode
from tests.support.snapshots import facts, reseal, write_snapshot

SHA = "a" * 64
ENTRY = FileEntry("records/post/current-00000.ndjson.zst", "current", "post", 3, 99, SHA)


def manifest(*files: FileEntry) -> Manifest:
    """Make a manifest of some files."""
    return Manifest("ndjson", "zstd", facts(), files)


def changed(change: Callable[[JsonObject], object]) -> bytes:
    """Make the text of a manifest that says something else, under a right checksum."""
    value = json.loads(encode(manifest(ENTRY)))
    change(value)
    return reseal((json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def test_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every fact and every file comes back."""
    written = write_snapshot(tmp_path)

    assert decode(encode(written)) == written
    assert decode((tmp_path / "manifest.json").read_bytes()) == written


def test_text_is_for_people_and_tools() -> None:
    """The JSON is indented, in UTF-8, and says in plain words what it holds."""
    value = json.loads(encode(manifest(ENTRY)))

    assert list(value) == [
        "format_version", "complete", "chunk_format", "compression", "keeps_raw", "facts",
        "misfits", "files", "checksum",
    ]  # fmt: skip
    assert value["facts"]["project_name"] == "Höhle & Söhne"
    assert value["files"] == [
        {
            "path": "records/post/current-00000.ndjson.zst",
            "kind": "current",
            "model": "post",
            "rows": 3,
            "bytes": 99,
            "sha256": SHA,
        }
    ]
    assert b'\n  "facts": {\n    "tool_version"' in encode(manifest())


def test_checksum_is_the_documented_one() -> None:
    """Anybody can recompute the checksum: SHA-256 of the text with zeros in its place."""
    text = encode(manifest(ENTRY))

    assert reseal(text) == text


def test_complete_means_no_gap_and_nothing_moved() -> None:
    """Either of the two makes a snapshot incomplete; a withheld secret does not."""
    gap = Gap("asset", "1", "the CDN answered 404")
    told = facts()

    assert manifest().complete
    assert replace(manifest(), facts=replace(told, withheld=(Withheld("a", "1", "b"),))).complete
    assert not replace(manifest(), facts=replace(told, gaps=(gap,))).complete
    assert not replace(manifest(), facts=replace(told, consistency="moving")).complete


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: one["files"][0].update(path="../x"), "is no path for a file of kind current"),
        (lambda one: one["files"][0].update(model="other"), "is no path for a file"),
        (lambda one: one["files"][0].update(kind="history"), "is no path for a file"),
        (lambda one: one["files"][0].update(kind="secret"), "Invalid enum value"),
        (lambda one: one["files"][0].update(rows=None), "must have a number of rows"),
        (lambda one: one["files"][0].update(rows=-1), "Expected `int` >= 0"),
        (lambda one: one["files"][0].update(bytes="9"), "Expected `int`"),
        (lambda one: one["files"][0].update(sha256="A" * 64), "Expected `str` matching"),
        (lambda one: one["files"].append(one["files"][0]), "is named twice"),
        (lambda one: one.pop("files"), "missing required field `files`"),
        (lambda one: one["facts"].update(consistency="sure"), "Invalid enum value"),
        (lambda one: one.update(chunk_format="csv"), "Invalid enum value"),
        (lambda one: one.update(facts=[]), "Expected `object`"),
    ],
)
def test_manifest_that_contradicts_itself_is_refused(
    change: Callable[[JsonObject], object], words: str
) -> None:
    """A right checksum does not make nonsense believable."""
    with pytest.raises(CorruptSnapshotError, match=words):
        decode(changed(change))


def test_members_that_we_do_not_know_are_passed_over() -> None:
    """A later tool may tell more in the same format version."""
    text = changed(lambda one: one.update(extra=1, checksum=one.pop("checksum")))

    assert decode(text) == manifest(ENTRY)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_other_format_version_is_told_with_those_we_read(version: object) -> None:
    """A snapshot of another format is no damage; the message says what we read."""
    with pytest.raises(UsageError, match="expected a snapshot of format version 1, found"):
        decode(changed(lambda one: one.update(format_version=version)))


@pytest.mark.parametrize("text", [b"", b"{}\n", b"[]", b"<html>", b"\xff"])
def test_text_without_a_checksum_is_refused(text: bytes) -> None:
    """Another program's manifest.json is not taken for ours."""
    with pytest.raises(CorruptSnapshotError, match="does not end with its checksum"):
        decode(text)


@pytest.mark.parametrize("body", [b'{"a" ', b'{"a":' * 3000, b"nothing"])
def test_text_that_is_no_json_is_refused_even_with_a_checksum(body: bytes) -> None:
    """What cannot be parsed is refused without a traceback."""
    text = reseal(body + b'"checksum": "' + b"0" * 64 + b'"\n}\n')

    with pytest.raises(CorruptSnapshotError, match=r"manifest\.json is damaged"):
        decode(text)
