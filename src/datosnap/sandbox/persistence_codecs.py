"""Turn what a sandbox holds into bytes for its file and back, each kind in its own way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate, pairwise

from datosnap.core.jsontext import Json, JsonObject, decode, decode_object, encode
from datosnap.sandbox.state import Item, Original, Schedule, Version

_LINE = b"\n"


@dataclass(frozen=True, slots=True)
class Codec:
    """How the values of one kind are written and read."""

    write: Callable[[Json], bytes]
    read: Callable[[bytes], Json]


def _as_it_is(value: bytes) -> bytes:
    return value


def _write_moment(moment: datetime) -> bytes:
    return moment.isoformat().encode()


def _read_moment(text: bytes) -> datetime:
    return datetime.fromisoformat(text.decode())


def _write_item(item: Item) -> bytes:
    """Write a record; content that is current and published at once is written once."""
    place = next((at for at, one in enumerate(item.versions) if one is item.published), None)
    if place is None:
        return encode({"item": item, "published_is": None})
    return encode({"item": replace(item, published=None), "published_is": place})


def _read_item(text: bytes) -> Item:
    stored = decode_object(text)
    found, place = stored["item"], stored["published_is"]
    versions = tuple(Version(**one) for one in found["versions"])
    published = _version(found["published"]) if place is None else versions[place]
    schedules = {name: _schedule(found[name]) for name in ("publication", "unpublishing")}
    return Item(**{**found, **schedules, "versions": versions, "published": published})


def _version(stored: JsonObject | None) -> Version | None:
    return None if stored is None else Version(**stored)


def _schedule(stored: JsonObject | None) -> Schedule | None:
    return None if stored is None else Schedule(**stored)


def _write_original(original: Original) -> bytes:
    """Write a record's own texts one behind the other, after a line that says how long each is."""
    published = [] if original.published is None else [original.published]
    texts = [original.current, *published, *original.versions.values()]
    head = {
        "nested": original.nested,
        "published": original.published is not None,
        "versions": list(original.versions),
        "lengths": [len(text) for text in texts],
    }
    return b"".join([encode(head), _LINE, *texts])


def _read_original(stored: bytes) -> Original:
    first, _, rest = stored.partition(_LINE)
    head = decode_object(first)
    ends = list(accumulate(head["lengths"]))
    current, *texts = (rest[start:end] for start, end in pairwise([0, *ends]))
    published = texts.pop(0) if head["published"] else None
    versions = dict(zip(head["versions"], texts, strict=True))
    return Original(current, published, versions, nested=head["nested"])


JSON = Codec(encode, decode)
BYTES = Codec(_as_it_is, _as_it_is)
MOMENT = Codec(_write_moment, _read_moment)
ITEM = Codec(_write_item, _read_item)
ORIGINAL = Codec(_write_original, _read_original)
