"""Whatever way a tracked dictionary is changed, it knows which keys were."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from datosnap.core.jsontext import Json
from datosnap.sandbox.tracked import Tracked


def _union(held: Tracked[int]) -> None:
    held |= {"a": 9, "c": 3}


@pytest.mark.parametrize(
    ("change", "written", "deleted"),
    [
        (lambda held: held.__setitem__("c", 3), ["c"], set()),
        (lambda held: held.__delitem__("a"), [], {"a"}),
        (lambda held: held.pop("a"), [], {"a"}),
        (lambda held: held.pop("c", None), [], set()),
        (lambda held: held.popitem(), [], {"b"}),
        (lambda held: held.clear(), [], {"a", "b"}),
        (lambda held: held.setdefault("a", 5), [], set()),
        (lambda held: held.setdefault("c", 5), ["c"], set()),
        (lambda held: held.update({"b": 4}, c=5), ["b", "c"], set()),
        (_union, ["a", "c"], set()),
    ],
)
def test_every_change_is_noted(
    change: Callable[[Tracked[Json]], Json], written: list[str], deleted: set[str]
) -> None:
    """Written and deleted keys are those that a plain dictionary would have changed."""
    plain: dict[str, Json] = {"a": 1, "b": 2}
    held = Tracked(plain)

    change(held)

    assert (list(held.written), held.deleted) == (written, deleted)
    assert {key for key in held if held[key] != plain.get(key)} <= set(written)
    assert plain.keys() - held.keys() == deleted


def test_a_key_that_comes_back_is_both() -> None:
    """Its old entry goes and a new one comes, at the end."""
    held = Tracked({"a": 1, "b": 2})
    del held["a"]
    held["a"] = 3

    assert (list(held), list(held.written), held.deleted) == (["b", "a"], ["a"], {"a"})


def test_a_settled_dictionary_has_nothing_to_tell() -> None:
    """What was saved is not written again."""
    held = Tracked({"a": 1})
    held["b"] = 2
    del held["a"]
    held.settle()

    assert (held, held.written, held.deleted) == ({"b": 2}, {}, set())


def test_a_missing_key_is_missing() -> None:
    """Taking out what is not there fails as it does elsewhere."""
    with pytest.raises(KeyError):
        Tracked[int]({}).pop("a")
