"""Hold the whole sample project as tables: models, blocks, fields, records, uploads.

The tables are packaged JSON, because they are text in three scripts that people should be able to
read and change without reading code; this module gives them a shape and fills what a row of a
family leaves out (its life, taken in turn from the family's list).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

from datosnap.core.jsontext import Json, JsonObject, decode_object
from datosnap.flows.sample.identities import identity, record_identity


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model or block model, as the schema table has it."""

    model: str
    key: str
    kind: str
    localized: bool
    spec: JsonObject

    @property
    def id(self) -> str:
        """Give the field's id."""
        return identity("field", f"{self.model}.{self.key}")


@dataclass(frozen=True, slots=True)
class Model:
    """A model or block model with its fields in order; a plain entry among them is a fieldset."""

    key: str
    spec: JsonObject
    fields: Mapping[str, Field]

    @property
    def id(self) -> str:
        """Give the model's id."""
        return identity("item_type", self.key)

    @property
    def is_block(self) -> bool:
        """Tell whether it lives inside records only."""
        return bool(self.spec.get("block"))


@dataclass(frozen=True, slots=True)
class Record:
    """A record as content tells it: its final values, how it began and what befell it.

    `first` says how the first version differed: `locales` it had, fields it was `without`.
    """

    name: str
    model: str
    values: JsonObject
    meta: JsonObject
    first: JsonObject
    life: Sequence[Json]

    @property
    def id(self) -> str:
        """Give the record's id."""
        return record_identity(self.name)


@dataclass(frozen=True)
class Catalogue:
    """Everything that is to be built, in the order in which it is built."""

    settings: JsonObject
    models: Mapping[str, Model]
    records: Mapping[str, Record]
    uploads: Sequence[JsonObject]

    @cached_property
    def record_ids(self) -> frozenset[str]:
        """Give the ids of all records, to recognise them inside values."""
        return frozenset(record.id for record in self.records.values())


def load_catalogue() -> Catalogue:
    """Read the packaged tables."""
    models = {key: _model(key, spec) for key, spec in _table("models").items()}
    families = [key for key, model in models.items() if not model.is_block]
    records = {record.name: record for key in families for record in _family(models[key])}
    return Catalogue(_table("settings"), models, records, _table("uploads")["uploads"])


def text(name: str) -> str:
    """Read a packaged plain text, one of the documents that the project offers."""
    return _file(name).decode("utf-8")


def _file(name: str) -> bytes:
    return (resources.files("datosnap.flows.sample") / "content" / name).read_bytes()


def _table(name: str) -> JsonObject:
    return decode_object(_file(f"{name}.json"))


def _model(key: str, spec: JsonObject) -> Model:
    fields = {
        row["key"]: Field(key, row["key"], row["type"], bool(row.get("localized")), row)
        for row in spec["fields"]
        if "key" in row
    }
    return Model(key, spec, fields)


def _family(model: Model) -> Iterator[Record]:
    table = _table(f"records/{model.key}")
    lives = table.get("lives", [{}])
    for index, row in enumerate(_rows(table)):
        story = {**lives[index % len(lives)], **row.get("story", {})}
        yield Record(
            name=f"{model.key}:{row['key']}",
            model=model.key,
            values=row["values"],
            meta=row.get("meta", {}),
            first=story.get("first", {}),
            life=story.get("life", []),
        )


def _rows(table: JsonObject) -> Iterator[JsonObject]:
    for line in table.get("rows", []):
        yield _row(dict(zip(table["columns"], line, strict=True)))
    yield from table.get("records", [])


def _row(cells: JsonObject) -> JsonObject:
    # a column `name.it` is the Italian member of the localized field `name`
    row: JsonObject = {"key": cells.pop("key"), "values": {}}
    for column, value in cells.items():
        field, _, locale = column.partition(".")
        if locale:
            if value is not None:
                row["values"].setdefault(field, {})[locale] = value
        elif field in {"meta", "story"}:
            row[field] = value or {}
        else:
            row["values"][field] = value
    return row
