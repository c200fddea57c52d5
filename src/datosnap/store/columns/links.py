"""Walk through blocks and links of records, level by level, into rows of their own tables.

A level is all records of a batch, or all blocks of one model that stand equally deep in them: so
columns are made of many rows at once. Paths are those by which `diff` names places too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec
import pyarrow as pa

from datosnap.store.columns.column import Column
from datosnap.store.columns.fieldtypes import BLOCKS, LINKS, Found, LinkKind, Targets
from datosnap.store.columns.kinds import LINK_COLUMNS
from datosnap.store.columns.values import AnyArray, Values


@dataclass(slots=True)
class Level:
    """Records, or blocks of one model, and where in their records they stand.

    Units: `depth` is 0 for records and 1 for blocks that stand in the record itself.
    """

    model: str
    depth: int
    ids: list[str | None] = field(default_factory=list)
    record_ids: list[str | None] = field(default_factory=list)
    attributes: list[msgspec.Raw] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    locales: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    parents: list[str | None] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def take(self, above: Level, spot: Spot, found: Sequence[Found]) -> None:
        """Add blocks that were found in one field of the level above."""
        count = len(found)
        rows, paths, places, blocks = zip(*found, strict=True)
        self.ids += [one.id for one in blocks]
        self.record_ids += [above.record_ids[row] for row in rows]
        self.attributes += [one.attributes for one in blocks]
        self.fields += [above.fields[row] for row in rows] if above.depth else [spot.field] * count
        locales = above.locales_of(rows, spot)
        self.locales += locales if len(locales) > 1 else locales * count
        self.paths += above.paths_of(rows, spot, paths)
        self.parents += [above.ids[row] for row in rows] if above.depth else [None] * count
        self.positions += places

    def locales_of(self, rows: Sequence[int], spot: Spot) -> list[str | None]:
        """Give the locales that something in one field of these rows is in; one may be of all."""
        if spot.locale is None and self.depth:
            return [self.locales[row] for row in rows]
        return [spot.locale]

    def paths_of(self, rows: Sequence[int], spot: Spot, paths: Sequence[str]) -> list[str]:
        """Lead from the rows' records to something in one field of the rows; one may be of all."""
        base = spot.field if spot.locale is None else f"{spot.field}.{spot.locale}"
        if not self.depth:
            return [base + path for path in paths]
        each = paths if len(paths) > 1 else list(paths) * len(rows)
        return [f"{self.paths[row]}.{base}{path}" for row, path in zip(rows, each, strict=True)]


# Levels by the ids of their block models, and whether their blocks stand within a locale.
Below: TypeAlias = dict[tuple[str | None, bool], Level]


@dataclass(frozen=True, slots=True)
class Spot:
    """One locale of a field, or all of one that is not localized."""

    field: str
    locale: str | None


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
        rows = found.rows
        columns = {
            "record_id": _texts([level.record_ids[row] for row in rows]),
            "record_model": same(self._record_model, count),
            "block_id": _texts([level.ids[row] for row in rows]) if is_block else same(None, count),
            "block_model": same(level.model if is_block else None, count),
            "field": same(spot.field, count),
            "locale": _spread(level.locales_of(rows, spot), count),
            "path": _spread(level.paths_of(rows, spot, found.paths), count),
            "kind": same(kind, count),
            "target_id": _texts(found.ids),
        }
        for name, values in columns.items():
            self._columns[name].append(values)

    def arrays(self) -> dict[str, AnyArray]:
        """Build the columns."""
        return {name: pa.concat_arrays(values) for name, values in self._columns.items()}


def same(value: str | None, count: int) -> AnyArray:
    """Repeat a text, or a null."""
    return pa.repeat(pa.scalar(value, pa.string()), count)


def _spread(values: Sequence[str | None], count: int) -> AnyArray:
    """Build a column of one value for each, or of one for all."""
    return _texts(values) if len(values) > 1 else same(values[0], count)


def _texts(values: Sequence[object]) -> AnyArray:
    return pa.array(values, pa.string())


def note_links(level: Level, column: Column, locale: str | None, values: Values, to: Links) -> None:
    """Find the links in one column's values."""
    if column.source is None or column.source.field_type not in LINKS:
        return
    kind, find = LINKS[column.source.field_type]
    found = find(values)
    if found.ids:
        to.add(level, Spot(column.source.api_key, locale), kind, found)


def note_blocks(
    level: Level, column: Column, locale: str | None, values: Values, to: Below
) -> None:
    """Find the blocks in one column's values."""
    if column.source is None or column.source.field_type not in BLOCKS:
        return
    spot = Spot(column.source.api_key, locale)
    groups: dict[tuple[str | None, bool], list[Found]] = {}
    is_within = locale is not None
    for found in BLOCKS[column.source.field_type](values):
        within = is_within or (level.depth > 0 and level.locales[found[0]] is not None)
        groups.setdefault((found[-1].model_id, within), []).append(found)
    for key, group in groups.items():
        if key not in to:
            to[key] = Level("", level.depth + 1)
        to[key].take(level, spot, group)
