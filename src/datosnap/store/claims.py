"""Let one run at a time write to a prefix of an object store, as far as one can without locks.

Each run announces itself by an object of its own, then looks whether there is another, and keeps
renewing its own until it ends. As stores show what was written at once, two that begin together
see each other and both give way; none goes on beside another. What is not guaranteed: a run whose
renewals fail for longer than `LAPSE_S` (a machine asleep, a network gone) is taken for dead and
may wake up beside its successor. It finds its claim gone then, and does not commit.

Ages are differences of the store's own dates, so that no clock of ours matters.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Event, Thread
from uuid import uuid4

from datosnap.core.jsontext import decode_object, encode_pretty
from datosnap.errors import BackupError, SnapshotLockedError, quote
from datosnap.store import names
from datosnap.store.objects import ObjectPlace
from datosnap.store.place import put

# Several renewals fit in before a claim lapses; what was killed keeps others out for so long.
BEAT_S = 30.0
LAPSE_S = 180.0


class Claim:
    """The claim of this run on a place."""

    def __init__(self, place: ObjectPlace) -> None:
        self._place = place
        self._path = names.claim_path(uuid4().hex)
        self._text = _ourselves()
        self._ended = Event()

    def take(self, *, take_over: bool, lapse_s: float) -> None:
        """Announce this run, and give way to another that is alive unless it is to be taken over.

        Raises: SnapshotLockedError; AccessRefusedError, DiskError.
        """
        self._write()
        others = self._others(lapse_s)
        living = [path for path, is_alive in others.items() if is_alive]
        if living and not take_over:
            raise SnapshotLockedError(
                f"{quote(str(self._place))} is locked by {holder(self._place, living[0])}; wait for"
                f" it to end, or for {lapse_s:.0f} s when it was killed"
            )
        for path in others:
            self._place.remove(path)

    def confirm(self) -> None:
        """See that nobody took this run's place.

        Raises: SnapshotLockedError; AccessRefusedError, DiskError.
        """
        if not self._place.holds(self._path):
            raise SnapshotLockedError(
                f"{quote(str(self._place))} was taken over by another run while this one could not"
                " be heard of; nothing was committed"
            )

    def renew_until_ended(self, beat_s: float) -> None:
        """Renew the claim from time to time, as long as it is there.

        Units: seconds.
        """
        while not self._ended.wait(beat_s):
            with suppress(BackupError):  # the next one may succeed; if none does, the claim lapses
                self.confirm()
                self._write()

    def end(self) -> None:
        """Stop renewing."""
        self._ended.set()

    def withdraw(self) -> None:
        """Take the claim away; one that stays lapses by itself."""
        with suppress(BackupError):
            self._place.remove(self._path)

    def _write(self) -> None:
        put(self._place, self._path, self._text)

    def _others(self, lapse_s: float) -> Mapping[str, bool]:
        written = self._place.written_at()
        found = claims_in(written, written.get(self._path), lapse_s)
        return {path: is_alive for path, is_alive in found.items() if path != self._path}


def claims_in(
    written: Mapping[str, datetime | None], now: datetime | None, lapse_s: float = LAPSE_S
) -> Mapping[str, bool]:
    """Find the claims among the objects of a place, and whether each holds by the store's clock.

    Units: seconds.
    """
    return {
        path: not _has_lapsed(at, now, lapse_s)
        for path, at in written.items()
        if names.is_claim(path)
    }


def holder(place: ObjectPlace, path: str) -> str:
    """Say whose claim it is, as far as that can be read."""
    try:
        file = place.open(path)
        if file is None:
            return "another run"
        with file:
            known = decode_object(file.read())
    except BackupError:  # being withdrawn, or not ours
        return "another run"
    pid, host, since = (quote(known.get(key)) for key in ("pid", "host", "since"))
    return f"process {pid} on {host} since {since}"


@contextmanager
def claim(
    place: ObjectPlace, *, take_over: bool, beat_s: float = BEAT_S, lapse_s: float = LAPSE_S
) -> Iterator[Claim]:
    """Claim a place as long as the context lasts.

    Units: seconds.
    Raises: SnapshotLockedError when another run is at work there, unless it is to be taken over;
    AccessRefusedError, DiskError.
    """
    ours = Claim(place)
    try:
        ours.take(take_over=take_over, lapse_s=lapse_s)
        renewal = Thread(target=ours.renew_until_ended, args=(beat_s,), daemon=True)
        renewal.start()
        try:
            yield ours
        finally:
            ours.end()
            renewal.join()
    finally:
        ours.withdraw()


def _has_lapsed(at: datetime | None, now: datetime | None, lapse_s: float) -> bool:
    if at is None or now is None:  # a store that tells no dates: nothing is known to be dead
        return False
    return (now - at).total_seconds() >= lapse_s


def _ourselves() -> bytes:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return encode_pretty({"pid": os.getpid(), "host": socket.gethostname(), "since": since})
