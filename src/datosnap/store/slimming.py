"""Leave the records themselves out of a snapshot: typed columns alone take their place.

A run reads its own records again, so they are chunks of NDJSON until all else is there. The
manifest then names files of typed columns in their place, and the chunks go when it is durable: a
run that is cut off before that has lost nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, get_args

from datosnap.store import names
from datosnap.store.chunks import RecordFormat
from datosnap.store.manifest import FileEntry, Manifest
from datosnap.store.names import ChunkKind, ColumnOf
from datosnap.store.place import Place
from datosnap.store.publishing import Published, Publisher, rows_of

_CHUNK_KINDS: tuple[ChunkKind, ...] = get_args(ChunkKind)
# What a run keeps records in until its end.
WORKING_FORMAT: Final = "ndjson"
_WORKING = ".ndjson.zst"


def slim(
    place: Place, entries: Sequence[FileEntry], columns: RecordFormat, max_bytes: int
) -> Published:
    """Write typed columns of all records that lie in chunks; give the files there are then.

    Memory: one batch of rows, and what the format holds back.
    Raises: CorruptSnapshotError when a chunk was changed; DiskError.
    """
    publisher = Publisher(place, columns, max_bytes)
    found = [one for one in entries if not one.path.endswith(_WORKING)]
    misfits: Counter[ColumnOf] = Counter()
    for kind in _CHUNK_KINDS:
        chunks = [one for one in entries if one.kind == kind and one.path.endswith(_WORKING)]
        for model in dict.fromkeys(one.model for one in chunks):
            own = [one for one in chunks if one.model == model]
            written = publisher.write(kind, model, rows_of(place, own), first_number=0)
            found += written.entries
            misfits.update(written.misfits)
    return Published(tuple(found), misfits)


def drop_raw(place: Place, manifest: Manifest) -> None:
    """Remove the chunks that typed columns took the place of.

    Raises: AccessRefusedError, DiskError.
    """
    if manifest.keeps_raw:
        return
    named = {entry.path for entry in manifest.files}
    for path in tuple(place.walk()):
        if path not in named and path.endswith(_WORKING) and names.is_ours(path):
            place.remove(path)
