"""Keep what a restore decided about records and uploads, and what it left in the target at its end.

Decisions are made once, before the first write, and noted with it: a run that goes on after a
crash finds its own half-written records in the target and must not take them for somebody's edits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Self

from datosnap.core.jsontext import JsonObject
from datosnap.core.matching import Action, Base, Held, Work
from datosnap.core.matching_uploads import UploadAct
from datosnap.store.shelf import BYTES, TEXT, Shelf

# The parts of a record's work, as they are noted.
_PARTS = ("base", "publish", "draft", "unpublish", "stage", "dates")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the target held of a record when its work was decided: its version and its content."""

    version: str
    current: bytes


@dataclass(frozen=True, slots=True)
class Wrote:
    """What was written of a record last: the API's version of it, and the content that was sent.

    `base` is the content that was there to be published.
    """

    version: str
    current: bytes
    base: bytes

    def row(self) -> JsonObject:
        """Give it as it is noted; hashes in hexadecimal."""
        return {"version": self.version, "current": self.current.hex(), "base": self.base.hex()}

    @classmethod
    def read(cls, row: JsonObject) -> Wrote:
        """Take up what was noted."""
        return cls(row["version"], bytes.fromhex(row["current"]), bytes.fromhex(row["base"]))


@dataclass(slots=True)
class Decisions:
    """What is done with each record and upload of the source, by its id there.

    `seen` holds the records that the target had; `deletes` are target ids, with their models.
    """

    works: MutableMapping[str, Work]
    uploads: MutableMapping[str, UploadAct]
    seen: MutableMapping[str, Seen]
    deletes: MutableMapping[str, str]

    @classmethod
    def on(cls, shelf: Shelf) -> Self:
        """Begin without any, on a shelf."""
        return cls(
            shelf.mapping(Work), shelf.mapping(UploadAct), shelf.mapping(Seen), shelf.table(TEXT)
        )

    @property
    def written(self) -> Iterator[str]:
        """Give the records that are created or updated."""
        return (one for one, work in self.works.items() if work.writes)

    @property
    def are_nothing(self) -> bool:
        """Tell whether no record and no upload is to be written or deleted."""
        idle = {UploadAct.REUSE, UploadAct.SKIP}
        is_written = any(work.writes for work in self.works.values())
        return not is_written and not self.deletes and idle.issuperset(self.uploads.values())

    def counted(self) -> Counter[Action]:
        """Count the records by what becomes of them."""
        return Counter(work.action for work in self.works.values())

    def rows(self) -> Iterator[JsonObject]:
        """Give the decisions as they are noted.

        Shape: `{"record", "action", "do", "version"?, "current"?}`, `{"upload", "act"}`,
        `{"delete", "model"}`.
        """
        for one, work in self.works.items():
            row: JsonObject = {"record": one, "action": work.action.value}
            row["do"] = [part for part in _PARTS if getattr(work, part)]
            if one in self.seen:
                row |= {"version": self.seen[one].version, "current": self.seen[one].current.hex()}
            yield row
        yield from ({"upload": one, "act": act.value} for one, act in self.uploads.items())
        yield from ({"delete": one, "model": model} for one, model in self.deletes.items())


def read_decisions(rows: Iterable[JsonObject], shelf: Shelf) -> Decisions:
    """Take up what an interrupted run decided."""
    made = Decisions.on(shelf)
    for row in rows:
        match row:
            case {"record": record, "action": action, "do": parts}:
                made.works[record] = Work(Action(action), **dict.fromkeys(parts, True))
                if "version" in row:
                    made.seen[record] = Seen(row["version"], bytes.fromhex(row["current"]))
            case {"upload": upload, "act": act}:
                made.uploads[upload] = UploadAct(act)
            case {"delete": record, "model": model}:
                made.deletes[record] = model
    return made


@dataclass(slots=True)
class Written:
    """What the target held when imports were done with it, by target id."""

    records: MutableMapping[str, Base]
    uploads: MutableMapping[str, bytes]

    @classmethod
    def on(cls, shelf: Shelf) -> Self:
        """Begin without any, on a shelf."""
        return cls(shelf.mapping(Base), shelf.table(BYTES))

    def rows(self) -> Iterator[JsonObject]:
        """Give it as it is noted.

        Shape: `{"record", "status", "version", "current", "published", "stage", "parent"}` and
        `{"upload", "said"}`; hashes in hexadecimal.
        """
        for one, base in self.records.items():
            yield {
                "record": one,
                "status": base.status,
                "version": base.version,
                "current": base.current.hex(),
                "published": base.published.hex(),
                "stage": base.stage,
                "parent": base.parent,
            }
        yield from ({"upload": one, "said": said.hex()} for one, said in self.uploads.items())


def take_written(rows: Iterable[JsonObject], written: Written) -> None:
    """Add what earlier imports left to what is known already, which counts for more."""
    for row in rows:
        match row:
            case {"record": record, "status": status, "version": version}:
                base = Base(
                    status,
                    version,
                    bytes.fromhex(row["current"]),
                    bytes.fromhex(row["published"]),
                    row["stage"],
                    row["parent"],
                )
                written.records.setdefault(record, base)
            case {"upload": upload, "said": said}:
                written.uploads.setdefault(upload, bytes.fromhex(said))


def base_of(held: Held) -> Base:
    """Give what is remembered of a record that needed no writing."""
    return Base(held.status, held.version, held.current, held.published, held.stage, held.parent)
