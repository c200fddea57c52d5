"""Decide in which locales a record's content stands: keep some of them, or complete them.

What is kept is kept byte for byte.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from datosnap.core.entities import ItemType
from datosnap.core.jsontext import JsonObject
from datosnap.errors import NonsenseError

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER = msgspec.json.Encoder()
_NULL = b"null"


def keep_locales(record: bytes, item_type: ItemType, locales: Collection[str]) -> bytes:
    """Give the record, or version of one, with the values of these locales alone.

    Values of fields that are not localized, and blocks within a locale, stay whole.
    Raises: NonsenseError when it is no record.
    """
    try:
        members = _MEMBERS.decode(record)
        attributes = _MEMBERS.decode(members["attributes"])
        for key, value in attributes.items():
            field = item_type.fields.get(key)
            if field is not None and field.localized and bytes(value) != _NULL:
                by_locale = _MEMBERS.decode(value)
                kept = {one: by_locale[one] for one in by_locale if one in locales}
                attributes[key] = msgspec.Raw(_ENCODER.encode(kept))
    except (msgspec.DecodeError, KeyError) as error:
        raise NonsenseError(f"expected a record, found {record[:80]!r}: {error}") from None
    members["attributes"] = msgspec.Raw(_ENCODER.encode(attributes))
    return _ENCODER.encode(members)


def locales_of(attributes: JsonObject, item_type: ItemType) -> list[str] | None:
    """Give the locales in which a content stands, None when nothing of it is localized.

    All localized values of one content stand in the same ones.
    """
    for key, field in item_type.fields.items():
        if field.localized and isinstance(attributes.get(key), dict):
            return list(attributes[key])
    return None


def with_locales(attributes: JsonObject, item_type: ItemType, locales: Sequence[str]) -> JsonObject:
    """Give the content with a null in every locale that it lacks, in the order of `locales`."""
    return {
        key: {one: value.get(one) for one in locales}
        if key in item_type.fields and item_type.fields[key].localized and isinstance(value, dict)
        else value
        for key, value in attributes.items()
    }
