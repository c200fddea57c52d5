"""Check whether exports can run, and say what to do where they cannot.

Nothing is written to the project, and nothing stays at the destination. Left-over forks are
removed only when that is asked for, after each was named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from anyio import to_thread

from datosnap.api.client import Client, ClientSettings
from datosnap.flows.diagnosis import Check
from datosnap.flows.examining.environments import remove_leftovers
from datosnap.flows.examining.place import examine_place
from datosnap.flows.examining.project import examine_project
from datosnap.flows.examining.state import examine_state


@dataclass(frozen=True, slots=True)
class DoctorOptions:
    """What is looked at; `destination` is a path or an address as it was typed."""

    environment: str | None = None
    destination: str | None = None
    remove_leftovers: bool = False


@dataclass(frozen=True, slots=True)
class Examination:
    """All that was found, in the order in which it was looked at."""

    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """Give the exit code that the first problem would cause, 0 when there is none."""
        return next((one.exit_code for one in self.checks if one.state == "problem"), 0)


def impatient(settings: ClientSettings) -> ClientSettings:
    """Let a client give up soon: who asks for a diagnosis waits for it."""
    return replace(settings, max_tries=2, patience_s=20, deadline_s=20)


async def examine(
    client: Client,
    options: DoctorOptions,
    *,
    announce: Callable[[str], None],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Examination:
    """Look at a project and at the place for its exports.

    `announce` is told of every environment before the first is destroyed.
    """
    findings = await examine_project(client, options.environment, now=now)
    checks = findings.checks
    if options.remove_leftovers:
        for one in findings.leftovers:
            announce(f"removing the left-over environment {one['id']}")
        checks += await remove_leftovers(client, findings.leftovers)
    checks += await to_thread.run_sync(examine_state)
    if options.destination is not None:
        checks += await to_thread.run_sync(examine_place, options.destination, findings.asset_bytes)
    return Examination(tuple(checks))
