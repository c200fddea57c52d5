"""An API client whose wires end in a sandbox's application, without a socket or real waiting.

A hook sees each request first and may answer in place of the sandbox, or change its world.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import httpx

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client, ClientSettings
from datosnap.api.token import Token
from datosnap.api.wire import Answer, WireRequest
from datosnap.core.retrying import Failure
from datosnap.errors import BackupError
from datosnap.flows.export import ExportReport, export_project
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.progress import Progress, Silent
from tests.support.exporting import Outcome
from tests.support.scripted import ScriptedTime
from tests.support.small_projects import SmallProject
from tests.unit.sandbox.client import request

Hook = Callable[["Asked"], Answer | Failure | None]
BASE_URL = "http://127.0.0.1:4010"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is on its way, and how many came before it."""

    method: str
    path: str
    query: str
    number: int


@dataclass(slots=True)
class InProcess:
    """The wires to a project's sandbox, and everything they carried."""

    project: SmallProject
    hook: Hook = lambda _: None
    asked: list[Asked] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)

    def open(self) -> InProcess:
        """Open a wire; all of them are one."""
        return self

    async def aclose(self) -> None:
        """Close it."""

    async def exchange(self, wired: WireRequest, *, max_bytes: int) -> Answer | Failure:
        """Have the sandbox answer, unless the hook does."""
        url = urlsplit(wired.url)
        asked = Asked(wired.method, url.path, url.query, len(self.asked))
        self.asked.append(asked)
        answered = self.hook(asked)
        await anyio.lowlevel.checkpoint()
        if answered is not None:
            return answered
        headers = {name.lower(): value for name, value in wired.headers.items()}
        path = f"{url.path}?{url.query}"
        got = request(self.project.api.app, wired.method, path, wired.content or b"", headers)
        assert len(got.body) <= max_bytes
        return Answer(got.status, got.body, request_id="1", limit=10_000)

    def handle(self, sent: httpx.Request) -> httpx.Response:
        """Answer for the host of the assets."""
        self.downloads.append(sent.url.path)
        data = self.project.api.project.blobs.get(sent.url.path)
        status, body = (404, b"") if data is None else (200, data)
        length = {"Content-Length": str(len(body))}
        return httpx.Response(status, headers=length, stream=httpx.ByteStream(body))

    def connect(self, *, use_proxies: bool, keep: int) -> httpx.AsyncClient:
        """Open a client that asks the host of the assets."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self.handle))

    def export(self, options: ExportOptions, progress: Progress | None = None) -> Outcome:
        """Export the project."""

        async def flow() -> ExportReport:
            timing = ScriptedTime()
            settings = ClientSettings(
                base_url=BASE_URL, token=Token(self.project.token), patience_s=60
            )
            async with (
                Client(settings, timing=timing, open_wire=self.open) as client,
                AssetClient(allow_private=True, timing=timing, connect=self.connect) as assets,
            ):
                return await export_project(client, assets, options, progress or Silent())

        try:
            report = anyio.run(flow)
        except BackupError as error:
            return Outcome(error.exit_code, None, error)
        except BaseExceptionGroup as group:
            return _failed(group)
        return Outcome(3 if report.manifest.facts.gaps else 0, report)


def _failed(group: BaseExceptionGroup[BaseException]) -> Outcome:
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    if not isinstance(first, BackupError):
        raise first
    return Outcome(first.exit_code, None, first)


def add_upload(project: SmallProject, name: str, data: bytes) -> str:
    """Put an upload into the project; give its id."""
    api = project.api
    body = {"data": {"type": "upload_request", "attributes": {"filename": name}}}
    asked = api.post("/upload-requests", body).data
    path = str(asked["id"])
    api.project.blobs[path] = data
    made: str = api.make("/uploads", "upload", path=path).data["id"]
    return made


def exported(project: SmallProject, root: Path, hook: Hook = lambda _: None) -> Outcome:
    """Export a project with its history, each request seen by a hook."""
    return InProcess(project, hook).export(ExportOptions(root, history=True))
