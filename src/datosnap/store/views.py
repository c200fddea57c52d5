"""List the tables that a snapshot offers to analysts, and the files that each is made of.

Names are the project's own: a table for each model and each block model. Our four stand in a
space of their own, `datosnap`, and beside the models as long as no model has the same name; what
readers of the site see stands in a third, `published`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import pyarrow as pa

from datosnap.store.columns.kinds import MODEL, RECORD
from datosnap.store.columns.shape import Shape, read_shape
from datosnap.store.columns.tables import Tables
from datosnap.store.manifest import FileEntry, Manifest
from datosnap.store.names import LINKS, RECORDS, ChunkKind, Table, table_path
from datosnap.store.snapshot import Snapshot

Space: TypeAlias = Literal["main", "published", "datosnap"]


@dataclass(frozen=True, slots=True)
class Part:
    """Files of one form; of records among them that are current some are not `published`."""

    files: tuple[FileEntry, ...]
    published_only: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column as people are told of it; `comment` has the label and the hint of a field."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class View:
    """One table: its name, its columns, and what it is made of; it may be of no file at all.

    Those that are not `of_project` are ours, and give way to a model of the same name.
    """

    space: Space
    name: str
    schema: pa.Schema = field(repr=False)
    parts: tuple[Part, ...] = field(repr=False)
    of_project: bool = True

    @property
    def columns(self) -> tuple[Column, ...]:
        """Describe its columns."""
        return tuple(Column(one.name, str(one.type), _comment(one)) for one in self.schema)

    @property
    def rows(self) -> int | None:
        """Give the number of its rows; None when only reading it would tell."""
        if any(part.published_only and part.files for part in self.parts):
            return None
        return sum(entry.rows or 0 for part in self.parts for entry in part.files)


def is_typed(manifest: Manifest) -> bool:
    """Tell whether a snapshot has the files that tables are made of."""
    kinds = {entry.kind for entry in manifest.files}
    return manifest.chunk_format == "parquet" and ("table" in kinds or "current" not in kinds)


def shape_of(snapshot: Snapshot) -> Shape | None:
    """Read the shape of a snapshot's content; None when it does not tell of any models.

    Raises: CorruptSnapshotError, DiskError.
    """
    item_types = snapshot.resources("item_types")
    if not item_types:
        return None
    return read_shape(snapshot.resources("site")[0], item_types, snapshot.resources("fields"))


def views_of(snapshot: Snapshot) -> tuple[View, ...]:
    """List the tables of a snapshot that `is_typed`.

    Raises: CorruptSnapshotError, DiskError.
    """
    return tuple(_Listing(snapshot, shape_of(snapshot)).all())


class _Listing:
    def __init__(self, snapshot: Snapshot, shape: Shape | None) -> None:
        self._files = snapshot.manifest.files
        self._models = snapshot.models()
        self._shape = shape
        self._tables = Tables(shape)

    def all(self) -> Iterator[View]:
        """List all tables: people's own first."""
        own = [*map(self._model, self._models), *self._blocks()]
        taken = {one.name for one in own}
        system = list(self._system())
        yield from own
        yield from (one for one in system if one.name not in taken)
        yield from map(self._published, self._models)
        yield from (replace(one, space="datosnap") for one in system)

    def _model(self, model: str) -> View:
        files = self._kind("current", model)
        return View("main", model, self._schema("current", model), (Part(files),))

    def _published(self, model: str) -> View:
        parts = (
            Part(self._kind("current", model), published_only=True),
            Part(self._kind("published", model)),
        )
        return View("published", model, self._schema("published", model), parts)

    def _blocks(self) -> Iterator[View]:
        for one in self._shape.schema.block_models if self._shape else ():
            table = Table("blocks", one.api_key)
            yield View("main", one.api_key, self._tables.schema(table), (self._table(table),))

    def _system(self) -> Iterator[View]:
        for table in (RECORDS, LINKS):
            yield _ours(table.name, self._tables.schema(table), self._table(table))
        yield _ours("uploads", self._schema("uploads", None), Part(self._kind("uploads", None)))
        versions = Part(tuple(entry for entry in self._files if entry.kind == "history"))
        yield _ours("versions", self._schema("history", MODEL), versions)

    def _kind(self, kind: ChunkKind, model: str | None) -> tuple[FileEntry, ...]:
        return tuple(one for one in self._files if one.kind == kind and one.model == model)

    def _table(self, table: Table) -> Part:
        folder = table_path(table, "", 0).rpartition("/")[0]
        files = (one for one in self._files if one.path.rpartition("/")[0] == folder)
        return Part(tuple(files))

    def _schema(self, kind: ChunkKind, model: str | None) -> pa.Schema:
        fields = (one for one in self._tables.of(kind, model).fields if one.name != RECORD)
        return pa.schema(fields)


def _ours(name: str, schema: pa.Schema, part: Part) -> View:
    return View("main", name, schema, (part,), of_project=False)


def _comment(one: pa.Field[pa.DataType]) -> str:
    told = {key.decode(): text.decode() for key, text in (one.metadata or {}).items()}
    words = (told.get("label", ""), told.get("hint", ""))
    return ": ".join(word for word in words if word)
