"""`datosnap sandbox` as a process: what it begins with, what it prints, and what outlives it."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.store.snapshot import Snapshot
from tests.support.sample_dumps import FOLDER
from tests.support.sandboxes import COMMAND, datosnap, environment

_LAST_LINE = "Ctrl-C ends it"
_PATIENCE_S = 30
_MODEL: JsonObject = {
    "type": "item_type",
    "attributes": {"name": "Post", "api_key": "post"},
}


@dataclass(frozen=True, slots=True)
class Served:
    """A sandbox that runs as a process of its own."""

    process: subprocess.Popen[str]
    text: str
    http: httpx.Client = field(repr=False)

    @property
    def token(self) -> str:
        """Give the token that was printed."""
        return _printed(self.text, "API token")

    def ask(self, method: str, path: str, data: JsonObject | None = None) -> Json:
        """Make a request that must go well; give its data."""
        answer = self.http.request(method, path, json=None if data is None else {"data": data})
        assert answer.is_success, answer.text
        return answer.json()["data"] if answer.content else None


@contextmanager
def served(*arguments: str | Path, folder: Path) -> Iterator[Served]:
    """Run the command until the block ends, unless the block ends it."""
    command = [COMMAND, "sandbox", *map(str, arguments), "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**environment(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            text = _read(process)
            with _client(text) as http:
                yield Served(process, text, http)
        finally:
            process.kill()


def _read(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(_LAST_LINE):
            return "".join(lines)
    raise AssertionError(f"it ended: {process.stderr.read()}")


def _client(text: str) -> httpx.Client:
    headers: Mapping[str, str] = {
        "authorization": f"Bearer {_printed(text, 'API token')}",
        "x-api-version": "3",
    }
    return httpx.Client(base_url=_printed(text, "base URL"), headers=headers, trust_env=False)


def _printed(text: str, label: str) -> str:
    found = re.search(rf"^{label} +(\S+)", text, re.MULTILINE)
    assert found, text
    return found[1]


def _upload(sandbox: Served, name: str, body: bytes) -> str:
    asked = {"type": "upload_request", "attributes": {"filename": name}}
    request = sandbox.ask("POST", "/upload-requests", asked)
    httpx.put(request["attributes"]["url"], content=body, trust_env=False).raise_for_status()
    made = {"type": "upload", "attributes": {"path": request["id"]}}
    return str(sandbox.ask("POST", "/uploads", made)["id"])


def test_an_empty_sandbox_says_how_to_reach_it(tmp_path: Path) -> None:
    """Address and token work, and stand in lines that can be pasted for each client."""
    with served(folder=tmp_path) as sandbox:
        site = sandbox.ask("GET", "/site")
        url = _printed(sandbox.text, "base URL")

    assert site["attributes"]["name"] == "Sandbox"
    assert f'buildClient({{ apiToken: "{sandbox.token}", baseUrl: "{url}" }})' in sandbox.text
    assert f"--api-token={sandbox.token} --base-url={url}" in sandbox.text
    assert "in memory only" in sandbox.text


def test_a_second_project_is_there_to_import_into(tmp_path: Path) -> None:
    """What the first one exports, the second one takes."""
    with served(FOLDER / "ndjson", folder=tmp_path) as sandbox:
        other = _printed(sandbox.text, "also")
        reach = ("--base-url", str(sandbox.http.base_url), "--api-token", other)
        options = (*reach, "--state", "state")
        ended = datosnap("import", FOLDER / "ndjson", *options, folder=tmp_path)

    assert ended.code == 0, ended.err


def test_a_snapshot_is_served_as_it_was(tmp_path: Path) -> None:
    """Records, uploads and their bytes have the ids and the content of the snapshot."""
    snapshot = Snapshot.open(FOLDER / "parquet")
    row = next(snapshot.rows("current", "article"))
    with served(FOLDER / "parquet", folder=tmp_path) as sandbox:
        uploads = sandbox.ask("GET", "/uploads?page[limit]=500")
        ids = re.findall(rb'"id":"([^"]+)","attributes"', row)
        answer = sandbox.http.get(f"/items/{ids[0].decode()}?nested=true")
        first = uploads[0]["attributes"]
        body = httpx.get(first["url"], trust_env=False).content

    assert answer.content == b'{"data":' + row + b"}"
    assert len(uploads) == snapshot.manifest.facts.uploads_total
    assert body == b"".join(snapshot.asset(first["md5"]))
    assert "233 records, 60 assets" in sandbox.text


def test_every_answered_change_survives_a_kill(tmp_path: Path) -> None:
    """Killed without warning and started with the same file, it goes on where it was."""
    state, body = tmp_path / "state.db", bytes(range(256)) * 10
    with served("--persist", state, folder=tmp_path) as sandbox:
        model = sandbox.ask("POST", "/item-types", _MODEL)["id"]
        field = {"label": "Title", "api_key": "title", "field_type": "string"}
        sandbox.ask("POST", f"/item-types/{model}/fields", {"type": "field", "attributes": field})
        links = {"item_type": {"data": {"type": "item_type", "id": model}}}
        record = {"type": "item", "attributes": {"title": "one"}, "relationships": links}
        item = sandbox.ask("POST", "/items", record)["id"]
        edited = {"type": "item", "id": item, "attributes": {"title": "two"}}
        sandbox.ask("PUT", f"/items/{item}", edited)
        upload = _upload(sandbox, "a.bin", body)
        sandbox.ask("POST", "/environments/main/fork", {"type": "environment", "id": "copy"})
        role = sandbox.ask("GET", "/roles")[0]["id"]
        before = _everything(sandbox, item)
        sandbox.process.send_signal(signal.SIGKILL)
        sandbox.process.wait(_PATIENCE_S)

    with served("--persist", state, folder=tmp_path) as sandbox:
        after = _everything(sandbox, item)
        url = sandbox.ask("GET", f"/uploads/{upload}")["attributes"]["url"]
        kept = httpx.get(url, trust_env=False).content
        made = sandbox.ask("POST", "/items", record)["id"]

    assert "went on from" in sandbox.text
    assert after == before
    assert [one["attributes"]["title"] for one in after["versions"]] == ["two", "one"]
    assert (kept, made != item, role in str(after["roles"])) == (body, True, True)


def _everything(sandbox: Served, item: str) -> JsonObject:
    asked = {
        "site": "/site?include=item_types,item_types.fields",
        "item": f"/items/{item}",
        "versions": f"/items/{item}/versions",
        "environments": "/environments",
        "roles": "/roles",
        "tokens": "/access_tokens",
    }
    return {name: sandbox.ask("GET", path) for name, path in asked.items()}


def test_a_loaded_snapshot_outlives_a_kill_to_the_byte(tmp_path: Path) -> None:
    """The file goes before the snapshot: it is not loaded again, and its bytes are kept."""
    state = tmp_path / "state.db"
    with served(FOLDER / "ndjson", "--persist", state, folder=tmp_path) as sandbox:
        first = sandbox.http.get("/items?page[limit]=30&nested=true&version=current").content
        token = sandbox.token
        name = {"type": "site", "attributes": {"name": "Mine"}}
        sandbox.ask("PUT", "/site", name)
        sandbox.process.send_signal(signal.SIGKILL)
        sandbox.process.wait(_PATIENCE_S)
    with served(FOLDER / "ndjson", "--persist", state, folder=tmp_path) as sandbox:
        again = sandbox.http.get("/items?page[limit]=30&nested=true&version=current").content
        site = sandbox.ask("GET", "/site")

    assert (again, sandbox.token) == (first, token)
    assert site["attributes"]["name"] == "Mine"


def test_a_kill_amid_writing_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """Of the record that was under way one cannot tell; every other one is there."""
    state = tmp_path / "state.db"
    answered: list[int] = []
    enough = threading.Event()
    with served("--persist", state, folder=tmp_path) as sandbox:
        model = sandbox.ask("POST", "/item-types", _MODEL)["id"]
        links = {"item_type": {"data": {"type": "item_type", "id": model}}}
        record = {"type": "item", "attributes": {}, "relationships": links}

        def write() -> None:
            with contextlib.suppress(httpx.TransportError):
                while True:
                    sandbox.ask("POST", "/items", record)
                    answered.append(1)
                    if len(answered) == 25:
                        enough.set()

        writer = threading.Thread(target=write)
        writer.start()
        assert enough.wait(_PATIENCE_S)
        sandbox.process.send_signal(signal.SIGKILL)
        writer.join(_PATIENCE_S)
    with served("--persist", state, folder=tmp_path) as sandbox:
        kept = sandbox.http.get("/items?page[limit]=0").json()["meta"]["total_count"]

    assert kept - len(answered) in {0, 1}


def test_switches_change_how_it_answers(tmp_path: Path) -> None:
    """With both switches slow operations are jobs, and a storm is told to wait."""
    with served("--rate-limit", "--async", folder=tmp_path) as sandbox:
        made = sandbox.ask("POST", "/item-types", _MODEL)["id"]
        gone = sandbox.http.delete(f"/item-types/{made}")
        answers = [sandbox.http.get("/site") for _ in range(70)]

    assert (gone.status_code, gone.json()["data"]["type"]) == (202, "job")
    limited = next(one for one in answers if one.status_code == 429)
    assert limited.headers["x-ratelimit-limit"] == "60"
    assert 1 <= int(limited.headers["x-ratelimit-reset"]) <= 3
    assert limited.headers["content-type"] == "application/json; charset=utf-8"
    assert limited.json()["data"][0]["attributes"]["code"] == "RATE_LIMIT_EXCEEDED"


def test_an_interrupt_ends_it(tmp_path: Path) -> None:
    """Ctrl-C is how it is meant to end: at once, without a traceback."""
    with served("--sample", folder=tmp_path) as sandbox:
        sandbox.process.send_signal(signal.SIGINT)
        _, said = sandbox.process.communicate(timeout=_PATIENCE_S)

    assert "Traceback" not in said
    assert "Lanterna: 233 records" in sandbox.text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("somewhere", "--sample"), 2, "not both"),
        (("somewhere",), 10, "does not exist"),
        (("--persist", "notes.txt"), 2, "notes.txt"),
        (("--persist", "nowhere/state.db"), 2, "cannot open"),
        (("--port", "70000"), 2, "70000"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """Nothing is served, nothing is touched, and the exit code says why."""
    notes = tmp_path / "notes.txt"
    notes.write_text("a text of mine\n" * 100)

    ended = datosnap("sandbox", *arguments, folder=tmp_path)

    assert (ended.code, said in ended.err) == (code, True), ended.err
    assert "Traceback" not in ended.err
    assert notes.read_text() == "a text of mine\n" * 100


def test_a_file_in_use_is_refused(tmp_path: Path) -> None:
    """Two sandboxes never write to one file."""
    with served("--persist", "state.db", folder=tmp_path):
        ended = datosnap("sandbox", "--port", "0", "--persist", "state.db", folder=tmp_path)

    assert (ended.code, "locked" in ended.err) == (2, True), ended.err
