"""What nobody has told of the API is a switch: each way can be tried."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.state import Policy
from tests.unit.sandbox.records.building import F, Lab, block, blocks_of, lab, new_id, refusal

OWN = new_id(7)


def _lab(policy: Policy) -> Lab:
    at = lab()
    at.world.policy = policy
    at.model("card", F("text"), modular_block=True)
    at.model(
        "page",
        F("cards", "rich_text", validators={"rich_text_blocks": blocks_of("card")}),
        F("link", "link", validators={"item_item_type": blocks_of("page")}),
    )
    return at


def _cards(at: Lab, *ids: Json) -> Json:
    made = at.create("page", {"cards": [block("card", {"text": "a"}, id=one) for one in ids]})
    return made["attributes"]["cards"]


def _refused(at: Lab, *ids: Json) -> str:
    with pytest.raises(ApiFailure) as refused:
        _cards(at, *ids)
    details: JsonObject = refusal(refused.value)[1]
    return str(details["errors"])


@pytest.mark.parametrize("wanted", [OWN, 5, "not-portable"])
def test_new_blocks_may_not_name_their_id(wanted: Json) -> None:
    """As long as nothing else is known, an id that is not there is refused."""
    assert "does not belong to this value" in _refused(_lab(Policy()), wanted)


def test_ids_of_new_blocks_are_ignored() -> None:
    """The block is made and gets an id of its own."""
    at = _lab(Policy(block_ids="ignore"))

    made = _cards(at, OWN, OWN)

    assert OWN not in made
    assert len(set(made)) == 2


def test_ids_of_new_blocks_are_kept() -> None:
    """Once each, if they have the right form and are free."""
    at = _lab(Policy(block_ids="keep"))

    assert _cards(at, OWN) == [OWN]
    for wanted in ((OWN,), ("no-v4",), (new_id(8), new_id(8)), (5,)):
        assert "does not belong to this value" in _refused(at, *wanted)


def test_links_to_nothing_are_refused_or_taken() -> None:
    """The strict way is the usual one; the other lets links come before their records."""
    with pytest.raises(ApiFailure):
        _lab(Policy()).create("page", {"link": OWN})

    at = _lab(Policy(links_must_exist=False))
    source = at.create("page", {"link": OWN})["id"]
    at.create("page", {}, id=OWN)

    assert [one["id"] for one in at.data("GET", f"/items/{OWN}/references")] == [source]


def test_large_nested_pages_are_refused_or_cut() -> None:
    """More than 30 nested records are never answered."""
    wanted: JsonObject = {"page": {"limit": "500"}, "nested": "true", "version": "current"}
    with pytest.raises(ApiFailure) as refused:
        _lab(Policy()).send("GET", "/items", None, **wanted)
    assert refusal(refused.value)[0] == "INVALID_PARAMS"

    at = _lab(Policy(nested_beyond="clamp"))
    for _ in range(31):
        at.create("page", {})
    assert len(at.list_ids(**wanted)) == 30
    assert len(at.list_ids(**{**wanted, "nested": "false"})) == 31
