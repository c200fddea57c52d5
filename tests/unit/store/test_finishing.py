"""A snapshot whose run was cut off behind its manifest is finished by the same run alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.jsontext import encode_pretty
from datosnap.errors import SnapshotLockedError
from datosnap.store.finishing import finish, is_cut_off
from datosnap.store.lock import hold
from datosnap.store.names import JOURNAL, MARKER, WORK
from datosnap.store.snapshot import Snapshot
from tests.support.snapshots import files_under, write_snapshot

IDENTITY = {"project": "1", "format": "ndjson"}


def cut_off(root: Path, identity: object = IDENTITY) -> list[str]:
    """Make a snapshot with what a run would have removed last; give its own files."""
    write_snapshot(root)
    own = files_under(root)
    (root / MARKER).write_bytes(encode_pretty({"pid": 1, "identity": identity}))
    (root / JOURNAL).write_bytes(b"lines\n")
    (root / WORK).mkdir()
    (root / WORK / "current-post-00000.zst").write_bytes(b"rows")
    return own


def test_what_is_left_is_tidied_up(tmp_path: Path) -> None:
    """The same run gets the manifest, and only the snapshot stays."""
    own = cut_off(tmp_path)
    before = (tmp_path / "manifest.json").read_bytes()
    assert is_cut_off(tmp_path)

    assert finish(tmp_path, dict(reversed(IDENTITY.items()))) == Snapshot.open(tmp_path).manifest

    assert files_under(tmp_path) == own
    assert (tmp_path / "manifest.json").read_bytes() == before
    assert not is_cut_off(tmp_path)


@pytest.mark.parametrize("identity", [None, {"project": "2", "format": "ndjson"}])
def test_another_run_leaves_it_alone(tmp_path: Path, identity: object) -> None:
    """Of another identity, or of none, nothing is touched."""
    cut_off(tmp_path, identity)
    before = files_under(tmp_path)

    assert finish(tmp_path, IDENTITY) is None

    assert files_under(tmp_path) == before


def test_a_damaged_manifest_is_not_finished(tmp_path: Path) -> None:
    """What is no whole snapshot is left for somebody to look at."""
    cut_off(tmp_path)
    (tmp_path / "manifest.json").write_bytes(b"{}")
    before = files_under(tmp_path)

    assert finish(tmp_path, IDENTITY) is None

    assert files_under(tmp_path) == before


def test_a_manifest_that_went_away_is_not_finished(tmp_path: Path) -> None:
    """Somebody removed it meanwhile: the place is an unfinished run again."""
    cut_off(tmp_path)
    (tmp_path / "manifest.json").unlink()

    assert not is_cut_off(tmp_path)
    assert finish(tmp_path, IDENTITY) is None


@pytest.mark.parametrize("missing", ["place", "manifest", "mark"])
def test_only_a_snapshot_with_a_mark_was_cut_off(tmp_path: Path, missing: str) -> None:
    """No place, an unfinished run and a finished snapshot are something else."""
    root = tmp_path / "root"
    if missing == "mark":
        write_snapshot(root)
    elif missing == "manifest":
        root.mkdir()
        (root / MARKER).write_bytes(b"{}")

    assert not is_cut_off(root)


def test_a_run_at_work_is_not_finished(tmp_path: Path) -> None:
    """Who holds the place tidies up by itself."""
    cut_off(tmp_path)
    with hold(tmp_path), pytest.raises(SnapshotLockedError):
        finish(tmp_path, IDENTITY)
