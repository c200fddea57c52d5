"""Find the ids that a column's values refer to, and the blocks that stand in them.

Links come from the column's array, whole columns at a time; only those inside structured text,
and blocks, are looked for value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, repeat
from operator import attrgetter
from typing import Literal, NamedTuple, TypeAlias

import pyarrow as pa

from datosnap.store.columns.kernels import kernels
from datosnap.store.columns.texts import Block, Text
from datosnap.store.columns.values import AnyArray, Values

LinkKind: TypeAlias = Literal["record", "upload"]
Numbers: TypeAlias = "pa.Int32Array | pa.Int64Array | pa.UInt64Array"


class Targets(NamedTuple):
    """The ids in a column: the rows that they stand in, where below their values, and the ids.

    Shape: `rows` is None when there is one in each row; of `paths` there is one for each id, one
    for all, or, with `which`, one that each id names by its number.
    """

    rows: Numbers | None
    paths: Sequence[str]
    which: Numbers | None
    ids: AnyArray


class Found(NamedTuple):
    """Blocks in a column's values: the rows, where below the values, which of them, the blocks."""

    rows: Sequence[int]
    paths: Sequence[str]
    positions: Sequence[int]
    blocks: Sequence[Block]

    def pick(self, numbers: Sequence[int]) -> Found:
        """Give some of them, in this order."""
        return Found(
            [self.rows[at] for at in numbers],
            [self.paths[at] for at in numbers],
            [self.positions[at] for at in numbers],
            [self.blocks[at] for at in numbers],
        )


def _in_link(_: Values, array: AnyArray) -> Targets:
    return _present(array, "")


def _in_file(_: Values, array: AnyArray) -> Targets:
    return _present(_member(array, "upload_id"), ".upload_id")


def _in_seo(_: Values, array: AnyArray) -> Targets:
    return _present(_member(array, "image"), ".image")


def _in_links(_: Values, array: AnyArray) -> Targets:
    rows, numbers, ids = _elements(array)
    return Targets(rows, _numbered(numbers, ""), numbers, ids)


def _in_gallery(_: Values, array: AnyArray) -> Targets:
    rows, numbers, files = _elements(array)
    ids = _member(files, "upload_id")
    if ids.null_count:
        is_there = ids.is_valid()
        rows, numbers = rows.filter(is_there), numbers.filter(is_there)
        ids = ids.drop_null()
    return Targets(rows, _numbered(numbers, ".upload_id"), numbers, ids)


def _in_text(values: Values, _: AnyArray) -> Targets:
    found = [
        (row, path, target)
        for row, one in enumerate(values)
        if isinstance(one, Text)
        for path, target in one.records
    ]
    rows, paths, ids = zip(*found, strict=True) if found else ((), (), ())
    return Targets(pa.array(rows, pa.int32()), paths, None, pa.array(ids, pa.string()))


def _present(array: AnyArray, path: str) -> Targets:
    if not array.null_count:
        return Targets(None, (path,), None, array)
    rows = kernels().indices_nonzero(array.is_valid())
    return Targets(rows, (path,), None, array.drop_null())


def _member(array: AnyArray, name: str) -> AnyArray:
    """Give a member of structs; where one is missing, so are its members."""
    assert isinstance(array, pa.StructArray)
    return array.field(name)


def _elements(array: AnyArray) -> tuple[Numbers, Numbers, AnyArray]:
    """Give the row that each element of lists is in, its number there, and the elements."""
    assert isinstance(array, pa.ListArray)
    rows = kernels().list_parent_indices(array)
    count = kernels().cumulative_sum(pa.repeat(pa.scalar(1, pa.int32()), len(rows)))
    before = kernels().add(array.offsets.take(rows), 1)
    return rows, kernels().subtract(count, before), array.flatten()


def _numbered(numbers: Numbers, path: str) -> Sequence[str]:
    if not len(numbers):
        return []
    return [f".{number}{path}" for number in range(1 + kernels().max(numbers).as_py())]


LINKS: Mapping[str, tuple[LinkKind, Callable[[Values, AnyArray], Targets]]] = {
    "link": ("record", _in_link),
    "links": ("record", _in_links),
    "structured_text": ("record", _in_text),
    "file": ("upload", _in_file),
    "gallery": ("upload", _in_gallery),
    "seo": ("upload", _in_seo),
}


def _single(values: Values) -> Found:
    found = [(row, one) for row, one in enumerate(values) if isinstance(one, Block)]
    count = len(found)
    return Found([row for row, _ in found], [""] * count, [0] * count, [one for _, one in found])


def _listed(values: Values) -> Found:
    lists = [one if isinstance(one, list) else () for one in values]
    counts = list(map(len, lists))
    blocks = list(chain.from_iterable(lists))
    rows = list(chain.from_iterable(map(repeat, range(len(lists)), counts)))
    positions = list(chain.from_iterable(map(range, counts)))
    known = [f".{number}" for number in range(max(counts, default=0))]
    found = Found(rows, [known[one] for one in positions], positions, blocks)
    if str in set(map(type, blocks)):  # in flat answers blocks are only named
        return found.pick([at for at, one in enumerate(blocks) if isinstance(one, Block)])
    return found


def _in_document(values: Values) -> Found:
    found = [
        (row, path, number, block)
        for row, one in enumerate(values)
        if isinstance(one, Text)
        for number, (path, block) in enumerate(one.blocks)
    ]
    return Found(*zip(*found, strict=True)) if found else Found((), (), (), ())


BLOCKS: Mapping[str, Callable[[Values], Found]] = {
    "single_block": _single,
    "rich_text": _listed,
    "structured_text": _in_document,
}

_MODEL_ID = attrgetter("relationships.item_type.data.id")


def by_model(found: Found) -> Mapping[str | None, Found]:
    """Part blocks by the ids of their models."""
    try:
        models: list[str | None] = list(map(_MODEL_ID, found.blocks))
    except AttributeError:  # of one that does not say it
        models = [one.model_id for one in found.blocks]
    numbers: dict[str | None, list[int]] = {}
    for number, model in enumerate(models):
        numbers.setdefault(model, []).append(number)
    if len(numbers) == 1:
        return {models[0]: found}
    return {model: found.pick(own) for model, own in numbers.items()}
