"""Write a snapshot so that it is whole or absent: everything else first, the manifest last.

A hidden mark says, from before the first file until after the manifest, that a run of ours is
under way or was cut off, and which one. A later run of the same kind goes on where the journal
says that it was; any other may only start over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from itertools import islice
from types import TracebackType
from typing import Self

from datosnap.core.jsontext import Json, JsonObject
from datosnap.errors import BackupError
from datosnap.store import names
from datosnap.store.blobs import BlobShelf, BlobSink
from datosnap.store.chunk_making import ChunkMaker
from datosnap.store.chunks import RecordFormat, check_record
from datosnap.store.columns.shape import Shape
from datosnap.store.destination import ensure_free, make_root, open_run
from datosnap.store.finishing import tidy_up
from datosnap.store.following import Following
from datosnap.store.formats import format_named
from datosnap.store.holding import holding
from datosnap.store.intake import Intake, Mark
from datosnap.store.locations import Root, Where, locate
from datosnap.store.manifest import FileEntry, Manifest, SnapshotFacts, encode, tally
from datosnap.store.names import ChunkFormat, ChunkKind, ColumnOf, Compression, Kind
from datosnap.store.ndjson import Ndjson
from datosnap.store.place import LocalPlace, put
from datosnap.store.publishing import Publisher, rows_of
from datosnap.store.rotation import CHUNK_MAX_BYTES, RotatingWriter
from datosnap.store.run_journal import ListKey, RunJournal
from datosnap.store.slimming import WORKING_FORMAT, slim
from datosnap.store.workshop import Workshop

__all__ = ["SnapshotWriter", "ensure_free"]

# Lines of settings are small; this many make one write.
_LINES = 500


class SnapshotWriter:
    """A snapshot in the making; as a context it lets go of the folder at its end.

    Left without `commit`, it leaves an unfinished run, which the next `begin` goes on with when
    it is of the same identity.
    """

    def __init__(
        self,
        place: Root,
        bench: Workshop,
        journal: RunJournal,
        chunk_format: ChunkFormat,
        compression: Compression,
        *,
        columns: RecordFormat,
        keeps_raw: bool,
        chunk_max_bytes: int,
        maker: ChunkMaker,
        held: ExitStack,
        confirm: Callable[[], None],
    ) -> None:
        self._place = place
        self._bench = bench
        self._confirm = confirm
        self._format_and_compression = (chunk_format, compression)
        self._chunk_max_bytes = chunk_max_bytes
        self._maker = maker
        self._held = held
        self._columns = columns
        self._keeps_raw = keeps_raw
        self._format = columns if keeps_raw else format_named(WORKING_FORMAT, "zstd")
        self._journal = journal
        self._done = journal.done
        self._publisher = Publisher(place, self._format, chunk_max_bytes)
        self._following = Following(self._publisher, maker)
        self._intakes: dict[ListKey, Intake] = {}
        self._chunks: dict[ListKey, RotatingWriter] = {}
        self._shelf = BlobShelf(place, journal.done.assets, journal.asset)
        self._is_committed = False

    @classmethod
    def begin(
        cls,
        where: Where,
        *,
        chunk_format: ChunkFormat,
        compression: Compression = "zstd",
        shape: Shape | None = None,
        keeps_raw: bool = True,
        beside: Executor | None = None,
        heed: Callable[[], None] = lambda: None,
        chunk_max_bytes: int = CHUNK_MAX_BYTES,
        identity: JsonObject | None = None,
        restart: bool = False,
    ) -> Self:
        """Take a place for a snapshot: an absent one, an empty one, or our own remains.

        Remains of a run with the same `identity` are gone on with, unless `restart` is set;
        without an identity a run always starts over. Typed columns of fields, and tables, follow
        from `shape`; without it there are none. Without `keeps_raw` these are all there is. Chunks
        are made by `beside` too; `heed` is called between many, and may raise.
        Raises: UsageError, with nothing touched, when something else is there, an unfinished run
        of another identity, or the format is unknown; SnapshotLockedError; AccessRefusedError;
        DiskError.
        """
        columns = format_named(chunk_format, compression, shape, keeps_raw=keeps_raw)
        place = locate(where)
        ensure_free(place)
        if isinstance(place, LocalPlace):
            make_root(place.root)
        with ExitStack() as held:
            confirm = held.enter_context(holding(place, take_over=restart))
            bench, journal = open_run(place, identity, restart=restart)
            held.callback(journal.close)
            return cls(
                place,
                bench,
                journal,
                chunk_format,
                compression,
                columns=columns,
                keeps_raw=keeps_raw,
                chunk_max_bytes=chunk_max_bytes,
                maker=ChunkMaker(beside, heed),
                held=held.pop_all(),
                confirm=confirm,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder; without `commit`, the run stays unfinished."""
        self._is_committed = True  # in either case nothing can be added any more
        with self._held:
            for writer in self._chunks.values():
                writer.abandon()
            self._following.abandon()
            for intake in self._intakes.values():
                intake.close()
            self._shelf.abandon()

    def noted(self, name: str) -> Json:
        """Give what this run, or the one it goes on with, noted under a name; None if nothing."""
        return self._done.notes.get(name)

    def note(self, name: str, value: Json) -> None:
        """Note a fact of the run, for one that goes on with it."""
        self._journal.note(name, value)

    def has_resources(self, name: str) -> bool:
        """Tell whether the resources of one kind are kept already."""
        return names.resource_path(name) in self._done.files

    def has_rows(self, kind: ChunkKind, model: str | None) -> bool:
        """Tell whether a list has rows of this run, or of the one it goes on with."""
        key = (kind, model)
        return key in self._done.published or key in self._done.marks

    def has_asset(self, md5: str) -> bool:
        """Tell whether an asset is kept already."""
        return self._shelf.holds(md5)

    def is_published(self, kind: ChunkKind, model: str | None) -> bool:
        """Tell whether a list is whole and in chunks already."""
        return (kind, model) in self._done.published

    def kept(self, kind: ChunkKind, model: str | None) -> Mark:
        """Tell how far a list was durable when this run began, or is since."""
        return self._done.marks.get((kind, model), Mark())

    def keep(self, kind: ChunkKind, model: str | None, batch: Sequence[bytes]) -> None:
        """Add rows to a list; they are durable after `mark`.

        Raises: NonsenseError when a row could not be read back; DiskError.
        """
        intake = self._intake(kind, model)
        intake.add(batch)
        self._following.look((kind, model), intake)

    def mark(self, kind: ChunkKind, model: str | None, at: int) -> None:
        """Make a list durable and remember how far its reader had come.

        Raises: DiskError.
        """
        self._journal.mark((kind, model), self._intake(kind, model).sync(at))

    def rows(self, kind: ChunkKind, model: str | None) -> Iterator[bytes]:
        """Give the rows that a list has so far, in order.

        Raises: CorruptSnapshotError when a file was changed; DiskError.
        """
        entries = self._done.published.get((kind, model))
        if entries is None:
            if self.has_rows(kind, model):
                yield from self._intake(kind, model).read()
            return
        yield from rows_of(self._place, (one for one in entries if one.kind == kind))

    def publish(self, kind: ChunkKind, model: str | None) -> int:
        """Put a list that is whole into chunks; give the number of its rows.

        Raises: DiskError.
        """
        if not self.is_published(kind, model):
            intake = self._intake(kind, model)
            done = self._following.publish((kind, model), intake)
            self._journal.published((kind, model), done.entries, done.misfits)
            self._journal.sync()
            intake.remove()
            del self._intakes[kind, model]
        return self._done.rows((kind, model))

    def revise(self, kind: ChunkKind, model: str | None, rows: Iterable[bytes]) -> int:
        """Put other rows in place of a published list's; give their number.

        The new chunks have numbers of their own, and the journal's line changes over to them at
        once, so that a crash leaves the old list or the new one.
        Raises: as `rows` does; DiskError.
        """
        before = self._done.published.get((kind, model), ())
        first = 1 + max((names.number_of(entry.path) for entry in before), default=-1)
        done = self._publisher.write(kind, model, rows, first_number=first)
        self._journal.published((kind, model), done.entries, done.misfits)
        self._journal.sync()
        for entry in before:
            self._place.remove(entry.path)
        return self._done.rows((kind, model))

    def resources(self, name: str, lines: Iterable[bytes]) -> FileEntry:
        """Keep all project resources of one kind, one JSON object a line.

        Raises: NonsenseError when a line could not be read back; DiskError.
        """
        return self._whole(names.resource_path(name), "resource", lines)

    def schedules(self, lines: Iterable[bytes]) -> FileEntry:
        """Keep all pending publications and unpublishings, one JSON object a line.

        Those of a run that this one goes on with are replaced: records may have changed since. A
        crash in between leaves a file that the journal knows otherwise, which is replaced again.
        Raises: NonsenseError when a line could not be read back; DiskError.
        """
        return self._whole(names.SCHEDULES, "schedules", lines)

    def chunks(self, kind: ChunkKind, model: str | None) -> RotatingWriter:
        """Begin the records of one kind and model; it must be closed before `commit`."""
        self._ensure_open()
        if (kind, model) in self._chunks:
            raise BackupError(f"expected {kind} of {model} once, found them begun before")
        writer = RotatingWriter(
            self._place, self._format, kind, model, max_bytes=self._chunk_max_bytes
        )
        self._chunks[kind, model] = writer
        return writer

    def holds(self, path: str) -> bool:
        """Tell whether a file is kept already."""
        return path in self._done.files

    def adopt(self, entry: FileEntry, misfits: Mapping[ColumnOf, int]) -> None:
        """Name a file that somebody else put here, durable: a copy, or a converted chunk."""
        self._ensure_open()
        self._journal.file(entry, misfits)

    def blob(self) -> BlobSink:
        """Begin an asset; it must be finished or abandoned before `commit`.

        Raises: DiskError.
        """
        self._ensure_open()
        return self._shelf.sink()

    def commit(self, facts: SnapshotFacts) -> Manifest:
        """Make it a snapshot: name everything that is durable, and take the mark away.

        Raises: SnapshotLockedError when another run took the place over; AccessRefusedError,
        DiskError; and there is no snapshot then, unless only the mark stayed.
        """
        self._ensure_open()
        self._ensure_settled()
        self._confirm()
        manifest = self._manifest(facts)
        put(self._place, names.MANIFEST, encode(manifest))
        self._is_committed = True
        self._journal.close()
        tidy_up(self._place, self._bench, manifest)
        return manifest

    def _manifest(self, facts: SnapshotFacts) -> Manifest:
        written = (writer.misfits for writer in self._chunks.values())
        misfits = [*self._done.misfits.values(), *self._done.file_misfits.values(), *written]
        entries = self._entries()
        if not self._keeps_raw:
            slimmed = slim(self._place, entries, self._columns, self._maker)
            entries = [*slimmed.entries]
            misfits.append(slimmed.misfits)
        return Manifest(
            *self._format_and_compression,
            facts,
            # By path, so that equal content gives an equal list, whichever model was read first.
            tuple(sorted(entries, key=lambda one: one.path)),
            keeps_raw=self._keeps_raw,
            misfits=tally(misfits),
        )

    def _intake(self, kind: ChunkKind, model: str | None) -> Intake:
        self._ensure_open()
        key = (kind, model)
        if key not in self._intakes:
            name = names.work_name(kind, model)
            mark = self._done.marks.get(key, Mark())
            self._intakes[key] = Intake(
                self._bench.work,
                name,
                mark,
                segment_max_bytes=self._chunk_max_bytes,
                record_format=self._publisher.work_format,
            )
        return self._intakes[key]

    def _entries(self) -> list[FileEntry]:
        chunks = (entry for writer in self._chunks.values() for entry in writer.entries)
        published = (entry for entries in self._done.published.values() for entry in entries)
        return [*self._done.files.values(), *chunks, *published, *self._shelf.entries]

    def _whole(self, path: str, kind: Kind, lines: Iterable[bytes]) -> FileEntry:
        self._ensure_open()
        if path in self._done.files and kind != "schedules":
            raise BackupError(f"expected {path} once, found it written before")
        rows = 0
        draft = self._place.draft(path)
        try:
            encoder = Ndjson("none").lines(draft)
            for batch in _batches(lines):
                encoder.write(batch)
                rows += len(batch)
            sealed = draft.publish(path)
        except BaseException:
            draft.discard()
            raise
        entry = FileEntry(path, kind, None, rows, sealed.bytes, sealed.sha256)
        self._journal.file(entry)
        return entry

    def _ensure_open(self) -> None:
        if self._is_committed:
            raise BackupError("expected a snapshot in the making, found one that has ended")

    def _ensure_settled(self) -> None:
        waiting = [
            f"{kind} of {model}" if model else kind
            for (kind, model), writer in self._chunks.items()
            if not writer.is_closed
        ]
        waiting += [names.work_name(kind, model) for kind, model in self._intakes]
        if self._shelf.open_count:
            waiting.append(f"{self._shelf.open_count} assets")
        if waiting:
            raise BackupError(f"expected all files to be closed, found open: {', '.join(waiting)}")


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    source = iter(lines)
    while batch := list(islice(source, _LINES)):
        for line in batch:
            check_record(line)
        yield batch
