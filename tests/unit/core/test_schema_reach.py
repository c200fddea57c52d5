"""Content reaches into other models through blocks, at any depth."""

from __future__ import annotations

import pytest

from datosnap.core.entities import read_schema
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.schema_planning import Both, plan_schema
from datosnap.core.schema_reach import gaining_fields, needed_for, with_blocks
from tests.unit.core.test_relaxing import OURS, field, model, schema
from tests.unit.core.test_schema_matching import by_kind, resource


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


def test_a_model_needs_what_it_names() -> None:
    """Its fields and entry, its workflow, the plugins that show it, and models that it permits."""
    linking = field("page", "to", "link", item_item_type={"item_types": ["post"]})
    shown = field("page", "shown", "string")
    shown["attributes"]["appearance"] = {"editor": "pl", "addons": [{"id": "ad"}]}
    page = resource("item_type", "page", {"workflow": "w"}, api_key="page")
    entry = resource("schema_menu_item", "e", {"item_type": "page"}, label=None)
    ours = [*(one for one in OURS if one["id"] != "page"), page, linking, shown, entry]
    other = [
        model("other"),
        field("other", "elsewhere"),
        resource("menu_item", "m", {"item_type": "page"}, label="M"),
    ]
    kinds = by_kind(*ours, *other, resource("fieldset", "s", {"item_type": "other"}, title="S"))
    found = needed_for(kinds, read_schema(kinds["item_type"], kinds["field"]), ["page"])
    assert {one for kind, one in found if kind == "item_type"} == {"page", "post", "quote", "deep"}
    assert {("schema_menu_item", "e"), ("workflow", "w"), ("field", "depth")} < found
    assert {one for kind, one in found if kind == "plugin"} == {"pl", "ad"}
    assert not {"menu_item", "fieldset"} & {kind for kind, _ in found}
    assert ("item_type", "other") not in found
