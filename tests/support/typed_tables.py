"""Small shapes of projects, and the rows that records make in all tables."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow.parquet as pq

from datosnap.core.entities import read_schema
from datosnap.core.jsontext import Json, JsonObject, encode
from datosnap.store.chunks import Written
from datosnap.store.columns.shape import Shape
from datosnap.store.columns.tables import Tables
from datosnap.store.names import LINKS, RECORDS, Table
from datosnap.store.parquet import Parquet
from tests.support import schemas
from tests.support.encoding import encoded_tables

LOCALES = ("en", "zh-Hant-TW")


def shape(
    fields: Sequence[tuple[str, str]] = (),
    *,
    localized: Sequence[str] = (),
    block: Sequence[tuple[str, str]] = (),
    locales: Sequence[str] = LOCALES,
    title: str | None = None,
) -> Shape:
    """Make a project of a model `post` and a block model `quote`, fields as name and type."""
    post = schemas.item_type("P", "post", modular_block=False)
    if title is not None:
        post["relationships"] = {"title_field": {"data": {"type": "field", "id": f"P-{title}"}}}
    made = [
        schemas.field(
            owner, name, kind, localized=name in localized, label=name.upper(), position=n
        )
        for owner, own in (("P", fields), ("Q", block))
        for n, (name, kind) in enumerate(own)
    ]
    quote = schemas.item_type("Q", "quote", modular_block=True)
    return Shape(read_schema([post, quote], made), tuple(locales))


def record(attributes: JsonObject, identifier: str = "r1") -> JsonObject:
    """Make a record."""
    return {"type": "item", "id": identifier, "attributes": attributes, "meta": {}}


def block(attributes: JsonObject, identifier: str = "b1", model: str = "Q") -> JsonObject:
    """Make a block as it stands in a record."""
    return {
        "type": "item",
        "id": identifier,
        "attributes": attributes,
        "relationships": {"item_type": {"data": {"type": "item_type", "id": model}}},
    }


@dataclass(frozen=True, slots=True)
class Made:
    """What some records became."""

    files: dict[Table | None, bytes]
    written: Written
    main: list[dict[str, Json]] = field(default_factory=list)

    def rows(self, table: Table | None) -> list[dict[str, Json]]:
        """Give the rows of a table; none when it has no file."""
        data = self.files.get(table)
        return [] if data is None else pq.read_table(io.BytesIO(data)).to_pylist()

    @property
    def links(self) -> list[dict[str, Json]]:
        """Give the links."""
        return self.rows(LINKS)

    @property
    def slim(self) -> list[dict[str, Json]]:
        """Give the slim rows."""
        return self.rows(RECORDS)

    @property
    def quotes(self) -> list[dict[str, Json]]:
        """Give the rows of the block model."""
        return self.rows(Table("blocks", "quote"))


def made(of: Shape, *records: JsonObject | bytes) -> Made:
    """Encode records of the model `post`."""
    texts = [one if isinstance(one, bytes) else encode(one) for one in records]
    settings = Parquet("zstd", tables=Tables(of))
    files, written = encoded_tables(settings, [texts], "post")
    main = pq.read_table(io.BytesIO(files[None])).to_pylist()
    return Made(files, written, main)
