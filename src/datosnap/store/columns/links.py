"""Walk through blocks and links of records, level by level, into rows of their own tables.

A level is all records of a batch, or all blocks of one model that stand equally deep in them: so
columns are made of many rows at once. Paths are those by which `diff` names places too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec
import pyarrow as pa

from datosnap.store.columns.column import Column
from datosnap.store.columns.fieldtypes import BLOCKS, LINKS, Found, LinkKind, Target
from datosnap.store.columns.kinds import LINK_COLUMNS
from datosnap.store.columns.values import AnyArray, Values


@dataclass(slots=True)
class Level:
    """Records, or blocks of one model, and where in their records they stand.

    Units: `depth` is 0 for records and 1 for blocks that stand in the record itself.
    """

    model: str
    depth: int
    ids: list[object] = field(default_factory=list)
    record_ids: list[object] = field(default_factory=list)
    attributes: list[msgspec.Raw] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    locales: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    parents: list[object] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def path(self, row: int, below: str) -> str:
        """Lead from a row's record to something in one of the row's fields."""
        return f"{self.paths[row]}.{below}" if self.depth else below

    def take(self, above: Level, spot: Spot, found: Found) -> None:
        """Add a block that was found in one of the rows of the level above."""
        row, path, place, block = found
        self.ids.append(block.id)
        self.record_ids.append(above.record_ids[row])
        self.attributes.append(block.attributes)
        self.fields.append(above.fields[row] if above.depth else spot.field)
        self.locales.append(_locale(above, row, spot))
        self.paths.append(above.path(row, spot.base + path))
        self.parents.append(above.ids[row] if above.depth else None)
        self.positions.append(place)


# Levels by the ids of their block models, and whether their blocks stand within a locale.
Below: TypeAlias = dict[tuple[str | None, bool], Level]


@dataclass(frozen=True, slots=True)
class Spot:
    """One locale of a field, or all of one that is not localized."""

    field: str
    locale: str | None

    @property
    def base(self) -> str:
        """Begin a path to something in it."""
        return self.field if self.locale is None else f"{self.field}.{self.locale}"


class Links:
    """The links of the records of one model, as rows in the making."""

    def __init__(self, record_model: str) -> None:
        self._record_model = record_model
        self._columns: dict[str, list[object]] = {name: [] for name in LINK_COLUMNS}

    def add(self, level: Level, spot: Spot, kind: LinkKind, targets: Sequence[Target]) -> None:
        """Add links that stand in one field of a level's rows."""
        count = len(targets)
        is_block = level.depth > 0
        rows = [row for row, _, _ in targets]
        columns: dict[str, Iterable[object]] = {
            "record_id": [level.record_ids[row] for row in rows],
            "record_model": [self._record_model] * count,
            "block_id": [level.ids[row] for row in rows] if is_block else [None] * count,
            "block_model": [level.model if is_block else None] * count,
            "field": [spot.field] * count,
            "locale": [_locale(level, row, spot) for row in rows],
            "path": [level.path(row, spot.base + path) for row, path, _ in targets],
            "kind": [kind] * count,
            "target_id": [target for _, _, target in targets],
        }
        for name, values in columns.items():
            self._columns[name].extend(values)

    def arrays(self) -> dict[str, AnyArray]:
        """Build the columns."""
        return {name: pa.array(values, pa.string()) for name, values in self._columns.items()}


def _locale(level: Level, row: int, spot: Spot) -> str | None:
    if spot.locale is not None or not level.depth:
        return spot.locale
    return level.locales[row]


def note_links(level: Level, column: Column, locale: str | None, values: Values, to: Links) -> None:
    """Find the links in one column's values."""
    if column.source is None or column.source.field_type not in LINKS:
        return
    kind, find = LINKS[column.source.field_type]
    targets = list(find(values))
    if targets:
        to.add(level, Spot(column.source.api_key, locale), kind, targets)


def note_blocks(
    level: Level, column: Column, locale: str | None, values: Values, to: Below
) -> None:
    """Find the blocks in one column's values."""
    if column.source is None or column.source.field_type not in BLOCKS:
        return
    spot = Spot(column.source.api_key, locale)
    for found in BLOCKS[column.source.field_type](values):
        key = (found[-1].model_id, _locale(level, found[0], spot) is not None)
        if key not in to:
            to[key] = Level("", level.depth + 1)
        to[key].take(level, spot, found)
