"""`datosnap show` with the installed command: what is in a snapshot, and single entries of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.flows.progress import Silent
from datosnap.flows.show import find_copies
from datosnap.store.snapshot import Snapshot
from tests.support.sample_dumps import FOLDER
from tests.support.sandboxes import datosnap


@pytest.mark.parametrize("chunk_format", ["ndjson", "parquet"])
def test_a_snapshot_is_told_at_a_glance(chunk_format: str, tmp_path: Path) -> None:
    """Project, completeness, consistency, locales and every model stand on one screen."""
    ended = datosnap("show", FOLDER / chunk_format, folder=tmp_path)

    assert ended.code == 0, ended.err
    assert ended.out.startswith("Lanterna, in ")
    told = {line.split()[0]: line.split()[1:] for line in ended.out.splitlines()}
    assert told["complete"] == ["yes"]
    assert told["locales"] == ["en,", "it,", "ja"]
    assert told["format"][0] == f"{chunk_format},"
    for model in Snapshot.open(FOLDER / chunk_format).manifest.facts.totals:
        counts = [model.records, model.published_copies, model.versions, model.api_total]
        assert told[model.model][:4] == list(map(str, counts))
    assert ended.err == ""


def test_programs_get_the_same_as_json(tmp_path: Path) -> None:
    """Facts as in the manifest, sizes by kind and by model."""
    root = FOLDER / "ndjson"

    document = datosnap("show", root, "--json", folder=tmp_path).document

    manifest = decode_object((root / "manifest.json").read_bytes())
    assert document["facts"] == manifest["facts"]
    assert document["bytes"] == sum(one["bytes"] for one in manifest["files"])
    assert document["complete"] is True
    assert document["locales"] == ["en", "it", "ja"]
    names = {one["model"]: one["name"] for one in document["models"]}
    assert len(names) == len(manifest["facts"]["totals"])
    assert "Article" in names["article"]
    assert "step" in document["block_models"]


def test_one_record_is_printed_as_it_was_sent(tmp_path: Path) -> None:
    """A document a copy on stdout: current content, then the published one."""
    root = FOLDER / "parquet"
    entry = next(Snapshot.open(root).rows("published", "article"))
    identifier = decode_object(entry)["id"]

    ended = datosnap("show", root, identifier, folder=tmp_path)

    assert ended.code == 0, ended.err
    documents = [
        decode_object(text) for text in ended.out.replace("\n}\n", "\n}\0").split("\0")[:-1]
    ]
    copies = find_copies(root, identifier, history=False, progress=Silent())
    assert documents == [decode_object(one.resource) for one in copies]
    assert len(documents) == 2


def test_history_adds_every_version(tmp_path: Path) -> None:
    """Each names the record as its own."""
    root = FOLDER / "ndjson"
    versions = [decode_object(one) for one in Snapshot.open(root).rows("history", "home")]
    identifier = owner(versions[0])

    ended = datosnap("show", root, identifier, "--history", "--json", folder=tmp_path)

    copies = ended.document["copies"]
    assert ended.document["id"] == identifier
    assert [one["resource"] for one in copies if one["kind"] == "history"] == versions
    assert all(owner(one) == identifier for one in versions)


def test_an_upload_is_found_too(tmp_path: Path) -> None:
    """By the same command."""
    upload = decode_object(next(Snapshot.open(FOLDER / "ndjson").rows("uploads")))

    ended = datosnap("show", FOLDER / "ndjson", upload["id"], folder=tmp_path)

    assert ended.document == upload


def test_an_unknown_id_ends_with_2(tmp_path: Path) -> None:
    """One clear line, and nothing on stdout."""
    ended = datosnap("show", FOLDER / "ndjson", "nope", folder=tmp_path)

    assert ended.code == 2
    assert ended.out == ""
    assert "no record or upload with the id 'nope'" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_no_snapshot_ends_with_10_and_a_damaged_one_with_4(tmp_path: Path) -> None:
    """As with every other command that reads one."""
    assert datosnap("show", "nowhere", folder=tmp_path).code == 10
    shutil.copytree(FOLDER / "ndjson", tmp_path / "torn")
    manifest = tmp_path / "torn" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"still"', b'"stile"'))

    ended = datosnap("show", "torn", folder=tmp_path)

    assert ended.code == 4
    assert "manifest.json is damaged" in ended.err


def test_gaps_and_what_was_withheld_are_listed(tmp_path: Path) -> None:
    """A snapshot that lacks something says so first, and names it."""
    ended = datosnap("show", FOLDER / "ndjson", folder=tmp_path)

    withheld = Snapshot.open(FOLDER / "ndjson").manifest.facts.withheld
    assert withheld
    for one in withheld:
        assert f"{one.kind}  {one.id}" in ended.out


def owner(version: JsonObject) -> str:
    """Give the id of a version's record."""
    return str(version["relationships"]["item"]["data"]["id"])
