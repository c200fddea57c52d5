"""Choose the records that a listing asks for: meta fields, model fields, text, validity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records import comparing
from datosnap.sandbox.records.clockwork import zone_of
from datosnap.sandbox.records.comparing import Condition, Kind, condition, filter_refused
from datosnap.sandbox.records.content import spots
from datosnap.sandbox.records.rendering import View, seen_version
from datosnap.sandbox.records.schema_view import FieldView, ModelView, Schema
from datosnap.sandbox.records.structured_text import plain_text
from datosnap.sandbox.state import Item

Test = Callable[[Item], bool]

# field type -> how its values are compared
FIELD_KINDS: dict[str, Kind] = {
    "boolean": comparing.TRUTH,
    "color": comparing.ANYTHING,
    "date": comparing.DAY,
    "date_time": comparing.MOMENT,
    "file": comparing.IDENTIFIER,
    "float": comparing.NUMBER,
    "gallery": comparing.IDENTIFIERS,
    "integer": comparing.NUMBER,
    "json": comparing.ANYTHING,
    "lat_lon": comparing.POINT,
    "link": comparing.IDENTIFIER,
    "links": comparing.IDENTIFIERS,
    "rich_text": comparing.ANYTHING,
    "seo": comparing.ANYTHING,
    "single_block": comparing.ANYTHING,
    "slug": comparing.IDENTIFIER,
    "string": comparing.TEXT,
    "structured_text": comparing.LONG_TEXT,
    "text": comparing.LONG_TEXT,
    "video": comparing.ANYTHING,
}

# meta field -> how it is compared, and where a record has it
META: dict[str, tuple[Kind, Callable[[Item], Json]]] = {
    "_created_at": (comparing.MOMENT, lambda item: item.created_at),
    "_updated_at": (comparing.MOMENT, lambda item: item.updated_at),
    "_published_at": (comparing.MOMENT, lambda item: item.published_at),
    "_first_published_at": (comparing.MOMENT, lambda item: item.first_published_at),
    "_publication_scheduled_at": (
        comparing.MOMENT,
        lambda item: item.publication.at if item.publication else None,
    ),
    "_unpublishing_scheduled_at": (
        comparing.MOMENT,
        lambda item: item.unpublishing.at if item.unpublishing else None,
    ),
    "_status": (comparing.IDENTIFIER, lambda item: item.status),
    "_is_valid": (comparing.TRUTH, lambda item: item.current.is_valid),
    "id": (comparing.IDENTIFIER, lambda item: item.id),
    "position": (comparing.NUMBER, lambda item: item.position),
    "parent": (comparing.IDENTIFIER, lambda item: item.parent_id),
}


@dataclass(frozen=True, slots=True)
class Lens:
    """Through what a listing looks at records: their single model if any, version, locale."""

    schema: Schema
    model: ModelView | None
    view: View
    locale: str

    @property
    def zone(self) -> tzinfo:
        """Give the project's time zone."""
        return zone_of(self.schema.environment)

    def field_value(self, field: FieldView, item: Item) -> Json:
        """Give a field's value in the locale of the listing."""
        value = seen_version(item, self.view).attributes.get(field.api_key)
        return (value or {}).get(self.locale) if field.localized else value


def field_tests(lens: Lens, given: Json) -> Iterator[Test]:
    """Read `filter[fields]` into tests that a record must all pass.

    Raises: ApiFailure when a field, an operator or an argument is not known.
    """
    if not isinstance(given, dict):
        raise filter_refused("fields", "must be filter[fields][name][operator]")
    for name, operators in given.items():
        if not isinstance(operators, dict):
            raise filter_refused(name, "an operator is needed")
        if name == "_creator":
            yield _creator_test(operators)
            continue
        kind, value_of = _compared(lens, name)
        for operator, argument in operators.items():
            yield _test(condition(name, kind, operator, argument, lens.zone), value_of)


def text_test(lens: Lens, query: str) -> Test:
    """Find records that contain all words of a query, in any field, block or locale."""
    words = query.casefold().split()

    def contains(item: Item) -> bool:
        text = searchable_text(lens.schema, item, lens.view)
        return all(word in text for word in words)

    return contains


def searchable_text(schema: Schema, item: Item, view: View) -> str:
    """Give all text of a record, for searching in."""
    model = schema.model(item.item_type_id)
    content = seen_version(item, view).attributes
    texts = (_text(spot.field, spot.value) for spot in spots(schema, model, content))
    return "\n".join(text for text in texts if text).casefold()


def _text(field: FieldView, value: Json) -> str | None:
    if field.field_type == "structured_text":
        return plain_text(value)
    if field.field_type == "seo" and value:
        return "\n".join(value.get(name) or "" for name in ("title", "description"))
    return value if isinstance(value, str) and field.field_type != "link" else None


def _compared(lens: Lens, name: str) -> tuple[Kind, Callable[[Item], Json]]:
    if name in META:
        return META[name]
    if lens.model is None or lens.model.is_block:
        raise filter_refused(name, "field filters need a single filter[type] of a model")
    field = lens.model.fields.get(name)
    if field is None:
        raise filter_refused(name, "no such field")
    return FIELD_KINDS[field.field_type], lambda item: _comparable(field, lens, item)


def _comparable(field: FieldView, lens: Lens, item: Item) -> Json:
    value = lens.field_value(field, item)
    if value is None:
        return None
    make = _COMPARABLES.get(field.field_type)
    return make(value) if make else value


_COMPARABLES: dict[str, Callable[[Json], Json]] = {
    "file": lambda value: value["upload_id"],
    "gallery": lambda value: [file["upload_id"] for file in value],
    "structured_text": plain_text,
}


def _test(wanted: Condition, value_of: Callable[[Item], Json]) -> Test:
    return lambda item: wanted.holds(value_of(item))


def _creator_test(operators: JsonObject) -> Test:
    """Read `_creator`: eq or neq with `{type, id}`."""
    for operator, argument in operators.items():
        if operator not in {"eq", "neq"} or not isinstance(argument, dict):
            raise filter_refused("_creator", f'operator "{operator}" is not supported')
    return lambda item: all(
        (item.creator == argument) is (operator == "eq") for operator, argument in operators.items()
    )


def unknown_filter(name: str) -> ApiFailure:
    """Refuse a filter that does not exist."""
    return ApiFailure("INVALID_PARAMS", {"parameter": f"filter[{name}]", "message": "not known"})
