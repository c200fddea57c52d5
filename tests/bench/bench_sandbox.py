"""Measure the sandbox: loading 20,000 records, listing them page by page, keeping what is written.

Run it with `python -m tests.bench.bench_sandbox [records]`. It prints figures and judges nothing.
The server is a process of its own, bound to one core, and the client another one, so that the
client is not what is measured; the CPU figure is the server's alone.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import click

from datosnap.core.ids import from_random
from datosnap.core.jsontext import JsonObject, encode
from datosnap.sandbox.flags import FLAGS
from datosnap.store.manifest import ModelTotals, SnapshotFacts
from datosnap.store.snapshot_writer import SnapshotWriter

RECORDS = 20_000
PAGE = 30
_WRITES = 300
_BATCH = 1000
_WORDS = ("sea", "lamp", "fog", "keeper", "stair", "oil", "wick", "glass", "storm", "signal")
_POST = "PostModel0-AAAAAAAAAAAA"
_QUOTE = "QuoteBlock-AAAAAAAAAAAA"
_TEXT = "TextBlock0-AAAAAAAAAAAA"


@dataclass(frozen=True, slots=True)
class Server:
    """A sandbox in a process of its own."""

    url: str
    token: str
    started_s: float
    process: subprocess.Popen[str]

    @property
    def peak_mb(self) -> float:
        """Tell how much memory the process has used at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(one for one in status.splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    @property
    def cpu_s(self) -> float:
        """Tell how much time of processors the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(records: int) -> None:
    """Measure everything and print it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        snapshot = folder / "snapshot"
        size = write_snapshot(snapshot, records)
        click.echo(f"{records:,} records, {size / records:.0f} bytes each with their blocks")
        with served(folder, str(snapshot)) as server:
            click.echo(f"load from the snapshot      {server.started_s:8.1f} s, ready to answer")
            measure_listing(server, records)
            click.echo(f"memory, peak                {server.peak_mb:8.0f} MB")
            write_s = timed_writes(server)
        with served(folder, str(snapshot), "--persist", "state.db") as server:
            click.echo(f"load and keep in a file     {server.started_s:8.1f} s")
            kept_s = timed_writes(server)
        with served(folder, "--persist", "state.db") as server:
            click.echo(f"load from the kept file     {server.started_s:8.1f} s")
        click.echo(f"a write                     {write_s * 1000:8.2f} ms")
        click.echo(f"a write that is kept        {kept_s * 1000:8.2f} ms")


def measure_listing(server: Server, records: int) -> None:
    """List all records twice in each way: the first time everything is shown for the first time."""
    ways = {
        "nested pages, plain": ("identity", "nested=true", PAGE),
        "nested pages, gzip": ("gzip", "nested=true", PAGE),
        "flat pages of 500, gzip": ("gzip", "nested=false", 500),
    }
    for label, (encoding, form, page) in ways.items():
        rates = []
        for _ in range(2):
            cpu, start = server.cpu_s, time.perf_counter()
            count = list_all(server, records, encoding, form, page)
            wall = time.perf_counter() - start
            rates.append(f"{count / wall:6.0f} /s ({count / (server.cpu_s - cpu):6.0f} per CPU s)")
        click.echo(f"{label:28}{rates[0]} first, {rates[1]} again")


def list_all(server: Server, records: int, encoding: str, form: str, page: int) -> int:
    """Ask for every page of the list; give their number."""
    with connection(server) as ask:
        offsets = range(0, records, page)
        for offset in offsets:
            query = f"filter[type]={_POST}&{form}&version=current&order_by=id_ASC"
            path = f"/items?{query}&page[limit]={page}&page[offset]={offset}"
            body = ask("GET", path, {"accept-encoding": encoding}, b"")
            if encoding == "identity" and not body.endswith(b"%d}}" % records):
                raise RuntimeError(f"an incomplete page: {body[:200]!r}")
    return len(offsets)


def timed_writes(server: Server) -> float:
    """Create records one after the other. Units: seconds a record."""
    link = {"item_type": {"data": {"type": "item_type", "id": _POST}}}
    record = {"type": "item", "attributes": {"title": "new"}, "relationships": link}
    content = encode({"data": record})
    with connection(server) as ask:
        start = time.perf_counter()
        for _ in range(_WRITES):
            ask("POST", "/items", {"content-type": "application/json"}, content)
        return (time.perf_counter() - start) / _WRITES


Ask = Callable[[str, str, dict[str, str], bytes], bytes]


@contextmanager
def connection(server: Server) -> Iterator[Ask]:
    """Give a way to ask over one connection that stays open."""
    host = server.url.removeprefix("http://")
    wire = http.client.HTTPConnection(host)
    fixed = {"authorization": f"Bearer {server.token}", "x-api-version": "3"}

    def ask(method: str, path: str, headers: dict[str, str], content: bytes) -> bytes:
        wire.request(method, path, content or None, {**fixed, **headers})
        answer = wire.getresponse()
        body = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            raise RuntimeError(f"{method} {path} was answered {answer.status}: {body[:300]!r}")
        return body

    try:
        yield ask
    finally:
        wire.close()


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Server]:
    """Run the installed command on one core; it has started when it prints that it answers."""
    command = [str(Path(sys.executable).with_name("datosnap")), "sandbox", "--port", "0"]
    start = time.perf_counter()
    with subprocess.Popen(
        [*command, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            os.sched_setaffinity(process.pid, {0})
            url, token = _told(process)
            yield Server(url, token, time.perf_counter() - start, process)
        finally:
            process.kill()


def _told(process: subprocess.Popen[str]) -> tuple[str, str]:
    assert process.stdout is not None
    told: dict[str, str] = {}
    for line in process.stdout:
        label, _, value = line.partition("  ")
        told[label] = value.split()[0] if value.split() else ""
        if line.startswith("Ctrl-C"):
            return told["base URL"], told["API token"]
    raise RuntimeError("the sandbox ended before it answered")


def write_snapshot(root: Path, records: int) -> int:
    """Write a snapshot of one model with two block models; give the bytes of its records."""
    size = 0
    with SnapshotWriter.begin(root, chunk_format="ndjson", compression="zstd") as writer:
        for name, resources in _schema().items():
            writer.resources(name, [encode(one) for one in resources])
        chunk = writer.chunks("current", "post")
        for start in range(0, records, _BATCH):
            rows = [_record(number) for number in range(start, min(start + _BATCH, records))]
            size += sum(map(len, rows))
            chunk.write(rows)
        chunk.close()
        writer.commit(_facts(records))
    return size


def _facts(records: int) -> SnapshotFacts:
    totals = ModelTotals("post", _POST, records, 0, 0, records)
    return SnapshotFacts(
        tool_version="0",
        project_id="70001",
        project_name="Bench",
        environment_id="main",
        started_at="2026-01-01T00:00:00+00:00",
        finished_at="2026-01-01T00:00:00+00:00",
        consistency="still",
        options={},
        role={},
        totals=(totals,),
        uploads_total=0,
        gaps=(),
        withheld=(),
        api_calls=0,
    )


def _schema() -> dict[str, list[JsonObject]]:
    fields = [
        _field("title", "string", _POST),
        _field("lead", "text", _POST),
        _field("body", "rich_text", _POST, {"rich_text_blocks": {"item_types": [_QUOTE, _TEXT]}}),
        _field("quote", "text", _QUOTE),
        _field("text", "text", _TEXT),
        _field("inner", "rich_text", _TEXT, {"rich_text_blocks": {"item_types": [_QUOTE]}}),
    ]
    models = [_model(_POST, "post", fields), _model(_QUOTE, "quote", fields)]
    site: JsonObject = {"name": "Bench", "locales": ["en"], "timezone": "Europe/London"}
    return {
        "site": [{"type": "site", "id": "70001", "attributes": site, "meta": dict(FLAGS)}],
        "environment": [{"type": "environment", "id": "main", "meta": {"primary": True}}],
        "item_types": [*models, _model(_TEXT, "text", fields)],
        "fields": fields,
    }


def _model(model_id: str, api_key: str, fields: list[JsonObject]) -> JsonObject:
    own = [one for one in fields if one["relationships"]["item_type"]["data"]["id"] == model_id]
    refs = [{"type": "field", "id": one["id"]} for one in own]
    return {
        "type": "item_type",
        "id": model_id,
        "attributes": {
            "name": api_key,
            "api_key": api_key,
            "modular_block": model_id != _POST,
            "draft_mode_active": True,
            "all_locales_required": False,
        },
        "relationships": {"fields": {"data": refs}},
    }


def _field(
    api_key: str, field_type: str, model_id: str, validators: JsonObject | None = None
) -> JsonObject:
    return {
        "type": "field",
        "id": from_random(f"{model_id[:6]}{api_key}".encode().ljust(16)[:16]),
        "attributes": {
            "label": api_key,
            "api_key": api_key,
            "field_type": field_type,
            "localized": False,
            "validators": validators or {},
            "default_value": None,
            "position": 1,
        },
        "relationships": {
            "item_type": {"data": {"type": "item_type", "id": model_id}},
            "fieldset": {"data": None},
        },
    }


def _record(number: int) -> bytes:
    draw = Random(number)  # noqa: S311 - a repeatable draw is wanted
    moment = f"2026-01-{number % 28 + 1:02d}T10:00:00.000+00:00"
    return encode(
        {
            "id": _id(draw),
            "type": "item",
            "attributes": {
                "title": f"{_words(draw, 5)} {number}",
                "lead": _words(draw, 30),
                "body": [_text(draw), _quote(draw), _text(draw)],
            },
            "relationships": {
                "item_type": {"data": {"id": _POST, "type": "item_type"}},
                "creator": {"data": {"id": "1", "type": "account"}},
            },
            "meta": {
                "created_at": moment,
                "updated_at": moment,
                "published_at": moment,
                "first_published_at": moment,
                "publication_scheduled_at": None,
                "unpublishing_scheduled_at": None,
                "status": "published",
                "is_valid": True,
                "is_current_version_valid": True,
                "is_published_version_valid": True,
                "current_version": _id(draw),
                "stage": None,
                "has_children": None,
            },
        }
    )


def _text(draw: Random) -> JsonObject:
    return _block(draw, _TEXT, {"text": _words(draw, 60), "inner": [_quote(draw)]})


def _quote(draw: Random) -> JsonObject:
    return _block(draw, _QUOTE, {"quote": _words(draw, 20)})


def _block(draw: Random, model_id: str, attributes: JsonObject) -> JsonObject:
    link = {"item_type": {"data": {"id": model_id, "type": "item_type"}}}
    return {"id": _id(draw), "type": "item", "attributes": attributes, "relationships": link}


def _id(draw: Random) -> str:
    return from_random(draw.randbytes(16))


def _words(draw: Random, count: int) -> str:
    return " ".join(draw.choices(_WORDS, k=count))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS)
