"""Make the chunks of lists while their rows still come: each work file that is full becomes one.

What was made is only named when its list is whole: a run that was cut off makes it anew.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from datosnap.store.chunk_making import ChunkMaker, ChunkTask, Pending
from datosnap.store.intake import Intake, WorkFile
from datosnap.store.publishing import Published, Publisher
from datosnap.store.run_journal import ListKey


class Following:
    """The chunks of lists that grow, unless those are copies of the work files."""

    def __init__(self, publisher: Publisher, maker: ChunkMaker) -> None:
        self._publisher = publisher
        self._maker = maker
        self._begun: dict[ListKey, list[Pending]] = {}

    def look(self, key: ListKey, intake: Intake) -> None:
        """Have chunks made of the work files of a list that are full.

        Raises: CorruptSnapshotError when a work file was changed; DiskError.
        """
        if not self._publisher.is_copying:
            begun = self._begun.setdefault(key, [])
            for file in intake.files[len(begun) : -1]:
                begun.append(self._maker.begin(self._task(key, len(begun), file)))

    def publish(self, key: ListKey, intake: Intake) -> Published:
        """Give the chunks of a list that is whole.

        Raises: CorruptSnapshotError when a work file was changed; DiskError.
        """
        if self._publisher.is_copying:
            return self._publisher.copy(*key, intake.files)
        self.look(key, intake)
        begun = self._begun[key]
        done = self._maker.finish(begun, self._task(key, len(begun), intake.files[-1]))
        del self._begun[key]
        return done

    def abandon(self) -> None:
        """Drop what was begun, and wait until nothing of it is under way."""
        self._begun.clear()
        self._maker.abandon()

    def _task(self, key: ListKey, number: int, file: WorkFile) -> ChunkTask:
        return ChunkTask(replace(self._publisher, max_bytes=sys.maxsize), *key, number, file)
