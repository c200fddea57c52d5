"""Carry out planned publications and unpublishings when their time has come.

Nothing runs in the background: whoever looks at records, or moves the clock, first has done what
is due by then, in the order in which it was planned. Source: the reference of scheduled
publications. What the API does with a plan that cannot be carried out is not documented: here it
is dropped, and the record stays as it is. A record that came from a snapshot stays what it was
there until it is written to, however long ago its plans were due.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.clockwork import moment
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.index import index_of
from datosnap.sandbox.records.publishing import publish_item, unpublish_item
from datosnap.sandbox.records.scheduling import PUBLICATION, UNPUBLISHING, Kind
from datosnap.sandbox.state import Environment, Item, Project, World, z_time

_KINDS = (PUBLICATION, UNPUBLISHING)


class Agenda:
    """The records of an environment for which something is planned, and when."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._times: dict[str, datetime] = {}
        self._first: datetime | None = None

    def learn(self, item: Item) -> None:
        """Take in what is planned for a record."""
        planned = _planned(item)
        if planned and item.id not in self._environment.originals:
            self._times[item.id] = planned[0][0]
            self._first = min(self._times.values())

    def forget(self, item: Item) -> None:
        """Take out what was planned for a record."""
        if self._times.pop(item.id, None) is not None:
            self._first = min(self._times.values(), default=None)

    def due(self, now: datetime) -> str | None:
        """Give the record whose turn it is, if anything is due by `now`."""
        if self._first is None or self._first > now:
            return None
        return min(self._times, key=lambda item_id: self._times[item_id])


def agenda_of(environment: Environment) -> Agenda:
    """Give what is planned in an environment."""
    return index_of(environment).follower("agenda", lambda: Agenda(environment))


def carry_out_due(world: World, project: Project, now: datetime) -> None:
    """Publish and unpublish what was planned for `now` or before."""
    for environment in project.environments.values():
        if not environment.items:
            continue
        agenda = agenda_of(environment)
        while (item_id := agenda.due(now)) is not None:
            _carry_out_first(world, project, environment, item_id)
            environment.last_data_change_at = z_time(now)


def _carry_out_first(
    world: World, project: Project, environment: Environment, item_id: str
) -> None:
    item = environment.items[item_id]
    _, kind = _planned(item)[0]
    desk = desk_of(Call(world, project, environment, item.current.editor))
    free = kind.put(item, None)
    desk.index.put(free)
    # What stands in the way stays there, and the plan is gone.
    with suppress(ApiFailure):
        _perform(desk, kind, item, free)


def _perform(desk: Desk, kind: Kind, item: Item, free: Item) -> None:
    schedule = kind.of(item)
    selection = schedule.selection if schedule else None
    if kind is PUBLICATION:
        publish_item(desk, free, selection, recursive=False)
    else:
        unpublish_item(desk, free, selection, recursive=False)


def _planned(item: Item) -> list[tuple[datetime, Kind]]:
    found = [
        (when, kind)
        for kind in _KINDS
        if (schedule := kind.of(item)) is not None
        and (when := moment(schedule.at, UTC)) is not None
    ]
    return sorted(found, key=lambda one: one[0])
