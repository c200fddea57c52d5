"""The comparison notices whatever an import could lose: each kind of change, one at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datosnap.core.entities import read_schema
from datosnap.core.jsontext import Json, JsonObject, decode_object
from datosnap.core.remapping import IdMap
from datosnap.flows.compare import Comparison, compare_snapshots
from datosnap.flows.progress import Silent
from datosnap.store.snapshot import Snapshot
from tests.support.rewriting import rewrite
from tests.support.sample_dumps import FOLDER

_SOURCE = FOLDER / "ndjson"


def compared(change: Callable[[str, JsonObject], JsonObject | None], folder: Path) -> Comparison:
    """Compare the sample dump with a copy that was changed."""
    rewrite(_SOURCE, folder / "changed", change)
    return compare_snapshots(_SOURCE, folder / "changed", IdMap(), Silent())


def test_an_unchanged_copy_has_no_difference(tmp_path: Path) -> None:
    """The copy itself adds nothing."""
    assert compared(lambda _, one: one, tmp_path).total == 0


def _fields_with_values() -> Iterator[tuple[str, str, str]]:
    """Give a record and a field for every field type, localized and not, current and published."""
    snapshot = Snapshot.open(_SOURCE)
    schema = read_schema(
        map(decode_object, snapshot.resources("item_types")),
        map(decode_object, snapshot.resources("fields")),
    )
    found: set[tuple[str, bool]] = set()
    for raw in snapshot.rows("current"):
        record = decode_object(raw)
        model = schema.item_types[record["relationships"]["item_type"]["data"]["id"]]
        for key, field in model.fields.items():
            seen = (field.field_type, field.localized)
            if seen not in found and _is_filled(record["attributes"].get(key)):
                found.add(seen)
                localized = "localized " if field.localized else ""
                yield f"{localized}{field.field_type}", record["id"], key


def _is_filled(value: Json) -> bool:
    if isinstance(value, dict) and value and all(one is None for one in value.values()):
        return False
    return value not in (None, [], {}, "")


_FIELDS = list(_fields_with_values())


def test_every_field_type_is_tried() -> None:
    """The sample fills all twenty field types."""
    assert len({name.removeprefix("localized ") for name, _, _ in _FIELDS}) == 20


@pytest.mark.parametrize(("record_id", "key"), [one[1:] for one in _FIELDS], ids=lambda _: "")
@pytest.mark.parametrize("how", ["lost", "altered"])
def test_a_changed_field_value_is_noticed(
    record_id: str, key: str, how: str, tmp_path: Path
) -> None:
    """A value that became null, or changed in its innermost part, is told with its place."""

    def change(place: str, one: JsonObject) -> JsonObject:
        if place == "current" and one["id"] == record_id:
            one = copy.deepcopy(one)
            value = one["attributes"][key]
            one["attributes"][key] = None if how == "lost" else _altered(value)
        return one

    result = compared(change, tmp_path)

    assert result.total >= 1
    assert {one.id for one in result.differences} == {record_id}
    assert all(one.path.startswith(f"attributes.{key}") for one in result.differences)


def _altered(value: Json) -> Json:
    """Change the last leaf of a value, wherever it is."""
    if isinstance(value, dict) and value:
        inner = [key for key in value if key not in {"id", "type"} and _is_filled(value[key])]
        key = inner[-1] if inner else list(value)[-1]
        return {**value, key: _altered(value[key])}
    if isinstance(value, list) and value:
        return [*value[:-1], _altered(value[-1])]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x"


_PLACES: dict[str, tuple[str, Callable[[JsonObject], object]]] = {
    "current meta.status": ("current", lambda one: one["meta"].update(status="other")),
    "current meta.created_at": ("current", lambda one: one["meta"].update(created_at="2001")),
    "current meta.first_published_at": (
        "current",
        lambda one: one["meta"].update(first_published_at="2001"),
    ),
    "current meta.stage": ("current", lambda one: one["meta"].update(stage="nowhere")),
    "current meta.is_valid": ("current", lambda one: one["meta"].update(is_valid=None)),
    "published attributes": ("published", lambda one: one["attributes"].popitem()),
    "uploads attributes.md5": ("uploads", lambda one: one["attributes"].update(md5="0")),
    "uploads attributes.tags": ("uploads", lambda one: one["attributes"]["tags"].append("x")),
    "uploads attributes.notes": ("uploads", lambda one: one["attributes"].update(notes="x")),
    "uploads attributes.default_field_metadata": (
        "uploads",
        lambda one: one["attributes"].update(default_field_metadata={}),
    ),
    "uploads upload_collection": (
        "uploads",
        lambda one: one["relationships"].update(upload_collection={"data": "x"}),
    ),
    "schedules": ("schedules", lambda one: one["attributes"].clear()),
    "site locales": ("site", lambda one: one["attributes"]["locales"].reverse()),
    "site theme": ("site", lambda one: one["attributes"].update(theme=None)),
    "site global_seo": ("site", lambda one: one["attributes"].update(global_seo=None)),
    "item_types draft mode": (
        "item_types",
        lambda one: one["attributes"].update(draft_mode_active=None),
    ),
    "item_types title_field": (
        "item_types",
        lambda one: one["relationships"].update(title_field={"data": "x"}),
    ),
    "fields validators": ("fields", lambda one: one["attributes"].update(validators={"x": {}})),
    "fields appearance": ("fields", lambda one: one["attributes"].update(appearance={})),
    "fields default_value": ("fields", lambda one: one["attributes"].update(default_value="x")),
    "fields position": ("fields", lambda one: one["attributes"].update(position=99)),
    "fields fieldset": ("fields", lambda one: one["relationships"].update(fieldset="x")),
    "fieldsets title": ("fieldsets", lambda one: one["attributes"].update(title="x")),
    "workflows stages": ("workflows", lambda one: one["attributes"]["stages"].pop()),
    "plugins parameters": ("plugins", lambda one: one["attributes"].update(parameters="x")),
    "menu_items parent": ("menu_items", lambda one: one["relationships"].update(parent="x")),
    "menu_items label": ("menu_items", lambda one: one["attributes"].update(label="x")),
    "schema_menu_items position": (
        "schema_menu_items",
        lambda one: one["attributes"].update(position=99),
    ),
    "item_type_filters filter": (
        "item_type_filters",
        lambda one: one["attributes"].update(filter={}),
    ),
    "upload_filters filter": ("upload_filters", lambda one: one["attributes"].update(filter={})),
    "upload_collections label": (
        "upload_collections",
        lambda one: one["attributes"].update(label="x"),
    ),
}


@pytest.mark.parametrize("name", _PLACES)
def test_a_change_of_state_or_settings_is_noticed(name: str, tmp_path: Path) -> None:
    """One entity of one kind differs: exactly that one is told."""
    where, spoil = _PLACES[name]
    spoiled: list[str] = []

    def change(place: str, one: JsonObject) -> JsonObject:
        if place == where and not spoiled:
            spoiled.append(one["id"])
            one = copy.deepcopy(one)
            spoil(one)
        return one

    result = compared(change, tmp_path)

    assert spoiled
    assert result.total >= 1
    if where not in {"schedules", "site"}:
        assert {one.id for one in result.differences} == set(spoiled)


@pytest.mark.parametrize("where", ["current", "published", "uploads", "fields", "menu_items"])
def test_what_is_missing_is_told(where: str, tmp_path: Path) -> None:
    """One entity less on the right: it is told as missing."""
    dropped: list[str] = []

    def change(place: str, one: JsonObject) -> JsonObject | None:
        if place == where and not dropped:
            dropped.append(one["id"])
            return None
        return one

    result = compared(change, tmp_path)

    assert [(one.id, one.path) for one in result.differences] == [(dropped[0], "(missing)")]
