"""What an endpoint is given and gives back; every endpoint is one row of a table.

Handlers are plain functions from a `Call` to a `Reply`: no sockets and no HTTP library, so each
can be tried in a line. `app.py` walks the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.state import Environment, Project, World


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a body that is encoded as JSON, or bytes that already are; None is no body."""

    body: Json | bytes = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Call:
    """One request, authenticated and parsed.

    Shape: `path` holds the variables of the row's path; `query` the bracketed parameters as
    nested objects and lists of strings (`{"filter": {"type": "post"}, "page": {"limit": "30"}}`).
    """

    world: World
    project: Project
    environment: Environment
    actor: JsonObject
    path: Mapping[str, str] = field(default_factory=dict)
    query: JsonObject = field(default_factory=dict)
    body: JsonObject = field(default_factory=dict)

    @property
    def data(self) -> JsonObject:
        """Give the body's `data` object; the closed schemas have made sure that it is one."""
        data: JsonObject = self.body["data"]
        return data


class Wait(Enum):
    """How the real API answers the endpoint: at once, or with a job to poll."""

    SYNC = "sync"
    JOB = "job"


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row: method, path with `{variables}`, handler, and how it answers.

    `schema` names the closed schema of the body, None where no body is read. `changes` tells
    that the environment's content changes, which read-only environments refuse. `needs` names
    the role's permission without which the call is refused.
    """

    method: str
    path: str
    handler: Handler
    schema: str | None = None
    wait: Wait = Wait.SYNC
    changes: bool = True
    needs: str | None = None
