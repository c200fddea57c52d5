"""A sandbox that is called in this process, without a socket, for building the sample in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from datosnap.core.jsontext import JsonObject, decode_object, encode
from datosnap.flows.sample.desk import QueryValue
from datosnap.sandbox.app import build_app
from datosnap.sandbox.worlds import create_project, new_world

_BASE_URL = "http://sandbox.invalid"


@dataclass(slots=True)
class DirectCms:
    """Answers as the API client does; `asked` keeps every call as it was made."""

    http: httpx.AsyncClient
    token: str
    asked: list[tuple[str, str, JsonObject | None, bool]] = field(default_factory=list)

    async def get_object(
        self, path: str, query: Mapping[str, QueryValue] | None = None
    ) -> JsonObject:
        """Read one body."""
        return decode_object(await self._ask("GET", path, None, query))

    async def send(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        query: Mapping[str, QueryValue] | None = None,
        *,
        repeatable: bool,
    ) -> JsonObject:
        """Change something and give the final body."""
        self.asked.append((method, path, body, repeatable))
        return decode_object(await self._ask(method, path, body, query))

    async def pages(self, path: str, **query: QueryValue) -> list[JsonObject]:
        """Read a whole listing, thirty at a time."""
        found: list[JsonObject] = []
        while True:
            window: dict[str, QueryValue] = {
                "page[limit]": "30",
                "page[offset]": str(len(found)),
            }
            reply = await self.get_object(path, {**query, **window})
            found += reply["data"]
            if not reply["data"] or len(found) >= reply["meta"]["total_count"]:
                return found

    async def _ask(
        self,
        method: str,
        path: str,
        body: JsonObject | None,
        query: Mapping[str, QueryValue] | None,
    ) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}", "X-Api-Version": "3"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        parameters = {name: _told(value) for name, value in (query or {}).items()}
        reply = await self.http.request(
            method,
            _BASE_URL + path,
            params=parameters,
            content=None if body is None else encode(body),
            headers={"Accept": "application/json", **headers},
        )
        assert reply.status_code < 300, (method, path, reply.text[:500])
        return reply.content


@dataclass(slots=True)
class DirectAssets:
    """Puts bytes as the asset client does."""

    http: httpx.AsyncClient

    async def upload(
        self,
        url: str,
        headers: Mapping[str, str],
        content: Callable[[], Iterator[bytes]],
        size: int,
    ) -> None:
        """Put bytes at a signed address."""
        body = b"".join(content())
        assert len(body) == size
        reply = await self.http.put(url, content=body, headers=dict(headers))
        assert reply.status_code == 200, reply.text[:200]


@asynccontextmanager
async def direct_sandbox(*, seed: int = 1) -> AsyncIterator[tuple[DirectCms, DirectAssets]]:
    """Make a world with one empty project, and reach it without a socket."""
    world = new_world(seed=seed)
    world.base_url = _BASE_URL
    _, token = create_project(world, "Sample")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=build_app(world))) as http:
        yield DirectCms(http, token), DirectAssets(http)


def _told(value: QueryValue) -> str:
    return str(value).lower() if isinstance(value, bool) else value
