"""Content reaches into other models through blocks, at any depth."""

from __future__ import annotations

import pytest

from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.schema_plan import Both, plan_schema
from datosnap.core.schema_reach import gaining_fields, with_blocks
from tests.unit.core.test_relaxing import OURS, schema
from tests.unit.core.test_schema_matching import by_kind


def test_block_models_are_reached_at_any_depth() -> None:
    """Circles end, and models that are gone are passed over."""
    assert with_blocks(schema(), ["post"]) == {"post", "quote", "deep"}
    assert with_blocks(schema(), ["nobody"]) == frozenset()


@pytest.mark.parametrize(
    ("lacking", "models"),
    [(set(), set()), ({"title"}, {"post"}), ({"depth"}, {"post"}), ({"deep", "depth"}, {"post"})],
)
def test_records_gain_what_their_blocks_gain(lacking: set[str], models: set[str]) -> None:
    """A field that is made, or a block model, is news for every model whose content may hold it."""
    theirs = by_kind(*(one for one in OURS if one["id"] not in lacking))
    pairs = {(one["type"], one["id"]): one["id"] for one in OURS if one["id"] not in lacking}
    both = Both(by_kind(*OURS), theirs, pairs, lambda _, one: one)
    assert gaining_fields(plan_schema(both, SchemaPolicy.CREATE), schema()) == models
