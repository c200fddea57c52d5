"""Take over from an older snapshot what is proved to be unchanged: versions and assets.

A record whose state is the same to the byte has the same versions, as long as the schema is the
same; an asset of the same MD5 and size is the same. Everything taken over is verified against
the older manifest and becomes part of the new snapshot, which is whole by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datosnap.core.entities import ItemType
from datosnap.core.jsontext import read_state, read_version_head
from datosnap.errors import UsageError
from datosnap.flows.opening import Opened
from datosnap.store.locations import Where
from datosnap.store.snapshot import Snapshot
from datosnap.store.spool import Spool

_SCHEMA_FILES = {"item_type": "item_types", "field": "fields"}


@dataclass(slots=True)
class OlderModel:
    """One model of the older snapshot: the states of its records, and where their versions are."""

    states: dict[str, bytes]
    spool: Spool
    versions: dict[str, int]

    def take(self, record_id: str, state: bytes) -> list[bytes] | None:
        """Give a record's versions, None when it may have changed since."""
        if self.states.get(record_id) != state or record_id not in self.versions:
            return None
        return [
            self.spool.get(record_id, str(number)) for number in range(self.versions[record_id])
        ]


@dataclass(slots=True)
class Older:
    """The older snapshot of the same environment."""

    snapshot: Snapshot
    has_same_versions: bool
    reused_assets: int = 0
    reused_versions: int = 0

    @classmethod
    def open(cls, where: Where, opened: Opened, locales: Sequence[str]) -> Older:
        """Open the snapshot to take over from.

        Raises: SnapshotNotFoundError, CorruptSnapshotError; UsageError when it is of another
        project or environment, or holds no records.
        """
        snapshot = Snapshot.open(where)
        snapshot.ensure_raw()
        facts = snapshot.manifest.facts
        theirs = (facts.project_id, facts.environment_id)
        if theirs != (opened.project_id, opened.environment_id):
            raise UsageError(
                f"--since names a snapshot of project {facts.project_id}, environment"
                f" {facts.environment_id}; this is {opened.project_id}, {opened.environment_id}"
            )
        same = all(
            sorted(snapshot.resources(name)) == sorted(opened.schema_lines.get(kind, []))
            for kind, name in _SCHEMA_FILES.items()
        )
        same = same and facts.options.get("locales", []) == list(locales)
        return cls(snapshot, same and facts.options.get("history") == "all")

    def model(self, model: ItemType, spool: Spool) -> OlderModel:
        """Read one model's states and versions; none when schema or locales are others now.

        Memory: an id and 16 bytes a record; the versions go to `spool`.
        """
        older = OlderModel({}, spool, {})
        if not self.has_same_versions:
            return older
        older.states.update(read_state(row) for row in self.snapshot.rows("current", model.api_key))
        for row in self.snapshot.rows("history", model.api_key):
            record_id = read_version_head(row)
            number = older.versions.get(record_id, 0)
            spool.add(record_id, str(number), row)
            older.versions[record_id] = number + 1
        return older

    def asset(self, md5: str | None, size: int | None) -> Iterator[bytes] | None:
        """Give an asset's bytes, verified; None when the older snapshot does not have it."""
        entry = self.snapshot.asset_entry(md5) if md5 else None
        if entry is None or md5 is None or entry.bytes != size:
            return None
        return self.snapshot.asset(md5)
