"""Decide whether a snapshot may be written to a place, before anything there is touched.

Free is what does not exist, what is empty, and what an unfinished run of ours left, whole or in
part: our mark is in it and nothing in it can be anybody else's.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import uuid4

from datosnap.core.jsontext import JsonObject, decode_object, encode_canonical, encode_pretty
from datosnap.errors import BackupError, NonsenseError, UsageError, quote
from datosnap.store import manifest, names
from datosnap.store.atomic import make_folders
from datosnap.store.diskerrors import translating
from datosnap.store.locations import Root, Where, locate
from datosnap.store.place import LocalPlace, put
from datosnap.store.run_journal import Done, RunJournal
from datosnap.store.workshop import Workshop, workshop

# Enough to recognise what a folder is used for.
_NAMED = 3


def ensure_free(where: Where) -> None:
    """See that a snapshot may be written to a place; nothing is touched.

    Raises: UsageError saying what is in the way; AccessRefusedError, DiskError when it cannot be
    looked at.
    """
    place = locate(where)
    if isinstance(place, LocalPlace):
        with translating("look at", place.root):
            if not place.root.is_dir():
                _existing_parent(place.root)
                return
    _ensure_free_inside(place)


def make_root(root: Path) -> None:
    """Create the folder, and those above it, durably; harmless when it exists.

    Raises: UsageError when something else is in the way; DiskError.
    """
    with translating("create", root):
        if not root.is_dir():
            make_folders(_existing_parent(root), root.absolute())


def _clear_remains(where: Where) -> None:
    """Remove what an unfinished run left, its mark and the lock aside.

    Raises: UsageError when a part of it is not ours, with nothing touched; AccessRefusedError,
    DiskError.
    """
    place = locate(where)
    ensure_free(place)
    # The journal first: what it names must not be believed once some of that is gone.
    for path in sorted(place.walk(), key=lambda one: one != names.JOURNAL):
        if names.is_progress(path) or not names.is_housekeeping(path):
            place.remove(path)


def open_run(
    place: Root, identity: JsonObject | None, *, restart: bool
) -> tuple[Workshop, RunJournal]:
    """Go on with the unfinished run of that identity in a place that is held, or begin one.

    Raises: UsageError when something else lies there, or another run; AccessRefusedError,
    CorruptSnapshotError, DiskError.
    """
    ensure_free(place)  # looked at before, but not by the only one who can change it
    goes_on = identity is not None and not restart and _is_unfinished(place, identity)
    if not goes_on:
        _start_over(place, identity)
    bench = workshop(place, read_mark(place))
    make_root(bench.folder)
    journal = RunJournal(bench.journal, {"identity": identity})
    if goes_on:
        try:
            _drop_unnamed(place, journal.done)
        except BaseException:
            journal.close()
            raise
    return bench, journal


def _start_over(place: Root, identity: JsonObject | None) -> None:
    workshop(place, read_mark(place)).clear()
    _clear_remains(place)
    put(place, names.MARKER, _new_mark(identity))


def _is_unfinished(place: Root, identity: JsonObject) -> bool:
    """Tell whether an unfinished run of that identity lies in a place, with its journal at hand.

    Raises: UsageError, telling what differs, when it is of another identity; AccessRefusedError,
    DiskError.
    """
    mark = read_mark(place)
    found = identity_in(mark)
    bench = workshop(place, mark)
    # A journal that is apart may be another machine's, which could go on where we cannot.
    if found is None or not (bench.has_journal or bench.is_apart):
        return False
    if encode_canonical(found) == encode_canonical(identity):
        return bench.has_journal
    differing = ", ".join(
        f"{key} {quote(found.get(key))} there, {quote(identity.get(key))} now"
        for key in {**found, **identity}
        if found.get(key) != identity.get(key)
    )
    raise UsageError(
        f"{quote(str(place))} holds an unfinished export that was another one: {differing};"
        f" finish it with its own options, or throw it away with --restart"
    )


def _new_mark(identity: JsonObject | None) -> bytes:
    """Make the mark of a run that begins now."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    who = {"started_at": since, "pid": os.getpid(), "host": socket.gethostname()}
    # No two marks are alike, so that a journal that lies apart is found by one run's alone.
    return encode_pretty({**who, "run": uuid4().hex, "identity": identity})


def read_mark(place: Root) -> bytes:
    """Give the mark of an unfinished run; nothing when there is none.

    Raises: CorruptSnapshotError when it is no plain file; AccessRefusedError, DiskError.
    """
    file = place.open(names.MARKER)
    if file is None:
        return b""
    with file:
        return file.read()


def _drop_unnamed(place: Root, done: Done) -> None:
    """Remove what a cut-off run had begun and its journal does not name.

    Raises: AccessRefusedError, DiskError.
    """
    chunks = (entry.path for entries in done.published.values() for entry in entries)
    assets = (entry.path for entry in done.assets.values())
    named = {*done.files, *chunks, *assets}
    for path in tuple(place.walk()):
        if path not in named and not names.is_housekeeping(path):
            place.remove(path)


def identity_in(mark: bytes) -> JsonObject | None:
    """Read of which identity the run is that left a mark; None when it does not tell."""
    try:
        identity: JsonObject | None = decode_object(mark).get("identity")
    except NonsenseError:
        return None
    return identity


def _existing_parent(root: Path) -> Path:
    path = root.absolute()
    while not path.is_dir():
        if path.exists() or path.is_symlink():
            raise UsageError(
                f"expected a folder at {quote(str(path))}, found something else; "
                "choose another place"
            )
        path = path.parent
    return path


def _ensure_free_inside(place: Root) -> None:
    taken_at = _finished_at(place)
    if taken_at is not None:
        raise UsageError(
            f"{quote(str(place))} already holds a snapshot, taken at {quote(taken_at)}; "
            "choose another place"
        )
    if place.holds(names.MARKER):
        _refuse(place, (path for path in place.walk() if not names.is_ours(path)))
    else:
        # Without our mark the top level tells enough, and what is below may be large.
        _refuse(place, (name for name in place.top() if not names.is_housekeeping(name)))


def _refuse(place: Root, strange: Iterable[str]) -> None:
    found = list(islice(strange, _NAMED))
    if found:
        raise UsageError(
            f"expected an empty folder or a new one, found {', '.join(map(quote, found))} "
            f"in {quote(str(place))}; choose another place"
        )


def _finished_at(place: Root) -> str | None:
    try:
        file = place.open(names.MANIFEST)
        if file is None:
            return None
        with file:
            return manifest.decode(file.read()).facts.finished_at
    except BackupError:  # not ours, or damaged: it is named with the rest of what is in the way
        return None
