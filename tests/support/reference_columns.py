"""Convert records to typed rows in the slowest and most obvious way, value by value.

What the columns of Parquet tables must be equal to. It shares no code with the store: it goes by
the API's table of field values, and finds blocks and links by `core.references`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from datosnap.core.entities import Field, ItemType, Schema, related_id
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.references import Kind, Path, find


class MisfitError(Exception):
    """A value that its column cannot hold."""


def _exactly(kind: type) -> Callable[[Json], Json]:
    def convert(value: Json) -> Json:
        if type(value) is not kind:
            raise MisfitError
        return value

    return convert


def _text(value: Json) -> str:
    text: str = _exactly(str)(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MisfitError from None
    return text


def _whole(value: Json) -> int:
    number: int = _exactly(int)(value)
    if not -(2**63) <= number < 2**63:
        raise MisfitError
    return number


def _number(value: Json) -> float:
    if type(value) not in {int, float}:
        raise MisfitError
    try:
        number = float(value)
    except OverflowError:
        raise MisfitError from None
    if number in {float("inf"), float("-inf")}:
        raise MisfitError
    return number


def _day(value: Json) -> date:
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        raise MisfitError from None


def moment(value: Json) -> datetime:
    """Convert a point in time."""
    try:
        found = datetime.fromisoformat(_text(value))
    except ValueError:
        raise MisfitError from None
    if found.tzinfo is None or found.microsecond % 1000:
        raise MisfitError
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise MisfitError from None


def _object(members: dict[str, Callable[[Json], Json]]) -> Callable[[Json], Json]:
    def convert(value: Json) -> Json:
        given = _exactly(dict)(value)
        return {
            name: None if given.get(name) is None else one(given[name])
            for name, one in members.items()
        }

    return convert


def _list(one: Callable[[Json], Json]) -> Callable[[Json], Json]:
    return lambda value: [one(element) for element in _exactly(list)(value)]


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _block_id(value: Json) -> Json:
    if isinstance(value, str):
        return _text(value)
    return _text(_exactly(dict)(value)["id"])


def _lines(node: JsonObject) -> str:
    """Say a node in plain words; each paragraph, heading and piece of code ends its line."""
    own = node.get("value") if node["type"] == "span" else node.get("code")
    inner = "".join(_lines(one) for one in node.get("children") or [])
    end = "\n" if node["type"] in {"paragraph", "heading", "code"} else ""
    return (own or "") + inner + end


def _flat(node: Json) -> Json:
    """Put the ids of blocks into the places of their objects."""
    if isinstance(node, list):
        return [_flat(one) for one in node]
    if not isinstance(node, dict):
        return node
    is_block = node.get("type") in {"block", "inlineBlock"} and isinstance(node.get("item"), dict)
    return {
        key: node["item"]["id"] if is_block and key == "item" else _flat(value)
        for key, value in node.items()
    }


def _structured_text(value: Json) -> Json:
    document = _exactly(dict)(value).get("document")
    if not isinstance(document, dict):
        raise MisfitError
    return {"document": _compact(_flat(document)), "text": _lines(document).removesuffix("\n")}


_FILE = _object(
    {
        "upload_id": _text,
        "alt": _text,
        "title": _text,
        "custom_data": _compact,
        "focal_point": _object({"x": _number, "y": _number}),
        "poster_time": _number,
    }
)
_CONVERT: dict[str, Callable[[Json], Json]] = {
    **dict.fromkeys(("string", "text", "slug", "json", "link"), _text),
    "boolean": _exactly(bool),
    "integer": _whole,
    "float": _number,
    "date": _day,
    "date_time": moment,
    "color": _object(dict.fromkeys(("red", "green", "blue", "alpha"), _whole)),
    "lat_lon": _object(dict.fromkeys(("latitude", "longitude"), _number)),
    "seo": _object(
        {
            **dict.fromkeys(("title", "description", "image", "twitter_card"), _text),
            "no_index": _exactly(bool),
        }
    ),
    "video": _object(
        {
            **dict.fromkeys(("provider", "provider_uid", "url"), _text),
            **dict.fromkeys(("width", "height"), _whole),
            **dict.fromkeys(("thumbnail_url", "title"), _text),
        }
    ),
    "file": _FILE,
    "gallery": _list(_FILE),
    "links": _list(_text),
    "single_block": _block_id,
    "rich_text": _list(_block_id),
    "structured_text": _structured_text,
}


@dataclass(slots=True)
class Reference:
    """Converts the content of one project; counts what does not fit by model and column."""

    schema: Schema
    locales: Sequence[str]
    misfits: Counter[tuple[str, str]] = field(default_factory=Counter)

    def fields(self, owner: ItemType, attributes: JsonObject, locale: str | None) -> JsonObject:
        """Convert the fields of a record, or of a block within a locale."""
        return {
            key: self._field(owner, one, attributes.get(key), locale)
            for key, one in owner.fields.items()
        }

    def blocks(self, model: ItemType, record: JsonObject) -> list[tuple[str, JsonObject]]:
        """Give the rows of a record's blocks, each with its block model's api_key."""
        found = find(record["attributes"], model, self.schema).blocks
        rows: list[tuple[str, JsonObject]] = []
        for block in found:
            owner = self.schema.item_types[block.item_type_id or ""]
            above = [one for one in found if _is_above(one.path, block.path)]
            parent = max(above, key=lambda one: len(one.path), default=None)
            locale = self._locale(model, record["attributes"], block.path)
            heads: JsonObject = {
                "id": block.resource["id"],
                "_model": owner.api_key,
                "_record_id": record["id"],
                "_record_model": model.api_key,
                "_field": block.path[0],
                "_locale": locale,
                "_path": dotted(block.path),
                "_parent_block_id": parent.resource["id"] if parent else None,
                "_depth": len(above) + 1,
            }
            values = self.fields(owner, block.resource["attributes"], locale)
            rows.append((owner.api_key, {**heads, **values}))
        return rows

    def links(self, model: ItemType, record: JsonObject) -> list[JsonObject]:
        """Give the rows of all links in a record."""
        found = find(record["attributes"], model, self.schema)
        rows: list[JsonObject] = []
        for one in found.references:
            if one.kind is Kind.BLOCK:
                continue
            above = [block for block in found.blocks if _is_above(block.path, one.path)]
            block = max(above, key=lambda inner: len(inner.path), default=None)
            rows.append(
                {
                    "record_id": record["id"],
                    "record_model": model.api_key,
                    "block_id": block.resource["id"] if block else None,
                    "block_model": self._api_key(block.resource) if block else None,
                    "field": one.path[len(block.path) if block else 0],
                    "locale": self._locale(model, record["attributes"], one.path),
                    "path": dotted(one.path),
                    "kind": "upload" if one.kind is Kind.UPLOAD else "record",
                    "target_id": one.id,
                }
            )
        return rows

    def _api_key(self, block: JsonObject) -> str:
        return self.schema.item_types[related_id(block, "item_type") or ""].api_key

    def _locale(self, owner: ItemType, attributes: JsonObject, path: Path) -> str | None:
        """Follow a path to the first localized field on it, and give the locale that it takes."""
        one = owner.fields[str(path[0])]
        if one.localized:
            return str(path[1])
        value: Json = attributes[str(path[0])]
        for at, step in enumerate(path[1:], start=1):
            if isinstance(value, dict) and value.get("type") == "item":
                inner = self.schema.item_types[related_id(value, "item_type") or ""]
                return self._locale(inner, value["attributes"], path[at:])
            value = value[step]
        return None

    def _field(self, owner: ItemType, one: Field, value: Json, locale: str | None) -> Json:
        column = (owner.api_key, one.api_key)
        if not one.localized:
            return self._value(column, one.field_type, value)
        if locale is not None:
            plain = self._value(column, one.field_type, value)
            return (
                value
                if value is None
                else {name: plain if name == locale else None for name in self.locales}
            )
        if value is None:
            return None
        if not isinstance(value, dict):
            self.misfits[column] += 1
            return None
        self.misfits[column] += len(value.keys() - set(self.locales))
        return {name: self._value(column, one.field_type, value.get(name)) for name in self.locales}

    def _value(self, column: tuple[str, str], field_type: str, value: Json) -> Json:
        if value is None:
            return None
        try:
            return _CONVERT[field_type](value)
        except MisfitError:
            self.misfits[column] += 1
            return None


def dotted(path: Path) -> str:
    """Write a path as the tables do."""
    return ".".join(map(str, path))


def _is_above(outer: Path, inner: Path) -> bool:
    return len(outer) < len(inner) and inner[: len(outer)] == outer
