"""Talk to the sandbox's application without a socket or an event loop.

The gateway never really waits, so that its coroutine can be run to its end in one step.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from datosnap.core.jsontext import Json, JsonObject, decode, encode
from datosnap.sandbox.app import build_app
from datosnap.sandbox.jobs import Jobs
from datosnap.sandbox.state import Environment, Project, World
from datosnap.sandbox.worlds import create_project, new_world

App: TypeAlias = Callable[[Scope, Receive, Send], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        """Read the body, unpacked when it is packed."""
        packed = self.headers.get("content-encoding") == "gzip"
        return decode(zlib.decompress(self.body, 31) if packed else self.body)

    @property
    def data(self) -> Json:
        """Give the body's `data`; the request must have gone well."""
        assert self.status < 300, self.json
        return self.json["data"]

    @property
    def attributes(self) -> JsonObject:
        """Give the attributes of the one resource that came back."""
        found: JsonObject = self.data["attributes"]
        return found

    @property
    def code(self) -> str:
        """Give the code of the first problem; the request must have been refused."""
        assert self.status >= 400, self.json
        return str(self.json["data"][0]["attributes"]["code"])

    @property
    def details(self) -> JsonObject:
        """Give the details of the first problem."""
        found: JsonObject = self.json["data"][0]["attributes"]["details"]
        return found


def _empty_project() -> tuple[World, Project, str]:
    world = new_world(seed=7)
    world.base_url = "http://127.0.0.1:4010"
    project, token = create_project(world, "Blog")
    return world, project, token


@dataclass(slots=True)
class Client:
    """A client with a token, and what a request always says."""

    world: World
    project: Project
    token: str
    app: Starlette
    headers: dict[str, str] = field(
        default_factory=lambda: {"x-api-version": "3", "accept": "application/json"}
    )

    @classmethod
    def fresh(cls, *, jobs: Jobs | None = None, rate_limit: bool = False) -> Client:
        """Give a client of a new project."""
        world, project, token = _empty_project()
        return cls(world, project, token, build_app(world, jobs=jobs, rate_limit=rate_limit))

    @property
    def main(self) -> Environment:
        """Give the primary environment."""
        return self.project.environments[self.project.primary_id]

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path."""
        return self.send("GET", path, None, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        """Delete what a path names."""
        return self.send("DELETE", path, None, **headers)

    def post(self, path: str, body: Json = None, **headers: str) -> Answer:
        """Send a body to a path, as a creation."""
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Json = None, **headers: str) -> Answer:
        """Send a body to a path, as a change."""
        return self.send("PUT", path, body, **headers)

    def make(
        self, path: str, kind: str, links: JsonObject | None = None, /, **attributes: Json
    ) -> Answer:
        """Create a resource; `links` maps relationships to their data."""
        return self.post(path, document(kind, links, attributes))

    def change(
        self, path: str, kind: str, links: JsonObject | None = None, /, **attributes: Json
    ) -> Answer:
        """Update a resource; `links` maps relationships to their data."""
        return self.put(path, document(kind, links, attributes))

    def send(self, method: str, path: str, body: Json, **headers: str) -> Answer:
        """Send a request; a header with an underscore is sent with a dash, an empty one not."""
        content = body if isinstance(body, bytes) else b"" if body is None else encode(body)
        told = {**self.headers, "authorization": f"Bearer {self.token}"}
        if content:
            told["content-type"] = "application/json"
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        return request(self.app, method, path, content, {k: v for k, v in told.items() if v})


def document(kind: str, links: JsonObject | None, attributes: JsonObject) -> JsonObject:
    """Write the body of a creation or an update."""
    data: JsonObject = {"type": kind, "attributes": attributes}
    if links:
        data["relationships"] = {name: {"data": each} for name, each in links.items()}
    return {"data": data}


def request(
    app: App,
    method: str,
    path: str,
    content: bytes,
    headers: Mapping[str, str],
    *,
    sent: list[Message] | None = None,
) -> Answer:
    """Run one request through an application; `sent` keeps its messages even when it breaks."""
    sent = [] if sent is None else sent

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    plain, _, query = path.partition("?")
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": plain,
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": ("127.0.0.1", 4010),
        "scheme": "http",
        "root_path": "",
    }
    finish(app(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], told, b"".join(each.get("body", b"") for each in sent[1:]))


def finish(running: Coroutine[None, None, None]) -> None:
    """Run a coroutine that never waits to its end."""
    try:
        running.send(None)
    except StopIteration:
        return
    raise AssertionError("the gateway waited for something")
