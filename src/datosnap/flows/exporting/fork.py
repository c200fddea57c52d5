"""Read a frozen copy of an environment instead of one that people are working in.

A fork keeps all ids. It is made under a name that tells what it is for, and destroyed at the
end, also of a run that failed. One that was killed leaves it, and the run that goes on with the
export uses it and destroys it then; when it is gone the export starts over, with another.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import anyio

from datosnap.api.client import Client
from datosnap.errors import AccessRefusedError, ApiError, RejectedError
from datosnap.flows.exporting.options import Consistent
from datosnap.flows.exporting.run import ExportRun
from datosnap.flows.forking import environment_status, fork, wait_until_ready
from datosnap.flows.opening import Opened
from datosnap.store.snapshot_writer import SnapshotWriter

# What left-over forks are recognised by.
FORK_PREFIX = "datosnap-backup-"
_CLEAN_UP_S = 60
_NOT_FOUND = 404
_NOTE = "fork"
# Noted when nothing more is to be read from the fork.
_READ = "fork read"


@asynccontextmanager
async def forked(
    run: ExportRun, opened: Opened, consistent: Consistent, now: datetime
) -> AsyncIterator[None]:
    """With `fork`, have all reading inside the block done from a fork; else do nothing.

    Raises: RejectedError when the project has no room for another environment; UnavailableError
    when the fork does not become ready.
    """
    if consistent != "fork" or run.writer.noted(_READ):
        yield
        return
    name = run.writer.noted(_NOTE) or f"{FORK_PREFIX}{now:%Y%m%d-%H%M%S}"
    try:
        await _have(run, opened, name)
        run.client.pin(name)
        yield
        run.writer.note(_READ, value=True)
    finally:
        run.client.pin(opened.environment_id)
        # Also when the run is being stopped: a fork that stays costs a slot.
        with anyio.move_on_after(_CLEAN_UP_S, shield=True) as patience:
            await _destroy(run, name)
        if patience.cancelled_caught:
            run.note_gap("environment", name, f"the fork was not destroyed in {_CLEAN_UP_S} s")


async def has_lost_its_fork(client: Client, writer: SnapshotWriter) -> bool:
    """Tell whether an unfinished export was read from a fork that is there no more.

    Another fork is another moment, so that what was read from the first one is of no use.
    """
    if writer.noted("started_at") is None or writer.noted(_READ):
        return False
    name: str | None = writer.noted(_NOTE)
    return name is None or await environment_status(client, name) is None


async def _have(run: ExportRun, opened: Opened, name: str) -> None:
    """Make the fork, unless an earlier run did, and wait for it."""
    if run.writer.noted(_NOTE) is None:
        # Noted first: a run that is killed in between finds it all the same.
        run.writer.note(_NOTE, name)
        await fork(run.client, opened.environment_id, name)
    await wait_until_ready(run.client, name)


async def _destroy(run: ExportRun, name: str) -> None:
    try:
        await run.client.send("DELETE", f"/environments/{name}", repeatable=True)
    except (ApiError, AccessRefusedError) as error:
        if not isinstance(error, RejectedError) or error.status != _NOT_FOUND:
            run.note_gap("environment", name, f"the fork could not be destroyed: {error}")
            return
    run.writer.note(_NOTE, None)
