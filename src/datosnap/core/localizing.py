"""Keep some locales of a record's content and leave the others out, all else byte for byte."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from datosnap.core.entities import ItemType
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
