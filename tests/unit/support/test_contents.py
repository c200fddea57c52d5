"""Tests of the strategies that draw content: what they promise to draw does come up."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from datosnap.core.jsontext import Json
from tests.support.contents import (
    BLOCK_IDS,
    FIELD_TYPES,
    ITEM_IDS,
    LOCALES,
    MAX_DEPTH,
    NODE_TYPES,
    UPLOAD_IDS,
    Content,
    at,
    contents,
    is_block,
    texts,
)


@pytest.fixture(scope="module")
def drawn() -> list[Content]:
    """Draw some hundred records, the same on every run."""
    found: list[Content] = []

    @seed(7)
    @settings(
        max_examples=600,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(contents())
    def note(content: Content) -> None:
        found.append(content)

    note()
    return found


def _depth(value: Json) -> int:
    if is_block(value):
        return 1 + _depth(value["attributes"])
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max(map(_depth, inner), default=0)


def _all_texts(drawn: list[Content]) -> set[str]:
    return {text for one in drawn for _, text in texts(one.record["attributes"])}


def test_every_kind_of_field_is_drawn(drawn: list[Content]) -> None:
    """Each field type comes up, localized and not."""
    kinds = {
        (field.field_type, field.localized) for one in drawn for field in one.model.fields.values()
    }
    assert kinds == {(one, localized) for one in FIELD_TYPES for localized in (True, False)}


def test_every_node_and_id_is_drawn(drawn: list[Content]) -> None:
    """Each node of structured text and each id that can be referred to comes up."""
    assert _all_texts(drawn) >= {*NODE_TYPES, *ITEM_IDS, *UPLOAD_IDS}


def test_localized_values_are_drawn_empty_too(drawn: list[Content]) -> None:
    """Each locale comes up with a value and with null."""
    found = {
        (locale, value is None)
        for one in drawn
        for field in one.model.fields.values()
        if field.localized and isinstance(one.record["attributes"][field.api_key], dict)
        for locale, value in one.record["attributes"][field.api_key].items()
    }
    assert found == {(one, empty) for one in LOCALES for empty in (True, False)}


def test_blocks_nest_as_deep_as_promised(drawn: list[Content]) -> None:
    """Blocks stand in blocks that stand in blocks, and no deeper."""
    assert max(_depth(one.record["attributes"]) for one in drawn) == MAX_DEPTH


def test_old_ids_are_shared() -> None:
    """Some ids stand for a record in one place and for an upload in another."""
    assert set(ITEM_IDS) & set(UPLOAD_IDS)
    assert not set(BLOCK_IDS) & {*ITEM_IDS, *UPLOAD_IDS}


def test_paths_lead_to_their_texts(drawn: list[Content]) -> None:
    """Following the path of a text leads to that text."""
    for content in drawn:
        attributes = content.record["attributes"]
        for path, text in texts(attributes):
            assert at(attributes, path) == text
