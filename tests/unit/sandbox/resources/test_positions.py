"""Places among siblings."""

from __future__ import annotations

from datosnap.sandbox.resources.positions import inserted, moved, next_position, removed

_ABC = {"a": 1, "b": 2, "c": 3}


def test_next_place_is_behind_all() -> None:
    """Without a wish, one comes last."""
    assert next_position(_ABC) == 4
    assert next_position({}) == 1


def test_taken_place_moves_the_others_on() -> None:
    """Those in the way go one further, those behind a gap stay."""
    assert inserted(_ABC, "x", 2) == {"a": 1, "x": 2, "b": 3, "c": 4}
    assert inserted({"a": 1, "b": 2, "c": 9}, "x", 1) == {"x": 1, "a": 2, "b": 3, "c": 9}


def test_free_place_moves_nobody() -> None:
    """A place nobody has can be taken, also far behind."""
    assert inserted(_ABC, "x", 7) == {**_ABC, "x": 7}


def test_gap_is_closed() -> None:
    """Those behind one that goes close up, unless it shared its place."""
    assert removed(_ABC, "b") == {"a": 1, "c": 2}
    assert removed({"a": 1, "b": 1, "c": 2}, "b") == {"a": 1, "c": 2}


def test_moving_keeps_the_order_of_the_others() -> None:
    """Forwards, backwards, and nowhere."""
    assert moved(_ABC, "a", 3) == {"b": 1, "c": 2, "a": 3}
    assert moved(_ABC, "c", 1) == {"c": 1, "a": 2, "b": 3}
    assert moved(_ABC, "b", 2) == _ABC


def test_ascending_moves_give_the_wanted_order() -> None:
    """The official tools' way: one after the other, from the first place on."""
    places = dict(_ABC)
    for place, key in enumerate("cab", start=1):
        places = moved(places, key, place)

    assert places == {"c": 1, "a": 2, "b": 3}
