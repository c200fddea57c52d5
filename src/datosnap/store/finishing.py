"""Tidy up after a snapshot was made, also when the run that made it was cut off meanwhile.

The manifest makes a snapshot whole. What stays of the run beside it, its journal, its work files
and last its mark, tells that it is a run of ours that had come that far.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject, encode_canonical
from datosnap.errors import BackupError
from datosnap.store import names
from datosnap.store.destination import identity_in, read_mark
from datosnap.store.holding import holding
from datosnap.store.locations import Root, Where, locate
from datosnap.store.manifest import Manifest, decode
from datosnap.store.place import put
from datosnap.store.slimming import drop_raw
from datosnap.store.workshop import Workshop, workshop


def is_cut_off(where: Where) -> bool:
    """Tell whether a place has a whole snapshot and still the mark of the run that made it.

    Raises: AccessRefusedError, DiskError.
    """
    place = locate(where)
    return place.absence() is None and place.holds(names.MANIFEST) and place.holds(names.MARKER)


def finish(where: Where, identity: JsonObject) -> Manifest | None:
    """Finish a snapshot whose run was cut off behind its manifest; None when it is another run's.

    Raises: SnapshotLockedError, AccessRefusedError, DiskError.
    """
    place = locate(where)
    with holding(place, take_over=False):
        mark = read_mark(place)
        found = identity_in(mark)
        text = _read(place)
        if found is None or encode_canonical(found) != encode_canonical(identity):
            return None
        try:
            manifest = decode(text)
        except BackupError:  # damaged: whoever wants to write here is told what is in the way
            return None
        put(place, names.MANIFEST, text)  # it may be there and not be durable
        tidy_up(place, workshop(place, mark), manifest)
    return manifest


def tidy_up(place: Root, bench: Workshop, manifest: Manifest) -> None:
    """Remove what a run kept beside its snapshot, and its mark last.

    Raises: AccessRefusedError, DiskError.
    """
    drop_raw(place, manifest)
    bench.clear()
    progress = [path for path in place.walk() if names.is_progress(path)]
    for path in (*progress, names.MARKER):
        place.remove(path)


def _read(place: Root) -> bytes:
    file = place.open(names.MANIFEST)
    if file is None:
        return b""
    with file:
        return file.read()
