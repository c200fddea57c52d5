"""What validators may look at besides the value itself, and the form they all have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.records.index import RecordIndex
from datosnap.sandbox.records.schema_view import FieldView, Schema
from datosnap.sandbox.state import Environment


@dataclass(frozen=True, slots=True)
class Facts:
    """The environment around a value, and the record that the value is for."""

    environment: Environment
    schema: Schema
    index: RecordIndex
    item_id: str

    def upload(self, upload_id: str) -> JsonObject | None:
        """Give the attributes of an upload, None when it is gone."""
        upload = self.environment.of_type("upload").get(upload_id)
        return upload["attributes"] if upload else None

    def model_of(self, item_id: str) -> str | None:
        """Give the id of a record's model, None when the record is gone."""
        item = self.index.get(item_id)
        return item.item_type_id if item else None


@dataclass(frozen=True, slots=True)
class Subject:
    """A value to be judged: its field, its model, its locale."""

    model_id: str
    field: FieldView
    locale: str | None
    value: Json
    in_block: bool


# Takes the validator's parameters, the value and the facts; gives a complaint or None.
Rule: TypeAlias = Callable[[JsonObject, Subject, Facts], str | None]
