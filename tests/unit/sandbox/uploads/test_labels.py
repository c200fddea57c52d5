"""Pictures are labelled by their colours, where the world labels pictures at all."""

from __future__ import annotations

import pytest

from datosnap.sandbox.state import Policy
from datosnap.sandbox.uploads.labels import smart_tags
from datosnap.sandbox.worlds import new_world
from tests.unit.sandbox.uploads.files import plain_png
from tests.unit.sandbox.uploads.studio import Studio


@pytest.mark.parametrize(
    ("color", "name"),
    [
        ((128, 128, 128), "gray"),
        ((250, 250, 250), "white"),
        ((10, 12, 9), "black"),
        ((200, 30, 40), "red"),
        ((240, 140, 20), "orange"),
        ((120, 70, 30), "brown"),
        ((240, 230, 30), "yellow"),
        ((30, 160, 60), "green"),
        ((20, 200, 210), "cyan"),
        ((30, 60, 200), "blue"),
        ((130, 40, 200), "purple"),
        ((230, 60, 160), "pink"),
        ((210, 20, 30), "red"),
    ],
)
def test_colors_have_names(color: tuple[int, int, int], name: str) -> None:
    """One word for each, as a person would say."""
    told = dict(zip(("red", "green", "blue"), color, strict=True))

    assert smart_tags([{**told, "alpha": 255}]) == [name]


def test_equal_names_are_said_once() -> None:
    """The most frequent colour comes first."""
    gray = {"red": 100, "green": 100, "blue": 100}
    assert smart_tags([gray, {"red": 200, "green": 0, "blue": 0}, gray]) == ["gray", "red"]


def test_a_gray_picture_is_tagged_so() -> None:
    """It is found by its smart tag then."""
    studio = Studio()
    studio.world.policy = Policy(smart_tags=True)

    upload = studio.add("a.png", plain_png(4, 4, (120, 120, 120)))

    assert studio.find(upload)["smart_tags"] == ["gray"]
    tags = studio.ask("GET", "/upload-smart-tags").body["data"]
    assert [tag["id"] for tag in tags] == ["gray"]


def test_a_world_that_repeats_itself_labels_nothing() -> None:
    """What it answers does not depend on how well pictures are labelled."""
    assert not new_world(seed=1).policy.smart_tags
    assert new_world().policy.smart_tags
