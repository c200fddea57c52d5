"""Facts about values that are kept aside on disk, by key."""

from __future__ import annotations

import tempfile
import tracemalloc
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from datosnap.errors import DiskError
from datosnap.store import shelf as shelves
from datosnap.store.shelf import BYTES, JSON, TEXT, Shelf


class _Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class _Thing:
    colour: _Colour
    data: bytes
    names: tuple[str, ...] | None = None


def test_values_come_back_as_they_were() -> None:
    """Objects, enumerations, bytes, text of any script and JSON survive; tables do not mix."""
    thing = _Thing(_Colour.RED, b"\x00\xff", ("a", "\u05d0\U0001f600"))
    huge = {"n": 2**63, "x": [None, 1.5, "\u2028"]}
    with Shelf() as shelf:
        things, colours = shelf.mapping(_Thing), shelf.mapping(_Colour)
        texts, raws, values = shelf.table(TEXT), shelf.table(BYTES), shelf.table(JSON)
        things["k"], colours["k"], texts["k"] = thing, _Colour.RED, "\U0001f600"
        raws["k"], values["k"], values["none"] = b"", huge, None

        assert things["k"] == thing
        assert colours["k"] is _Colour.RED
        assert (texts["k"], raws["k"]) == ("\U0001f600", b"")
        assert dict(values) == {"k": huge, "none": None}


def test_a_table_is_a_mapping_in_the_order_of_its_keys() -> None:
    """A key keeps its place when its value changes, as in a dict; what is gone is gone."""
    with Shelf() as shelf:
        table = shelf.mapping(int)
        table.update({"b": 1, "a": 2, "c": 3})
        table["b"] = 4
        del table["a"]

        assert list(table) == ["b", "c"]
        assert list(table.items()) == [("b", 4), ("c", 3)]
        assert list(table.values()) == [4, 3]
        assert list(table.in_key_order()) == [("b", 4), ("c", 3)]
        assert len(table) == 2
        assert "b" in table
        assert "a" not in table
        assert table.pop("a", None) is None
        assert table.setdefault("c", 9) == 3
        with pytest.raises(KeyError, match="a"):
            table["a"]
        with pytest.raises(KeyError, match="a"):
            del table["a"]
        table.clear()
        assert (len(table), list(table)) == (0, [])


def test_keys_are_found_by_their_places() -> None:
    """Places are counted from 0 in the order in which keys came."""
    with Shelf() as shelf:
        keys = shelf.keys()
        for one in ("x", "y", "x", "z"):
            keys[one] = None

        assert [keys.at(place) for place in range(3)] == ["x", "y", "z"]
        assert [keys.place_of(one) for one in ("z", "x", "gone")] == [2, 0, None]
        with pytest.raises(IndexError):
            keys.at(3)


def test_a_table_may_change_while_it_is_walked_through() -> None:
    """Of more keys than are read at a time each is met once; what is deleted ahead is not."""
    with Shelf() as shelf:
        table = shelf.mapping(int)
        table.update((str(number), number) for number in range(2_000))
        met = []
        for key, number in table.items():
            met.append(number)
            del table[key]
            if number == 0:
                del table["1999"]

        assert met == list(range(1_999))
        assert len(table) == 0


def test_memory_does_not_grow_with_the_values() -> None:
    """A hundred times as many values take no more of Python's memory."""
    peaks = []
    for count in (1_000, 100_000):
        with Shelf() as shelf:
            table = shelf.table(TEXT)
            tracemalloc.start()
            table.update((f"key {number}", "value") for number in range(count))
            total = sum(len(one) for one in table.values())
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert total == 5 * count

    assert peaks[1] < 1.5 * peaks[0]


def test_nothing_is_left_when_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary file goes with the shelf."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Shelf() as shelf:
        shelf.mapping(int)["a"] = 1

    assert list(tmp_path.iterdir()) == []


def test_a_missing_temporary_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a place for temporary files there is a clear word."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    with pytest.raises(DiskError, match="cannot create a temporary file in"):
        Shelf()


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the file can grow no more, the message says where and what to do."""
    monkeypatch.setattr(shelves, "_SETTINGS", (*shelves._SETTINGS, "pragma max_page_count = 20"))
    with Shelf() as shelf, pytest.raises(DiskError, match="full; free some space there, or name"):
        shelf.table(TEXT).update((str(number), "x" * 1_000) for number in range(1_000))
