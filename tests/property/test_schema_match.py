"""Whatever happened to the schema of a copy, `--schema match` brings it back to the source's.

A copy is made, then changed at random through the API: things are renamed, moved, emptied and
deleted. One import later nothing differs, and a further one has nothing to write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from random import Random

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.matching import OnConflict
from datosnap.core.remapping import IdPolicy
from datosnap.core.requests import split_validators
from datosnap.core.schema_matching import SchemaPolicy
from tests.support.importing import beside, compared, exported, imported
from tests.support.schema_project import schema_project
from tests.support.scratch import scratch
from tests.support.worlds import random_world
from tests.unit.sandbox.client import Client

_SEEDS = 20
_MANY = 400
_CHANGES = 12
_PATHS = {
    "item_type": "/item-types",
    "field": "/fields",
    "fieldset": "/fieldsets",
    "menu_item": "/menu-items",
    "schema_menu_item": "/schema-menu-items",
    "item_type_filter": "/item-type-filters",
    "upload_filter": "/upload-filters",
    "upload_collection": "/upload-collections",
    "plugin": "/plugins",
    "workflow": "/workflows",
}
# What a kind is called by.
_NAMES: Mapping[str, str] = {
    "field": "label",
    "fieldset": "title",
    "menu_item": "label",
    "upload_collection": "label",
} | dict.fromkeys(("item_type", "item_type_filter", "upload_filter", "workflow"), "name")


# In the last two a public record below one that is not public has to be published again.
@pytest.mark.parametrize("seed", [*range(_SEEDS), 38, 192])
def test_a_changed_schema_comes_back(seed: int) -> None:
    """Nothing differs in the end, neither in the schema nor in the content."""
    come_back(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(_SEEDS, _SEEDS + _MANY))
def test_many_changed_schemas_come_back(seed: int) -> None:
    """As above, changed in many other ways."""
    come_back(seed)


def come_back(seed: int) -> None:
    """Copy a project, change the copy, import again and compare."""
    source = schema_project().api if seed % 2 else random_world(seed).api
    with scratch() as folder:
        exported(source, folder / "out")
        target = beside(source)
        bring = partial(
            imported,
            target,
            folder / "out",
            ids=IdPolicy.REMAP,
            schema=SchemaPolicy.MATCH,
            on_conflict=OnConflict.UPDATE,
            allow_primary=True,
        )
        assert bring().gaps == [], seed
        made = Vandal(target, Random(seed)).work()  # noqa: S311 - a repeatable draw is wanted

        again = bring()

        exported(target, folder / "back")
        comparison = compared(folder / "out", folder / "back", again.report.ids)
        assert made, seed
        assert (seed, again.gaps, comparison.differences) == (seed, [], [])
        assert (seed, bring().wires.writes) == (seed, [])


@pytest.mark.parametrize("seed", range(_SEEDS))
def test_what_a_target_has_of_its_own_is_not_changed(seed: int) -> None:
    """Under `--schema create` everything that was there before is there after, as it was."""
    left_alone(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(_SEEDS, _SEEDS + _MANY))
def test_what_many_targets_have_of_their_own_is_not_changed(seed: int) -> None:
    """As above, in many other ways."""
    left_alone(seed)


def left_alone(seed: int) -> None:
    """Copy a project, change the copy, import again and look at what was changed."""
    source = schema_project().api if seed % 2 else random_world(seed).api
    with scratch() as folder:
        exported(source, folder / "out")
        target = beside(source)
        bring = partial(imported, target, folder / "out", allow_primary=True)
        bring()
        vandal = Vandal(target, Random(seed))  # noqa: S311 - a repeatable draw is wanted
        assert vandal.work(), seed
        before = vandal.everything()

        gaps = bring().gaps

        after = vandal.everything()
        assert {one: after.get(one) for one in before} == before, seed
        # What the target's stricter rules refuse is told, and tried again.
        assert gaps or not bring().wires.writes, seed


class Vandal:
    """Changes a schema at random; `work` tells how many changes the API allowed."""

    def __init__(self, api: Client, draw: Random) -> None:
        self._api = api
        self._draw = draw

    def work(self) -> int:
        """Make the changes."""
        return sum(self._change() for _ in range(_CHANGES))

    def everything(self) -> dict[str, JsonObject]:
        """Give all there is by id, without the lists that say again what the members say."""
        kinds = (self._rows(kind) for kind in _PATHS)
        return {one["id"]: _own(one) for rows in kinds for one in rows}

    def _change(self) -> bool:
        kind = self._draw.choice(("field", "field", *_PATHS))
        rows = self._rows(kind)
        if not rows:
            return False
        acts: list[Callable[[JsonObject], int]] = [self._rename, self._move]
        if kind == "field":
            acts += [self._delete, self._loosen, self._tighten]
        elif kind == "item_type":
            acts += [self._unpoint]
        elif kind not in {"plugin", "workflow", "schema_menu_item"}:
            acts += [self._delete]
        return self._draw.choice(acts)(self._draw.choice(rows)) < 300

    def _rows(self, kind: str) -> list[JsonObject]:
        if kind not in {"field", "fieldset"}:
            rows: list[JsonObject] = self._api.get(_PATHS[kind]).data
            return rows
        models = [one["id"] for one in self._api.get("/item-types").data]
        return [one for id_ in models for one in self._api.get(f"/item-types/{id_}/{kind}s").data]

    def _put(self, one: JsonObject, links: JsonObject | None = None, /, **attributes: Json) -> int:
        kind = one["type"]
        return self._api.change(f"{_PATHS[kind]}/{one['id']}", kind, links, **attributes).status

    def _rename(self, one: JsonObject) -> int:
        name = _NAMES.get(one["type"])
        return 404 if name is None else self._put(one, **{name: f"N{self._draw.random()}"})

    def _move(self, one: JsonObject) -> int:
        if "position" not in one["attributes"]:
            return 404
        return self._put(one, position=self._draw.randrange(1, 6))

    def _delete(self, one: JsonObject) -> int:
        return self._api.delete(f"{_PATHS[one['type']]}/{one['id']}").status

    def _loosen(self, field: JsonObject) -> int:
        return self._put(field, validators=split_validators(field["attributes"]["validators"])[0])

    def _tighten(self, field: JsonObject) -> int:
        validators = {**field["attributes"]["validators"], "required": {}}
        return self._put(field, validators=validators)

    def _unpoint(self, model: JsonObject) -> int:
        names = ("title_field", "image_preview_field", "excerpt_field")
        return self._put(model, dict.fromkeys(names), hint="H")


def _own(one: JsonObject) -> JsonObject:
    links = one.get("relationships") or {}
    kept = {name: links[name] for name in links.keys() - {"fields", "fieldsets", "children"}}
    return {"attributes": one["attributes"], "relationships": kept}
