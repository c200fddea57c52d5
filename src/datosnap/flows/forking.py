"""Have an environment that is a copy of another one, and wait until it can be used.

A fork keeps all ids. What asks for one names it, so that it is found again after any interruption.
"""

from __future__ import annotations

import anyio

from datosnap.api.client import Client
from datosnap.core.jsontext import JsonObject
from datosnap.errors import RejectedError, UnavailableError

# Making a copy of a large project may take as long as this.
_FORK_PATIENCE_S = 3_600
_POLL_S = 2.0
_NOT_FOUND = 404


async def fork(client: Client, source: str, name: str) -> None:
    """Begin to copy the environment `source` under a name that no other has.

    Raises: RejectedError when the name is taken or there is no room for another environment;
    OutcomeUnknownError.
    """
    body: JsonObject = {"data": {"type": "environment", "id": name}}
    path = f"/environments/{source}/fork"
    await client.send("POST", path, body, {"immediate_return": True}, repeatable=False)


async def environment_status(client: Client, name: str) -> str | None:
    """Tell how far an environment is; None when there is none of that name."""
    try:
        answer = await client.get_object(f"/environments/{name}")
    except RejectedError as error:
        if error.status != _NOT_FOUND:
            raise
        return None
    status: str = answer["data"]["meta"]["status"]
    return status


async def wait_until_ready(client: Client, name: str) -> None:
    """Wait until a fork can be used.

    Raises: UnavailableError when it goes away or takes too long.
    """
    with anyio.move_on_after(_FORK_PATIENCE_S):
        while (status := await environment_status(client, name)) != "ready":
            if status is None:
                raise UnavailableError(f"the fork {name} went away before it was ready")
            await anyio.sleep(_POLL_S)
        return
    raise UnavailableError(f"the fork {name} was not ready after {_FORK_PATIENCE_S} s")
