"""Facts about finding snapshots below a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.errors import SnapshotNotFoundError
from datosnap.store.gathering import snapshots_below
from tests.support.snapshots import write_snapshot


def test_snapshots_are_found_below_by_their_paths(tmp_path: Path) -> None:
    """In order, at several depths; not what is hidden, behind a link, or inside of one."""
    for name in ("tue", "2026/11/21", ".hidden"):
        write_snapshot(tmp_path / name)
    write_snapshot(tmp_path / "tue" / "assets" / "inner")
    (tmp_path / "link").symlink_to(tmp_path / "tue")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")

    found = snapshots_below(tmp_path)
    assert found == {"2026/11/21": tmp_path / "2026/11/21", "tue": tmp_path / "tue"}


def test_names_of_folders_may_be_given_as_text(tmp_path: Path) -> None:
    """A trailing slash changes nothing."""
    write_snapshot(tmp_path / "mon")

    assert snapshots_below(f"{tmp_path}/") == {"mon": f"{tmp_path}/mon"}


def test_nothing_below_is_no_snapshot(tmp_path: Path) -> None:
    """Nor is a folder that does not exist."""
    with pytest.raises(SnapshotNotFoundError, match="expected snapshots below"):
        snapshots_below(tmp_path)
    with pytest.raises(SnapshotNotFoundError, match="does not exist"):
        snapshots_below(tmp_path / "nix")
