"""Exports and imports between projects of one sandbox, without a socket or real waiting.

A place is an environment of a project. Everything that its wires carry is kept, so that a test
can say what was written and how often; a hook may answer in place of the sandbox, or take an
answer away after the sandbox carried the request out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import anyio
import httpx

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client as ApiClient
from datosnap.api.client import ClientSettings
from datosnap.api.token import Token
from datosnap.api.wire import Answer, WireRequest
from datosnap.core.ids import is_portable
from datosnap.core.jsontext import Json
from datosnap.core.remapping import IdMap
from datosnap.core.retrying import Failure
from datosnap.flows.compare import Comparison, compare_snapshots
from datosnap.flows.export import ExportReport, export_project
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.progress import Silent
from datosnap.flows.restore import RestoreOptions, RestoreReport, restore_project
from datosnap.sandbox.state import Environment
from datosnap.sandbox.worlds import create_project
from datosnap.store.snapshot import Snapshot
from tests.support.scripted import ScriptedTime
from tests.unit.sandbox.client import Client, request

BASE_URL = "http://127.0.0.1:4010"
_READING = ("GET", "HEAD")
# A sandbox without a socket sets no pace.
_LIMIT = 10_000
_PATIENCE_S = 100_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was sent, and the how manieth of its wires it was, from 0."""

    method: str
    path: str
    query: str
    number: int
    content: bytes = b""

    @property
    def route(self) -> str:
        """Give method and path, every id in it as `{id}`."""
        parts = self.path.split("/")
        named = ("{id}" if is_portable(one) or one.isdecimal() else one for one in parts)
        return f"{self.method} {'/'.join(named)}"

    @property
    def is_write(self) -> bool:
        """Tell whether it may change something."""
        return self.method not in _READING


# What a hook makes of a request: it has it carried out, or not, and gives the outcome.
CarryOut = Callable[[], Answer]
Hook = Callable[[Asked, CarryOut], Answer | Failure]


def _fairly(_: Asked, carry_out: CarryOut) -> Answer:
    return carry_out()


@dataclass(slots=True)
class Wires:
    """The wires to a sandbox, and every request that they carried."""

    api: Client
    hook: Hook = _fairly
    asked: list[Asked] = field(default_factory=list)

    @property
    def writes(self) -> list[Asked]:
        """Give the requests that may have changed something."""
        return [one for one in self.asked if one.is_write]

    def open(self) -> Wires:
        """Open a wire; all of them are one."""
        return self

    async def aclose(self) -> None:
        """Close it."""

    async def exchange(self, wired: WireRequest, *, max_bytes: int) -> Answer | Failure:
        """Have the hook, or the sandbox, answer."""
        url = urlsplit(wired.url)
        content = wired.content or b""
        asked = Asked(wired.method, url.path, url.query, len(self.asked), content)
        self.asked.append(asked)
        # Others get their turn between two requests, as they do on a network.
        await anyio.lowlevel.checkpoint()
        outcome = self.hook(asked, partial(self._carry_out, wired, f"{url.path}?{url.query}"))
        assert isinstance(outcome, Failure) or len(outcome.body) <= max_bytes
        return outcome

    def _carry_out(self, wired: WireRequest, path: str) -> Answer:
        headers = {name.lower(): value for name, value in wired.headers.items()}
        got = request(self.api.app, wired.method, path, wired.content or b"", headers)
        return Answer(got.status, got.body, request_id="1", limit=_LIMIT)

    def connect(self, *, use_proxies: bool, keep: int) -> httpx.AsyncClient:
        """Open a client to where the bytes of assets lie."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._file))

    def _file(self, sent: httpx.Request) -> httpx.Response:
        got = request(self.api.app, sent.method, sent.url.path, sent.content, {})
        stream = httpx.ByteStream(got.body)
        return httpx.Response(got.status, headers=dict(got.headers), stream=stream)

    def run(self, flow: Callable[[ApiClient, AssetClient], Awaitable[T]]) -> T:
        """Run a flow over these wires, on a clock that waiting moves at once.

        Raises: the first cause of its failure.
        """
        timing = ScriptedTime()

        async def connected() -> T:
            settings = ClientSettings(
                base_url=BASE_URL, token=Token(self.api.token), patience_s=_PATIENCE_S
            )
            async with (
                ApiClient(settings, timing=timing, open_wire=self.open) as client,
                AssetClient(allow_private=True, timing=timing, connect=self.connect) as assets,
            ):
                return await flow(client, assets)

        try:
            return anyio.run(connected)
        except BaseExceptionGroup as group:
            raise _first(group) from None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import reported, and what it asked of the API."""

    report: RestoreReport
    wires: Wires

    @property
    def gaps(self) -> list[tuple[str, str, str]]:
        """Give the gaps."""
        return [(one.kind, one.id, one.reason) for one in self.report.gaps]


def beside(api: Client, name: str = "Copy") -> Client:
    """Give a client of a new, empty project in the same sandbox."""
    project, token = create_project(api.world, name)
    return Client(api.world, project, token, api.app)


def fork_of(api: Client, name: str) -> Client:
    """Fork the primary environment; give a client whose requests go to the fork."""
    body = {"data": {"type": "environment", "id": name}}
    assert api.post(f"/environments/{api.project.primary_id}/fork", body).status < 300
    return Client(
        api.world, api.project, api.token, api.app, {**api.headers, "x-environment": name}
    )


def environment_of(api: Client) -> Environment:
    """Give the environment that a client's requests go to."""
    name = api.headers.get("x-environment", api.project.primary_id)
    return api.project.environments[name]


def exported(api: Client, root: Path, **options: Json) -> ExportReport:
    """Export what a client reaches."""
    asked = ExportOptions(root, environment=environment_of(api).id, **options)
    return Wires(api).run(lambda client, assets: export_project(client, assets, asked, Silent()))


def imported(api: Client, snapshot: Path, *, hook: Hook = _fairly, **options: Json) -> Imported:
    """Import a snapshot into what a client reaches."""
    wires = Wires(api, hook)
    asked = RestoreOptions(snapshot, environment=environment_of(api).id, **options)
    report = wires.run(lambda client, assets: restore_project(client, assets, asked, Silent()))
    return Imported(report, wires)


def compared(left: Path, right: Path, ids: IdMap) -> Comparison:
    """Compare two snapshots; `ids` tells what the left one's ids became."""
    return compare_snapshots(left, right, ids, Silent())


def rows_of(root: Path) -> Iterator[bytes]:
    """Give every row of a snapshot."""
    snapshot = Snapshot.open(root)
    for kind in ("current", "published", "uploads"):
        yield from snapshot.rows(kind)
    yield from snapshot.schedules()
    for entry in snapshot.manifest.files:
        if entry.kind == "resource":
            yield from snapshot.resources(Path(entry.path).stem)


def imported_by_socket(base_url: str, token: str, snapshot: Path, **options: Json) -> RestoreReport:
    """Import over sockets, on a clock that waiting moves at once."""
    timing = ScriptedTime()

    async def flow() -> RestoreReport:
        settings = ClientSettings(base_url=base_url, token=Token(token), patience_s=_PATIENCE_S)
        asked = RestoreOptions(snapshot, **options)
        async with (
            ApiClient(settings, timing=timing) as client,
            AssetClient(allow_private=True, timing=timing) as assets,
        ):
            return await restore_project(client, assets, asked, Silent())

    return anyio.run(flow)
