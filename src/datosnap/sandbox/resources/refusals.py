"""Word what is wrong with one attribute of a schema object, and choose ids.

Source: quoted answers of the API: `INVALID_FIELD` with the attribute's name, an inner code and
the kind of the object in Ruby's spelling.
"""

from __future__ import annotations

from collections.abc import Container

from datosnap.core import ids
from datosnap.core.jsontext import Json
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure, invalid_field

_ID_BYTES = 16


def refused(kind: str, name: str, code: str, message: str | None = None) -> ApiFailure:
    """Give the refusal of one attribute of a `kind`."""
    details: dict[str, Json] = {"field": name, "code": code, "record_type": _ruby(kind)}
    if message is not None:
        details["message"] = message
    return invalid_field(**details)


def not_unique(kind: str, name: str) -> ApiFailure:
    """Give the refusal of a value that is taken."""
    return refused(kind, name, "VALIDATION_UNIQUENESS", "has already been taken")


def invalid(kind: str, name: str, message: str) -> ApiFailure:
    """Give the refusal of a value that cannot be."""
    return refused(kind, name, "VALIDATION_INVALID", message)


def new_id(call: Call, kind: str, taken: Container[str]) -> str:
    """Give the id the caller asks for, or a new one.

    Raises: ApiFailure when the wanted id has the wrong form or is taken.
    """
    wanted = call.body.get("data", {}).get("id")
    if wanted is None:
        return fresh_id(call)
    return accepted_id(kind, wanted, taken)


def accepted_id(kind: str, wanted: str, taken: Container[str]) -> str:
    """Give an id that the caller chose, once it is known to be free and well formed.

    Raises: ApiFailure.
    """
    if not ids.is_portable(wanted):
        raise refused(kind, "id", "INVALID_FORMAT", "must be a v4 UUID in URL-safe base64")
    if wanted in taken:
        raise not_unique(kind, "id")
    return wanted


def fresh_id(call: Call) -> str:
    """Give an id that nothing has."""
    return ids.from_random(call.world.new_bytes(_ID_BYTES))


def _ruby(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("_"))
