"""Facts about the map from ids in a snapshot to ids in a target."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.errors import CorruptSnapshotError, DiskError, UsageError
from datosnap.store import idmap
from datosnap.store.idmap import IdPair
from tests.support.disk import FULL, failing_disk
from tests.support.snapshots import files_under

PAIRS = [IdPair("item", f"source-{number}", f"target-{number}") for number in range(2500)]


def test_map_is_read_as_it_was_written(tmp_path: Path) -> None:
    """All pairs come back, in order."""
    path = tmp_path / "id-map.ndjson"
    idmap.write(path, iter(PAIRS))

    assert list(idmap.read(path)) == PAIRS
    assert path.read_bytes().splitlines()[0] == (
        b'{"kind":"item","source":"source-0","target":"target-0"}'
    )


def test_new_map_replaces_the_old_one_whole(tmp_path: Path) -> None:
    """A map that cannot be written leaves the old one, and no half."""
    path = tmp_path / "id-map.ndjson"
    idmap.write(path, PAIRS)
    with failing_disk(1, FULL, for_ever=True, calls=("fsync",)) as disk:
        with pytest.raises(DiskError):
            idmap.write(path, PAIRS[:1])
        assert disk.fired
    assert list(idmap.read(path)) == PAIRS

    idmap.write(path, [])
    assert list(idmap.read(path)) == []
    assert files_under(tmp_path) == ["id-map.ndjson"]


def test_missing_map_is_told(tmp_path: Path) -> None:
    """Without a map there is a clear word."""
    with pytest.raises(UsageError, match="expected an id map at"):
        idmap.read(tmp_path / "id-map.ndjson")


@pytest.mark.parametrize(
    "line", [b"{}", b"[]", b'{"kind":"item","source":1,"target":"x"}', b"\xff"]
)
def test_other_lines_are_refused_with_their_number(tmp_path: Path, line: bytes) -> None:
    """A line that is no pair is told."""
    path = tmp_path / "id-map.ndjson"
    path.write_bytes(b'{"kind":"item","source":"a","target":"b"}\n' + line + b"\n")

    with pytest.raises(CorruptSnapshotError, match="is damaged in line 2"):
        list(idmap.read(path))
