"""Validators of a target's own fields are set aside only where they are in the way."""

from __future__ import annotations

import pytest

from datosnap.core.entities import Schema, read_schema
from datosnap.core.jsontext import JsonObject
from datosnap.core.relaxing import Writing, relax_for
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.schema_plan import SchemaPlan
from datosnap.core.schema_planning import Both, plan_schema
from tests.unit.core.test_schema_matching import by_kind, resource

_REQUIRED: JsonObject = {"required": {}}


def model(key: str, *, block: bool = False) -> JsonObject:
    """Write a model whose id is its key."""
    made: JsonObject = resource("item_type", key, api_key=key, modular_block=block)
    return made


def field(owner: str, key: str, kind: str = "string", **validators: JsonObject) -> JsonObject:
    """Write a field whose id is its key."""
    made: JsonObject = resource(
        "field", key, {"item_type": owner}, api_key=key, field_type=kind, validators=validators
    )
    return made


OURS = [
    model("post"),
    model("quote", block=True),
    model("deep", block=True),
    model("page"),
    field("post", "title", required={}),
    field("post", "slug", "slug", unique={}),
    field("post", "plain"),
    field("post", "body", "rich_text", rich_text_blocks={"item_types": ["quote", "gone"]}),
    field("quote", "words", required={}),
    field("quote", "see", "link", required={}, item_item_type={"item_types": ["page"]}),
    field("quote", "more", "single_block", single_block_blocks={"item_types": ["deep", "quote"]}),
    field("deep", "depth", required={}),
    field("page", "name", required={}),
]


def schema() -> Schema:
    """Read the source's schema."""
    kinds = by_kind(*OURS)
    return read_schema(kinds["item_type"], kinds["field"])


def plan(policy: SchemaPolicy = SchemaPolicy.CREATE, *instead: JsonObject) -> SchemaPlan:
    """Plan into a target that has the same, but for some fields."""
    others = {one["id"]: one for one in instead}
    theirs = [others.get(one["id"], one) for one in OURS]
    pairs = {(one["type"], one["id"]): one["id"] for one in OURS}
    both = Both(by_kind(*OURS), by_kind(*theirs), pairs, lambda _, one: one)
    return plan_schema(both, policy)


@pytest.mark.parametrize(
    ("writing", "relaxed"),
    [
        (Writing("post"), set()),
        (Writing("post", replaces=True), {"slug"}),
        (Writing("post", in_parts=True), {"see"}),
        (Writing("post", is_valid=False), {"title", "slug", "words", "see", "depth"}),
        (Writing("page", is_valid=False), {"name"}),
    ],
)
def test_only_what_could_refuse_the_record_is_set_aside(
    writing: Writing, relaxed: set[str]
) -> None:
    """Valid records written whole need nothing; values may change places where records stay."""
    assert set(relax_for(plan(), schema(), [writing]).relaxed) == relaxed


def test_nothing_is_set_aside_where_nothing_is_written() -> None:
    """A second import changes no validator."""
    assert relax_for(plan(), schema(), []).relaxed == {}


def test_rules_that_are_to_change_do_not_hold_until_then() -> None:
    """What the source's validators let in is not refused by those that they replace."""
    stricter = field("post", "plain", length={"min": 100})
    match = relax_for(plan(SchemaPolicy.MATCH, stricter), schema(), [Writing("post")])
    assert match.relaxed == {"plain": {"length": {"min": 100}}}
    create = relax_for(plan(SchemaPolicy.CREATE, stricter), schema(), [Writing("post")])
    assert create.relaxed == {}


def test_a_field_that_the_import_makes_needs_no_relaxing() -> None:
    """It gets its validators at the end anyway."""
    both = Both(by_kind(*OURS), {}, {}, lambda _, one: one)
    made = plan_schema(both, SchemaPolicy.MATCH)
    assert relax_for(made, schema(), [Writing("post", is_valid=False)]).relaxed == {}


def test_a_schema_that_is_to_be_left_alone_keeps_its_rules() -> None:
    """Not even for a while are they set aside."""
    made = relax_for(plan(SchemaPolicy.SKIP), schema(), [Writing("post", is_valid=False)])
    assert made.relaxed == {}
