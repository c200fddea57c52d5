"""What all parts of one export share: where it reads, where it writes and what it found."""

from __future__ import annotations

from dataclasses import dataclass, field

from datosnap.api.client import Client
from datosnap.flows.listing import Slots
from datosnap.flows.progress import Progress
from datosnap.store.manifest import Gap, ModelTotals, Withheld
from datosnap.store.snapshot_writer import SnapshotWriter


@dataclass(slots=True)
class ExportRun:
    """One export under way.

    `totals`, `gaps`, `withheld` and `uploads` grow as its parts finish.
    """

    client: Client
    writer: SnapshotWriter
    slots: Slots
    progress: Progress
    totals: list[ModelTotals] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    uploads: int = 0

    def note_gap(self, kind: str, identifier: str, reason: str) -> None:
        """Note something that could not be had."""
        self.gaps.append(Gap(kind, identifier, reason))
