"""No changed byte goes unnoticed: every damage to a snapshot is found, under the right name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from datosnap.errors import BackupError, CorruptSnapshotError, UsageError
from datosnap.store.journal import Journal
from datosnap.store.manifest import decode, encode
from datosnap.store.names import ChunkFormat, Compression
from datosnap.store.snapshot import Snapshot
from datosnap.store.verification import Damage, check
from tests.support.snapshots import FORMATS, flip, reseal, write_snapshot


def _read_everything(root: Path) -> None:
    snapshot = Snapshot.open(root)
    snapshot.resources("site")
    snapshot.schedules()
    for kind in ("current", "published", "history", "uploads"):
        list(snapshot.rows(kind))
    for entry in snapshot.manifest.files:
        if entry.kind == "asset":
            list(snapshot.asset(entry.path.rpartition("/")[2]))


def _kinds(root: Path) -> list[tuple[str, str]]:
    return [(damage.path, damage.kind) for damage in check(root).damages]


def test_every_flipped_bit_of_the_manifest_is_found(tmp_path: Path) -> None:
    """Whichever bit of the manifest changes, it is not believed."""
    text = encode(write_snapshot(tmp_path))
    accepted = []
    for bit in range(len(text) * 8):
        try:
            decode(flip(text, bit))
        except CorruptSnapshotError:
            continue
        accepted.append(bit)

    assert accepted == []


def test_manifest_of_any_other_length_is_found(tmp_path: Path) -> None:
    """Cut anywhere, or with anything after it, the manifest is not believed."""
    text = encode(write_snapshot(tmp_path))
    for changed in (*(text[:size] for size in range(len(text))), text + b"\n", text + text):
        with pytest.raises(CorruptSnapshotError):
            decode(changed)


def test_flipped_bit_of_the_manifest_is_reported_by_verification(tmp_path: Path) -> None:
    """A damaged manifest is a damage like others: named, and nothing else is guessed at."""
    write_snapshot(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_bytes(flip(path.read_bytes(), 1000))

    assert _kinds(tmp_path) == [("manifest.json", "damaged")]
    with pytest.raises(CorruptSnapshotError, match=r"manifest\.json is damaged"):
        Snapshot.open(tmp_path)


def _flip_and_check(root: Path, path: Path, bit: int) -> None:
    whole = path.read_bytes()
    path.write_bytes(flip(whole, bit))
    assert _kinds(root) == [(path.relative_to(root).as_posix(), "damaged")]
    with pytest.raises(CorruptSnapshotError, match=path.name):
        _read_everything(root)
    path.write_bytes(whole)


@pytest.mark.parametrize(
    "flips", [60, pytest.param(2500, marks=pytest.mark.long)], ids=["some", "many"]
)
@pytest.mark.parametrize(("chunk_format", "compression"), FORMATS)
def test_flipped_bits_of_chunks_and_assets_are_found_in_the_right_file(
    tmp_path: Path, chunk_format: ChunkFormat, compression: Compression, flips: int
) -> None:
    """Seeded bits in every kind of file: each is reported with its file, none is read over."""
    manifest = write_snapshot(tmp_path, chunk_format, compression)
    paths = [tmp_path / entry.path for entry in manifest.files if entry.bytes]
    draw = Random(f"{chunk_format} {compression}")  # noqa: S311 - a repeatable draw is wanted
    for number in range(flips):
        path = paths[number % len(paths)]
        _flip_and_check(tmp_path, path, draw.randrange(path.stat().st_size * 8))

    assert _kinds(tmp_path) == []
    _read_everything(tmp_path)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _extend(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


def _cut_last_line(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def _double(path: Path) -> None:
    path.write_bytes(path.read_bytes() * 2)


def _link(path: Path) -> None:
    other = path.with_name("other")
    path.rename(other)
    path.symlink_to(other.name)


def _make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (Path.unlink, "missing"),
        (_empty, "damaged"),
        (_extend, "damaged"),
        (_cut_last_line, "damaged"),
        (_double, "damaged"),
        (_make_folder, "unreadable"),
        (_make_pipe, "unreadable"),
        (_link, "unreadable"),
    ],
)
@pytest.mark.parametrize("chunk_format", ["ndjson", "parquet"])
def test_each_damaged_file_is_named_and_not_read(
    tmp_path: Path, chunk_format: ChunkFormat, damage: Callable[[Path], None], kind: str
) -> None:
    """Removed, emptied, cut, grown or replaced: each file in turn is named and refused."""
    manifest = write_snapshot(tmp_path / "whole", chunk_format, "none")
    named = [entry for entry in manifest.files if entry.bytes]
    assert len(named) > 8
    for number, entry in enumerate(named):
        root = tmp_path / str(number)
        shutil.copytree(tmp_path / "whole", root)
        damage(root / entry.path)

        assert (entry.path, kind) in _kinds(root)
        with pytest.raises(CorruptSnapshotError):
            _read_everything(root)


def test_exchanged_files_are_both_named(tmp_path: Path) -> None:
    """Two chunks in each other's place are two damages, though both are whole in themselves."""
    manifest = write_snapshot(tmp_path)
    first, second = [entry.path for entry in manifest.files if entry.kind == "current"][:2]
    (tmp_path / first).rename(tmp_path / "kept")
    (tmp_path / second).rename(tmp_path / first)
    (tmp_path / "kept").rename(tmp_path / second)

    assert _kinds(tmp_path) == [(first, "damaged"), (second, "damaged")]


def test_all_damages_are_collected(tmp_path: Path) -> None:
    """One bad file does not hide the next, and foreign files are told with them."""
    manifest = write_snapshot(tmp_path)
    first, *_, last = [entry for entry in manifest.files if entry.bytes]
    (tmp_path / first.path).unlink()
    (tmp_path / last.path).write_bytes(b"x" * last.bytes)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "records/post/current-00099.ndjson.zst").write_bytes(b"")

    damages = check(tmp_path).damages

    assert [(one.path, one.kind) for one in damages] == [
        (first.path, "missing"),
        (last.path, "damaged"),
        ("notes.txt", "foreign"),
        ("records/post/current-00099.ndjson.zst", "foreign"),
    ]
    assert damages[0] == Damage(first.path, "missing", f"{first.bytes} bytes", "no file")
    assert damages[1].found.startswith("SHA-256 ")


def test_every_flipped_bit_of_a_journal_is_found(tmp_path: Path) -> None:
    """A changed journal is refused, wherever the change is; only a cut line is done again."""
    path = tmp_path / "journal"
    journal = Journal.open(path, {"run": "a"})
    for step in range(4):
        journal.append({"step": f"item {step}"})
    journal.close()
    whole = path.read_bytes()
    accepted = []
    for bit in range(len(whole) * 8):
        path.write_bytes(flip(whole, bit))
        try:
            Journal.open(path, {"run": "a"}).close()
        except (CorruptSnapshotError, UsageError):
            continue
        accepted.append(bit)

    assert accepted == []


def test_newer_format_with_a_sound_checksum_is_no_damage(tmp_path: Path) -> None:
    """A snapshot of a format we do not know is refused as such, not called damaged."""
    write_snapshot(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_bytes(
        reseal(path.read_bytes().replace(b'"format_version": 1', b'"format_version": 2'))
    )

    with pytest.raises(UsageError, match="format version 1, found 2"):
        check(tmp_path)


def test_hostile_manifest_with_a_sound_checksum_is_refused(tmp_path: Path) -> None:
    """A path that leads out of the folder is refused, though the checksum is right."""
    write_snapshot(tmp_path)
    path = tmp_path / "manifest.json"
    text = path.read_bytes()
    for hostile in (
        b"../../../etc/passwd",
        b"/etc/passwd",
        b"project/../../x.ndjson",
        b"project/A.ndjson",
    ):
        path.write_bytes(reseal(text.replace(b"project/site.ndjson", hostile)))
        with pytest.raises(BackupError, match="is no path for a file of kind resource"):
            Snapshot.open(tmp_path)
