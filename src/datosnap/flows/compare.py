"""Compare the content of two snapshots, ids translated, and tell every place that differs.

Each side is first reduced to a hash a record, so that memory holds 16 bytes and an id for each;
only records whose hashes differ are read again and compared member by member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from datosnap.core.difference import Difference, View, between, digest
from datosnap.core.entities import read_schema, related_id
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.remapping import IdMap
from datosnap.flows.progress import Progress
from datosnap.store import idmap
from datosnap.store.locations import Where
from datosnap.store.names import ChunkKind
from datosnap.store.snapshot import Snapshot

# Files of resources that are compared between any two projects.
_RESOURCES = (
    "site",
    "item_types",
    "fields",
    "fieldsets",
    "workflows",
    "plugins",
    "menu_items",
    "schema_menu_items",
    "item_type_filters",
    "upload_filters",
    "upload_collections",
)
# And those that belong to one project and are compared only within it.
_PROJECT_RESOURCES = ("roles", "webhooks", "build_triggers", "search_indexes")
_RECORD_KINDS: tuple[ChunkKind, ...] = ("current", "published")
# Differences told one by one; beyond that they are only counted.
TOLD_MAX = 1_000
_MISSING, _EXTRA = "(missing)", "(extra)"

See = Callable[[JsonObject], JsonObject]
Key = Callable[[JsonObject], str]
Rows = Callable[[], Iterable[bytes]]


@dataclass(slots=True)
class Comparison:
    """What was compared, by kind, and what differs; `total` counts beyond those told."""

    compared: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    total: int = 0
    left_out: tuple[str, ...] = ()

    def add(self, difference: Difference) -> None:
        """Note a difference."""
        self.total += 1
        if len(self.differences) < TOLD_MAX:
            self.differences.append(difference)


@dataclass(frozen=True, slots=True)
class _Side:
    snapshot: Snapshot
    view: View

    @property
    def models(self) -> frozenset[str]:
        return frozenset(one.api_key for one in self.view.schema.models)

    def resources(self, name: str) -> list[JsonObject]:
        return [decode_object(one) for one in self.snapshot.resources(name)]

    def key(self, one: JsonObject) -> str:
        return self.view.translate(one["type"], one["id"])


def compare_snapshots(left: Where, right: Where, ids: IdMap, progress: Progress) -> Comparison:
    """Compare two snapshots; `ids` tells what the left side's ids became on the right.

    Memory: 16 bytes and an id a record of one model at a time, and the differences told.
    Raises: SnapshotNotFoundError, CorruptSnapshotError.
    """
    first, second = Snapshot.open(left), Snapshot.open(right)
    same = first.manifest.facts.project_id == second.manifest.facts.project_id
    sides = (
        _side(first, ids.translate, with_people=same),
        _side(second, lambda _, identifier: identifier, with_people=same),
    )
    result = Comparison(left_out=_left_out(same_project=same))
    progress.start("compare", total=None, unit="records")
    for name in (*_RESOURCES, *(_PROJECT_RESOURCES if same else ())):
        _compare_resources(result, name, sides)
    for model in sorted(sides[0].models | sides[1].models):
        for kind in _RECORD_KINDS:
            _compare_records(result, kind, model, sides, progress)
    _compare_uploads(result, sides)
    _compare_schedules(result, sides)
    return result


def _side(snapshot: Snapshot, translate: Callable[[str, str], str], *, with_people: bool) -> _Side:
    schema = read_schema(
        map(decode_object, snapshot.resources("item_types")),
        map(decode_object, snapshot.resources("fields")),
    )
    return _Side(snapshot, View(schema, translate, with_people))


def _left_out(*, same_project: bool) -> tuple[str, ...]:
    always = ("history", "dates of update and publication", "addresses of assets", "ids of blocks")
    return always if same_project else (*always, "creators", "roles, tokens and webhooks")


def _compare_resources(result: Comparison, name: str, sides: tuple[_Side, _Side]) -> None:
    pairs = [
        # There is one site, whatever its id.
        {"site" if name == "site" else side.key(one): (side, one) for one in side.resources(name)}
        for side in sides
    ]
    result.compared[name] = len(pairs[0].keys() | pairs[1].keys())
    for key in [*pairs[0], *(one for one in pairs[1] if one not in pairs[0])]:
        seen = [None if key not in one else one[key][0].view.resource(one[key][1]) for one in pairs]
        _tell(result, name, key, seen[0], seen[1])


def _compare_records(
    result: Comparison,
    kind: ChunkKind,
    model: str,
    sides: tuple[_Side, _Side],
    progress: Progress,
) -> None:
    streams = [
        _Stream(partial(side.snapshot.rows, kind, model), side.key, side.view.record)
        for side in sides
    ]
    count = _compare_streams(result, f"record {model}", streams[0], streams[1])
    label = "records" if kind == "current" else "published copies"
    result.compared[label] = result.compared.get(label, 0) + count
    progress.advance(count)


def _compare_uploads(result: Comparison, sides: tuple[_Side, _Side]) -> None:
    streams = [
        _Stream(partial(side.snapshot.rows, "uploads"), side.key, side.view.resource)
        for side in sides
    ]
    result.compared["uploads"] = _compare_streams(result, "upload", streams[0], streams[1])


def _compare_schedules(result: Comparison, sides: tuple[_Side, _Side]) -> None:
    found: list[dict[str, JsonObject]] = []
    for side in sides:
        schedules = map(decode_object, side.snapshot.schedules())
        found.append({_schedule_key(side, one): one["attributes"] for one in schedules})
    result.compared["schedules"] = len(found[0].keys() | found[1].keys())
    for key in found[0].keys() | found[1].keys():
        _tell(result, "schedule", key, found[0].get(key), found[1].get(key))


def _schedule_key(side: _Side, schedule: JsonObject) -> str:
    record = side.view.translate("item", related_id(schedule, "item") or "")
    return f"{schedule['type']} of {record}"


@dataclass(frozen=True, slots=True)
class _Stream:
    """Rows of one side, what identifies each and what of it is compared."""

    rows: Rows
    key: Key
    see: See

    def decoded(self) -> Iterator[tuple[str, JsonObject]]:
        for raw in self.rows():
            one = decode_object(raw)
            yield self.key(one), one

    def digests(self) -> dict[str, bytes]:
        return {key: digest(self.see(one)) for key, one in self.decoded()}

    def pick(self, keys: Iterable[str]) -> Mapping[str, JsonObject]:
        wanted = frozenset(keys)
        return {key: self.see(one) for key, one in self.decoded() if key in wanted}


def _compare_streams(result: Comparison, kind: str, left: _Stream, right: _Stream) -> int:
    """Compare two streams of rows by key; give the number of keys."""
    lefts, rights = left.digests(), right.digests()
    differing = [key for key in lefts | rights if lefts.get(key) != rights.get(key)]
    for start in range(0, len(differing), TOLD_MAX):
        some = differing[start : start + TOLD_MAX]
        ours, theirs = left.pick(some), right.pick(some)
        for key in some:
            _tell(result, kind, key, ours.get(key), theirs.get(key))
    return len(lefts | rights)


def _tell(
    result: Comparison, kind: str, key: str, left: JsonObject | None, right: JsonObject | None
) -> None:
    if left is None or right is None:
        path = _EXTRA if left is None else _MISSING
        result.add(Difference(kind, key, path, "", ""))
        return
    for path, ours, theirs in between(left, right):
        result.add(Difference(kind, key, path, ours, theirs))


def read_id_map(path: Path | None) -> IdMap:
    """Read what an import noted of ids; an empty map when there is no file to read.

    Raises: UsageError when the file is not there; CorruptSnapshotError when it is no id map.
    """
    ids = IdMap()
    for pair in [] if path is None else idmap.read(path):
        ids.add(pair.kind, pair.source, pair.target)
    return ids
