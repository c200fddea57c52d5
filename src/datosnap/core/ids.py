"""Read, derive and judge the ids that DatoCMS gives and accepts.

The API takes a caller's id when it is a version 4 UUID written as 22 characters of URL-safe
base64 (source: the official client's `utilities/id.ts`); older projects carry decimal ids, which
cannot be sent. A derived id is a function of where it goes and what it stands for, so that a
repeated request cannot create anything twice.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NewType

SourceId = NewType("SourceId", str)
TargetId = NewType("TargetId", str)

_ID_CHARACTERS = 22
_UUID_BYTES = 16


def is_portable(identifier: str) -> bool:
    """Tell whether the API would take `identifier` for a new entity."""
    if len(identifier) != _ID_CHARACTERS:
        return False
    try:
        raw = base64.b64decode(identifier + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    # The decoder takes other spellings of the same bytes; the API knows one.
    return _text(raw) == identifier and raw[6] >> 4 == 4 and raw[8] & 0xC0 == 0x80  # noqa: PLR2004


def from_random(raw: bytes) -> str:
    """Shape 16 random bytes into an id that starts with a letter, as the official client does."""
    shaped = bytearray(raw)
    shaped[0] &= 0x7F
    shaped[6] = (shaped[6] & 0x0F) | 0x40
    shaped[8] = (shaped[8] & 0x3F) | 0x80
    return _text(bytes(shaped))


def derive(target_project: str, target_environment: str, source_id: str) -> TargetId:
    """Derive the id that `source_id` gets in a target, the same on every run."""
    seed = f"datosnap\x00{target_project}\x00{target_environment}\x00{source_id}"
    return TargetId(from_random(hashlib.sha256(seed.encode("utf-8")).digest()[:_UUID_BYTES]))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
