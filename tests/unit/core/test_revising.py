"""Putting changed rows in the place of old ones, each row once."""

from __future__ import annotations

from datosnap.core.revising import Edits, put_back, revise


def row(identifier: str, text: str = "old") -> bytes:
    """Make a row."""
    return f"{identifier}:{text}".encode()


def id_of(one: bytes) -> str:
    """Read the id of a row."""
    return one.decode().split(":")[0]


def own_id_of(one: bytes) -> str:
    """Read what tells apart the rows of one id."""
    return one.decode()


def revised(old: str, order: str, **fresh: str) -> str:
    """Revise a list of rows with ids of one letter; fresh ones are shown in capitals."""
    edits = Edits({one: [row(one.upper())] for one in fresh}, list(order))
    return "".join(id_of(one) for one in revise(map(row, old), edits, id_of))


def test_without_edits_the_list_stays() -> None:
    """The same order, the same rows."""
    assert revised("abc", "abc") == "abc"


def test_changed_rows_stand_where_the_old_ones_stood() -> None:
    """In the middle, at the beginning and at the end."""
    assert revised("abc", "abc", a="", c="") == "AbC"


def test_new_rows_are_put_where_they_belong() -> None:
    """Before, between and behind the old ones."""
    assert revised("bd", "abcde", a="", c="", e="") == "AbCdE"


def test_rows_that_are_gone_are_dropped() -> None:
    """What is not in the order stays away, and so does a new row that is not in it."""
    assert revised("abcd", "bd", x="") == "bd"


def test_a_list_may_be_new_altogether() -> None:
    """Nothing was there, or nothing stays."""
    assert revised("", "ab", a="", b="") == "AB"
    assert revised("ab", "") == ""


def test_a_row_that_came_twice_comes_once() -> None:
    """Right behind its first copy, where a page shifted by one, and further on."""
    assert revised("aabcbca", "abc") == "abc"
    assert revised("aab", "ab", a="") == "Ab"


def test_rows_that_share_an_id_stand_together() -> None:
    """All versions of a record are kept; those that came twice with it are kept once."""
    old = [row("a", "2"), row("a", "1"), row("a", "2"), row("a", "1"), row("b", "1"), row("a", "1")]
    edits = Edits({"c": [row("c", "2"), row("c", "1")]}, ["a", "c", "b"])

    assert list(revise(old, edits, id_of, own_id_of)) == [
        row("a", "2"),
        row("a", "1"),
        row("c", "2"),
        row("c", "1"),
        row("b", "1"),
    ]


def test_an_id_may_be_empty() -> None:
    """An id that is no text of letters is an id like others."""
    assert list(revise([b":1", b":1", b"a:1"], Edits({}, ["", "a"]), id_of)) == [b":1", b"a:1"]


def test_what_a_listing_missed_is_put_back_behind_its_neighbour() -> None:
    """Rows that are there stand where they stood; rows that are gone do not come back."""
    held = list("abcdef")

    assert put_back(list("bdx"), held, {"a", "c", "e"}) == list("abcdex")
    assert put_back([], held, {"a"}) == ["a"]
    assert put_back(list("ab"), [], set()) == ["a", "b"]
