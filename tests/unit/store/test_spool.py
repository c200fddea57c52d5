"""Facts about records that are kept aside on disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from datosnap.errors import DiskError
from datosnap.store.shelf import Shelf
from datosnap.store.spool import Spool


def test_records_are_had_again_in_any_order() -> None:
    """Each record comes back by its kind and id, empty ones and replaced ones too."""
    with Shelf() as shelf, Spool(shelf) as spool:
        for number in range(100):
            spool.add("item", str(number), b"%d" % number * number)
        spool.add("item", "7", b"new")
        spool.add("upload", "7", b"other")

        assert spool.get("item", "99") == b"99" * 99
        assert spool.get("item", "0") == b""
        assert spool.get("item", "7") == b"new"
        assert spool.get("upload", "7") == b"other"
        assert spool.holds("item", "5")
        assert not spool.holds("upload", "5")
        with pytest.raises(KeyError):
            spool.get("upload", "5")


def test_nothing_is_left_when_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary file goes with the spool."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Shelf() as shelf, Spool(shelf) as spool:
        spool.add("item", "1", b"data")

    assert list(tmp_path.iterdir()) == []


def test_missing_temporary_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a place for temporary files there is a clear word."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    with pytest.raises(DiskError, match="cannot create a temporary file in"):
        Shelf()
