"""Decide which uploads of a target are a source's: by id, or else by the bytes themselves.

Bytes are the dearest thing to send, and the same picture twice in a media area annoys editors; so
an upload with the same bytes is used again, once for each of the source's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from datosnap.core.jsontext import Json, JsonObject, encode_canonical
from datosnap.core.matching import OnConflict, without_empty

_DIGEST_BYTES = 16
# The attributes of an upload that an import sets.
_SET = ("basename", "copyright", "author", "notes", "default_field_metadata")
_BY_LOCALE = frozenset({"alt", "title", "custom_data"})
_SHARED = frozenset({"focal_point", "poster_time"})


class UploadAct(StrEnum):
    """What becomes of an upload."""

    SEND = "send"
    REUSE = "reuse"
    UPDATE = "update"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class HeldUpload:
    """What the target holds of an upload: the hash of its bytes, and of what is said of them."""

    md5: str
    said: bytes


def pair_uploads(
    sources: Iterable[tuple[str, str]],
    held: Mapping[str, HeldUpload],
    candidates: Callable[[str], Iterable[str]],
) -> dict[str, str]:
    """Give the target's id of every source upload that the target has.

    Shape: `sources` are ids with the MD5 of the bytes; `candidates` gives the ids under which one
    may be there, the likeliest first.
    """
    wanted = list(sources)
    pairs: dict[str, str] = {}
    claimed: set[str] = set()
    for source_id, _ in wanted:
        for target_id in candidates(source_id):
            if target_id in held and target_id not in claimed:
                claimed.add(target_id)
                pairs[source_id] = target_id
                break
    free: dict[str, list[str]] = {}
    for target_id, one in sorted(held.items(), reverse=True):
        if target_id not in claimed:
            free.setdefault(one.md5, []).append(target_id)
    for source_id, md5 in wanted:
        if md5 and source_id not in pairs and free.get(md5):
            pairs[source_id] = free[md5].pop()
    return pairs


def decide_upload(
    wanted: HeldUpload, held: HeldUpload | None, base: bytes | None, policy: OnConflict
) -> UploadAct:
    """Decide what becomes of an upload; `base` is what was said when an import wrote there last.

    Other bytes under the same id are never written over: an address that is in use would change.
    """
    if held is None:
        return UploadAct.SEND
    if wanted.md5 and wanted.md5 != held.md5:
        return UploadAct.SKIP
    if wanted.said == held.said:
        return UploadAct.REUSE
    is_ours = base is not None and base == held.said
    return UploadAct.UPDATE if is_ours or policy is OnConflict.UPDATE else UploadAct.SKIP


def said_of(attributes: JsonObject, collection: str | None, locales: Collection[str]) -> bytes:
    """Hash what is said of an upload in these locales, in the target's ids and shape.

    Units: 16 bytes.
    """
    seen: JsonObject = {name: attributes.get(name) for name in _SET}
    seen["default_field_metadata"] = in_locales(seen["default_field_metadata"], locales)
    told = [without_empty(seen), sorted(attributes.get("tags") or []), collection]
    return hashlib.blake2b(encode_canonical(told), digest_size=_DIGEST_BYTES).digest()


def in_locales(metadata: Json, locales: Collection[str]) -> Json:
    """Keep what metadata, in either of its shapes, says in these locales."""
    if not isinstance(metadata, dict):
        return metadata
    kept: JsonObject = {}
    for name, value in metadata.items():
        if name in _BY_LOCALE and isinstance(value, dict):
            kept[name] = {one: value[one] for one in value if one in locales}
        elif name in _SHARED or name in locales:
            kept[name] = value
    return kept
