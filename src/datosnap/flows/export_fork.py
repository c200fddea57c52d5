"""Read a frozen copy of an environment instead of one that people are working in.

A fork keeps all ids. It is made under a name that tells what it is for, and destroyed at the
end, also of a run that failed; one that was killed leaves it, and the run that goes on with the
export uses it and destroys it then.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import anyio

from datosnap.core.jsontext import JsonObject
from datosnap.errors import RejectedError
from datosnap.flows.export_options import Consistent
from datosnap.flows.export_run import ExportRun
from datosnap.flows.opening import Opened

# What left-over forks are recognised by.
FORK_PREFIX = "datosnap-backup-"
# Making a copy of a large project may take as long as this.
_FORK_PATIENCE_S = 3_600
_POLL_S = 2.0
_CLEAN_UP_S = 60
_NOTE = "fork"


@asynccontextmanager
async def forked(
    run: ExportRun, opened: Opened, consistent: Consistent, now: datetime
) -> AsyncIterator[None]:
    """With `fork`, have all reading inside the block done from a fork; else do nothing.

    Raises: RejectedError when the project has no room for another environment.
    """
    if consistent != "fork":
        yield
        return
    name = await _fork(run, opened, now)
    run.client.pin(name)
    try:
        yield
    finally:
        run.client.pin(opened.environment_id)
        # Also when the run is being stopped: a fork that stays costs a slot.
        with anyio.move_on_after(_CLEAN_UP_S, shield=True):
            await _destroy(run, name)


async def _fork(run: ExportRun, opened: Opened, now: datetime) -> str:
    known: str | None = run.writer.noted(_NOTE)
    if known is not None and await _status(run, known) is not None:
        name = known
    else:
        name = f"{FORK_PREFIX}{now:%Y%m%d-%H%M%S}"
        # Noted first: a run that is killed in between finds it all the same.
        run.writer.note(_NOTE, name)
        body: JsonObject = {"data": {"type": "environment", "id": name}}
        path = f"/environments/{opened.environment_id}/fork"
        await run.client.send("POST", path, body, {"immediate_return": True}, repeatable=False)
    with anyio.fail_after(_FORK_PATIENCE_S):
        while await _status(run, name) != "ready":  # noqa: ASYNC110 - it is the API that is asked
            await anyio.sleep(_POLL_S)
    return name


async def _status(run: ExportRun, name: str) -> str | None:
    try:
        answer = await run.client.get_object(f"/environments/{name}")
    except RejectedError:
        return None
    status: str = answer["data"]["meta"]["status"]
    return status


async def _destroy(run: ExportRun, name: str) -> None:
    try:
        await run.client.send("DELETE", f"/environments/{name}", repeatable=True)
    except RejectedError as error:
        run.progress.say(f"the environment {name} could not be destroyed: {error}")
    else:
        run.writer.note(_NOTE, None)
