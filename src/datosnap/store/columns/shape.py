"""Say of which shape a project's content is: its models and their fields, and its locales."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from datosnap.core.entities import Schema, read_schema
from datosnap.core.jsontext import decode_object


@dataclass(frozen=True, slots=True)
class Shape:
    """What the columns of a project's tables follow from; locales in the project's own order."""

    schema: Schema
    locales: tuple[str, ...]


def read_shape(site: bytes, item_types: Iterable[bytes], fields: Iterable[bytes]) -> Shape:
    """Read the shape from the API's resources, as a snapshot keeps them.

    Raises: NonsenseError when they are no JSON objects.
    """
    schema = read_schema(map(decode_object, item_types), map(decode_object, fields))
    locales = decode_object(site)["attributes"].get("locales") or []
    return Shape(schema, tuple(dict.fromkeys(locales)))
