"""Walk through blocks and links of records, level by level, into rows of their own tables.

A level is all records of a batch, or all blocks of one model that stand equally deep in them: so
columns are made of many rows at once. Paths are those by which `diff` names places too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec
import pyarrow as pa

from datosnap.store.columns.column import Part
from datosnap.store.columns.finding import BLOCKS, LINKS, Found, LinkKind, Targets, by_model
from datosnap.store.columns.kernels import kernels
from datosnap.store.columns.kinds import LINK_COLUMNS
from datosnap.store.columns.values import AnyArray


@dataclass(frozen=True, slots=True)
class Spot:
    """One locale of a field, or all of one that is not localized."""

    field: str
    locale: str | None

    @property
    def path(self) -> str:
        """Lead from what has the field to the value."""
        return self.field if self.locale is None else f"{self.field}.{self.locale}"


@dataclass(slots=True)
class Level:
    """Records, or blocks of one model, and where in their records they stand.

    Units: `depth` is 0 for records and 1 for blocks that stand in the record itself.
    """

    model: str
    depth: int
    is_within_locale: bool = False
    ids: list[str | None] = field(default_factory=list)
    record_ids: list[str | None] = field(default_factory=list)
    attributes: list[msgspec.Raw] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    locales: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    parents: list[str | None] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    # The above as columns, once all are there.
    heads: dict[str, AnyArray] = field(default_factory=dict)

    @classmethod
    def of_records(cls, model: str, ids: list[str | None], column: AnyArray) -> Level:
        """Make the level of records; `column` has their ids too."""
        heads = {"id": column, "_record_id": column}
        return cls(model, 0, ids=ids, record_ids=ids, heads=heads)

    def take(self, above: Level, spot: Spot, found: Found) -> None:
        """Add blocks that were found in one field of the level above."""
        count = len(found.blocks)
        rows = found.rows
        self.ids += [one.id for one in found.blocks]
        self.attributes += [one.attributes for one in found.blocks]
        self.record_ids += [above.record_ids[row] for row in rows]
        self.positions += found.positions
        if not above.depth:
            self.fields += [spot.field] * count
            self.locales += [spot.locale] * count
            self.paths += [spot.path + path for path in found.paths]
            self.parents += [None] * count
            return
        self.fields += [above.fields[row] for row in rows]
        self.locales += (
            [above.locales[row] for row in rows] if spot.locale is None else [spot.locale] * count
        )
        self.paths += [
            f"{above.paths[row]}.{spot.path}{path}"
            for row, path in zip(rows, found.paths, strict=True)
        ]
        self.parents += [above.ids[row] for row in rows]

    def close(self) -> None:
        """Make columns of what is there."""
        self.heads = {
            "id": pa.array(self.ids, pa.string()),
            "_record_id": pa.array(self.record_ids, pa.string()),
            "_field": pa.array(self.fields, pa.string()),
            "_locale": pa.array(self.locales, pa.string()),
            "_path": pa.array(self.paths, pa.string()),
            "_parent_block_id": pa.array(self.parents, pa.string()),
            "_position": pa.array(self.positions, pa.int64()),
            "_depth": pa.repeat(pa.scalar(self.depth, pa.int64()), len(self.ids)),
        }


# Levels by the ids of their block models, and whether their blocks stand within a locale.
Below: TypeAlias = dict[tuple[str | None, bool], Level]


class Links:
    """The links of the records of one model, as rows in the making."""

    def __init__(self, record_model: str) -> None:
        self._record_model = record_model
        self._columns: dict[str, list[AnyArray]] = {name: [] for name in LINK_COLUMNS}
        self.count = 0

    def add(self, level: Level, spot: Spot, kind: LinkKind, found: Targets) -> None:
        """Add links that stand in one field of a level's rows."""
        count = len(found.ids)
        self.count += count
        is_block = level.depth > 0

        def of(head: str) -> AnyArray:
            column = level.heads[head]
            return column if found.rows is None else column.take(found.rows)

        is_told_above = is_block and spot.locale is None
        columns = {
            "record_id": of("_record_id"),
            "record_model": same(self._record_model, count),
            "block_id": of("id") if is_block else same(None, count),
            "block_model": same(level.model if is_block else None, count),
            "field": same(spot.field, count),
            "locale": of("_locale") if is_told_above else same(spot.locale, count),
            "path": _under(of("_path"), spot, found) if is_block else _paths(spot.path, found),
            "kind": same(kind, count),
            "target_id": found.ids,
        }
        for name, values in columns.items():
            self._columns[name].append(values)

    def arrays(self) -> dict[str, AnyArray]:
        """Build the columns."""
        return {name: pa.concat_arrays(values) for name, values in self._columns.items()}


def same(value: str | None, count: int) -> AnyArray:
    """Repeat a text, or a null."""
    return pa.repeat(pa.scalar(value, pa.string()), count)


def _paths(base: str, found: Targets) -> AnyArray:
    """Lead from something to the ids in the value at `base`."""
    if len(found.paths) == 1:
        return same(base + found.paths[0], len(found.ids))
    paths = pa.array([base + path for path in found.paths], pa.string())
    return paths if found.which is None else paths.take(found.which)


def _under(above: AnyArray, spot: Spot, found: Targets) -> AnyArray:
    below = _paths(spot.path, found)
    joined: AnyArray = kernels().binary_join_element_wise(above, below, ".")
    return joined


def note_links(level: Level, part: Part, to: Links) -> None:
    """Find the links in one column's values."""
    source = part.column.source
    if source is None or source.field_type not in LINKS:
        return
    kind, find = LINKS[source.field_type]
    found = find(part.values, part.array)
    if len(found.ids):
        to.add(level, Spot(source.api_key, part.locale), kind, found)


def note_blocks(level: Level, part: Part, to: Below) -> None:
    """Find the blocks in one column's values."""
    source = part.column.source
    if source is None or source.field_type not in BLOCKS:
        return
    found = BLOCKS[source.field_type](part.values)
    is_within_locale = level.is_within_locale or part.locale is not None
    for model, own in by_model(found).items():
        key = (model, is_within_locale)
        if key not in to:
            to[key] = Level("", level.depth + 1, is_within_locale)
        to[key].take(level, Spot(source.api_key, part.locale), own)
