"""Decide which records of a snapshot an import is about, and what those need beside themselves.

A record needs what it links to, the uploads it shows and, in a tree, its parent. Without these it
cannot be restored whole, so that whatever the selection leaves behind is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from datosnap.errors import UsageError, quote

# Named in a refusal; more would hide the message.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Needs:
    """What a record refers to in any of its contents; its parent is among the records."""

    records: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for; nothing named means everything."""

    models: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    dependencies: bool = False

    @property
    def is_everything(self) -> bool:
        """Tell whether nothing is left out."""
        return not self.models and not self.records


@dataclass(slots=True)
class Selected:
    """The ids of the records and uploads that are meant."""

    records: set[str] = field(default_factory=set)
    uploads: set[str] = field(default_factory=set)


def select(
    selection: Selection,
    models: Iterable[str],
    records: Mapping[str, str],
    needs: Mapping[str, Needs],
) -> Selected:
    """Select records, and with their dependencies whatever they need, and those in turn.

    Shape: `models` are api_keys, `records` gives the model's api_key of every id.
    Raises: UsageError for a model or record that the snapshot does not have.
    """
    _ensure_known("--models", selection.models, set(models))
    _ensure_known("--records", selection.records, records)
    chosen = Selected(set(selection.records))
    chosen.records.update(one for one, model in records.items() if model in selection.models)
    if selection.dependencies:
        _follow(chosen, records, needs)
    return chosen


def left_behind(
    chosen: Selected, needs: Mapping[str, Needs], known: Mapping[str, Collection[str]]
) -> dict[str, set[tuple[str, str]]]:
    """Give, for each selected record, the kind and id of what it needs and will not find.

    Shape: `known` has, by kind, the source ids of what the target has or will have.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for one in chosen.records:
        named = needs.get(one, Needs())
        missing = {("record", to) for to in named.records if to not in known["item"]}
        missing |= {("upload", to) for to in named.uploads if to not in known["upload"]}
        if missing:
            found[one] = missing
    return found


def _ensure_known(option: str, asked: Iterable[str], known: Collection[str]) -> None:
    unknown = [one for one in asked if one not in known]
    if unknown:
        named = ", ".join(map(quote, unknown[:_NAMED]))
        more = f" and {len(unknown) - _NAMED} more" * (len(unknown) > _NAMED)
        raise UsageError(f"{option}: the snapshot has no {named}{more}; see `datosnap show`")


def _follow(chosen: Selected, records: Mapping[str, str], needs: Mapping[str, Needs]) -> None:
    waiting = list(chosen.records)
    while waiting:
        named = needs.get(waiting.pop(), Needs())
        chosen.uploads.update(named.uploads)
        new = [one for one in named.records if one in records and one not in chosen.records]
        chosen.records.update(new)
        waiting.extend(new)
