"""Move a world's clock forward, and have done what becomes due on the way.

A clock that goes on with each look, as that of a repeatable world, must not be looked at only to
find out whether something is due: it would tell other times afterwards. Such a world has no
second clock to peek at, and does what is due when somebody moves its clock.
"""

from __future__ import annotations

from datetime import timedelta

from datosnap.sandbox.records.agenda import carry_out_due
from datosnap.sandbox.state import Clock, Project, World


def move_clock(world: World, by: timedelta) -> None:
    """Put the clock forward, and carry out what was planned until then."""
    world.clock = _ahead(world.clock, by)
    if world.peek is not None:
        world.peek = _ahead(world.peek, by)
    now = (world.peek or world.clock)()
    for project in world.projects.values():
        carry_out_due(world, project, now)


def catch_up(world: World, project: Project) -> None:
    """Carry out what is due by now, where now can be told without moving the clock."""
    if world.peek is not None:
        carry_out_due(world, project, world.peek())


def _ahead(clock: Clock, by: timedelta) -> Clock:
    return lambda: clock() + by
