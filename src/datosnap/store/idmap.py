"""Keep which id of a snapshot became which id in a target, for people and later tools.

Shape: one line an entity, `{"kind": "item", "source": "…", "target": "…"}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from itertools import islice
from pathlib import Path

import msgspec

from datosnap.core.jsontext import encode
from datosnap.errors import CorruptSnapshotError, UsageError, quote
from datosnap.store.ndjson import Ndjson
from datosnap.store.place import LocalPlace

_LINES = 1000


@dataclass(frozen=True, slots=True)
class IdPair:
    """One entity's id in the snapshot and in the target; `kind` is its JSON:API type."""

    kind: str
    source: str
    target: str


def write(path: Path, pairs: Iterable[IdPair]) -> None:
    """Write an id map whole, in place of what was there, into a folder that exists.

    Memory: 1,000 pairs.
    Raises: DiskError.
    """
    draft = LocalPlace(path.parent).draft(path.name)
    try:
        encoder = Ndjson("none").lines(draft)
        source = iter(pairs)
        while batch := list(islice(source, _LINES)):
            encoder.write([encode(pair) for pair in batch])
        draft.publish(path.name)
    except BaseException:
        draft.discard()
        raise


def read(path: Path) -> Iterator[IdPair]:
    """Read an id map.

    Raises: UsageError when there is none; CorruptSnapshotError when it is none; DiskError.
    """
    file = LocalPlace(path.parent).open(path.name)
    if file is None:
        raise UsageError(f"expected an id map at {quote(str(path))}, found no file")
    return _pairs(path, file)


def _pairs(path: Path, file: BufferedIOBase) -> Iterator[IdPair]:
    decoder = msgspec.json.Decoder(IdPair)
    with file:
        for number, line in enumerate(Ndjson("none").rows(file), start=1):
            try:
                yield decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise CorruptSnapshotError(
                    f"id map {quote(str(path))} is damaged in line {number}: {error}"
                ) from None
