"""Tell what of a matched resource is otherwise in the target, and what of that forbids an import.

Compared is what a request could set, and only what the source says: an older snapshot that knows
fewer attributes differs in none of them. Settings that hold secrets are compared without those, and
lists that people order are compared by order, since a target may have members of its own between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from datosnap.core.difference import shown
from datosnap.core.entities import related_id
from datosnap.core.jsontext import Json, JsonObject, encode_canonical
from datosnap.core.requests import definition
from datosnap.core.schema_matching import Pairs, Resources

# What says what a thing is: no import changes it, and content of the one does not fit the other.
NATURE: Mapping[str, tuple[str, ...]] = {
    "item_type": ("modular_block", "singleton", "tree", "sortable", "draft_mode_active"),
    "field": ("field_type", "localized"),
}
# What a resource is called, and where it stands, is told by other means.
_NOT_COMPARED: Mapping[str, frozenset[str]] = {
    "field": frozenset({"api_key"}),
}
_POSITION = "position"
# Those who are ordered among themselves: of which kind, in which model, below what.
Shelf: TypeAlias = tuple[str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute in which a matched resource differs, as short texts."""

    name: str
    target: str
    source: str


def brought(source: JsonObject, target: JsonObject) -> JsonObject:
    """Give what the target's resource would have to be set to, position aside; nothing when equal.

    Both are resources of the API, the source's with its ids translated.
    """
    kind: str = source["type"]
    hidden = {_POSITION, *NATURE.get(kind, ()), *_NOT_COMPARED.get(kind, ())}
    there = definition(target)
    wanted: JsonObject = {}
    for name, value in definition(source).items():
        if name in hidden:
            continue
        joined = _JOINED[name](value, there.get(name)) if name in _JOINED else value
        if _comparable(joined) != _comparable(there.get(name)):
            wanted[name] = joined
    return wanted


def changes(source: JsonObject, target: JsonObject) -> tuple[Change, ...]:
    """Name the attributes that `brought` would set, with both values."""
    there = definition(target)
    return tuple(
        Change(name, shown(there.get(name)), shown(value))
        for name, value in brought(source, target).items()
    )


def misfits(source: JsonObject, target: JsonObject) -> list[tuple[str, Json, Json]]:
    """Give what both sides say of the thing's nature where they disagree: name, source, target."""
    ours, theirs = source["attributes"], target["attributes"]
    names = NATURE.get(source["type"], ())
    return [
        (name, ours.get(name), theirs.get(name))
        for name in names
        if (ours.get(name) or False) != (theirs.get(name) or False)
    ]


def displaced(sources: Resources, targets: Resources, pairs: Pairs) -> set[tuple[str, str]]:
    """Name the matched resources that stand elsewhere among their siblings than in the source.

    Where both sides have the same siblings their places must be the same; where either has more,
    only the order of those that match.
    """
    back = {(kind, target_id): source_id for (kind, source_id), target_id in pairs.items()}
    ours = _rows(sources, lambda kind, one: pairs.get((kind, one), f"{one} (new)"))
    theirs = _rows(targets, lambda _, one: one)
    found: set[tuple[str, str]] = set()
    for shelf, row in ours.items():
        there = theirs.get(shelf, {})
        both = [one for one in row if one in there]
        if len(both) == len(row) == len(there):
            moved = {one for one in both if row[one] != there[one]}
        else:
            in_their_order = [one for one in there if one in row]
            pairs_of = zip(both, in_their_order, strict=True)
            moved = {mine for mine, other in pairs_of if mine != other}
        found |= {(kind, back[kind, target_id]) for kind, target_id in moved}
    return found


def shelf_of(resource: JsonObject, to: Callable[[str, str], str]) -> Shelf | None:
    """Tell among whom a resource is ordered, ids given by `to`; None where order means nothing.

    The fields of a fieldset are ordered among themselves; fieldsets and other fields share one.
    """
    kind = resource["type"]
    if kind in {"field", "fieldset"}:
        model, fieldset = related_id(resource, "item_type"), related_id(resource, "fieldset")
        return ("member", to("item_type", model or ""), fieldset and to("fieldset", fieldset))
    if kind in {"menu_item", "schema_menu_item", "upload_collection"}:
        parent = related_id(resource, "parent")
        return (kind, None, parent and to(kind, parent))
    return None


def _rows(
    resources: Resources, to: Callable[[str, str], str]
) -> dict[Shelf, dict[tuple[str, str], int]]:
    """Give for each shelf who stands on it, by target ids, in their order and with their places."""
    rows: dict[Shelf, dict[tuple[str, str], int]] = {}
    placed = [
        (one["attributes"].get(_POSITION) or 0, shelf, one)
        for some in resources.values()
        for one in some
        if (shelf := shelf_of(one, to)) is not None
    ]
    for position, shelf, one in sorted(placed, key=lambda each: each[0]):
        rows.setdefault(shelf, {})[one["type"], to(one["type"], one["id"])] = position
    return rows


def _by_locale(ours: Json, theirs: Json) -> Json:
    """Take over the locales that both sides know; the target's others keep what they have."""
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return ours
    return {locale: ours.get(locale, value) for locale, value in theirs.items()}


def _laid_over(ours: Json, theirs: Json) -> Json:
    """Lay settings over those of the target: what a snapshot withheld stays as it is there."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return theirs | {
            name: _laid_over(value, theirs[name]) if name in theirs else value
            for name, value in ours.items()
        }
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [_laid_over(*both) for both in zip(ours, theirs, strict=True)]
    return ours


def _stages(ours: Json, theirs: Json) -> Json:
    """Keep the target's further stages behind the source's: records may be in them."""
    known = {one["id"] for one in ours}
    further = [{**one, "initial": False} for one in theirs or () if one["id"] not in known]
    return [*ours, *further]


# How a value is joined with the target's, where it does not simply replace it.
_JOINED: Mapping[str, Callable[[Json, Json], Json]] = {
    "default_value": _by_locale,
    "parameters": _laid_over,
    "stages": _stages,
}


def _comparable(value: Json) -> bytes:
    return encode_canonical(_unordered(value))


def _unordered(value: Json) -> Json:
    """Write lists of permitted models in one order: theirs means nothing."""
    if not isinstance(value, dict):
        return value
    return {
        name: sorted(inner) if name == "item_types" and _is_texts(inner) else _unordered(inner)
        for name, inner in value.items()
    }


def _is_texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def describe(resource: JsonObject, models: Mapping[str, str]) -> str:
    """Name a resource for people; `models` gives the api_key of each model of its side."""
    given: JsonObject = resource.get("attributes") or {}
    kind: str = resource["type"]
    owner = models.get(related_id(resource, "item_type") or "", "")
    name = next(
        (given[one] for one in ("api_key", "title", "label", "name") if given.get(one)), owner
    )
    if kind == "item_type":
        return f"{'block model' if given.get('modular_block') else 'model'} {name}"
    words = kind.replace("_", " ").replace("item type", "model")
    return f"{words} {owner}.{name}" if kind in {"field", "fieldset"} else f"{words} {name}"


def names_of_models(item_types: Iterable[JsonObject]) -> dict[str, str]:
    """Give the api_key of each model by its id."""
    return {one["id"]: one["attributes"]["api_key"] for one in item_types}
