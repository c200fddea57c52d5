"""The sandbox as a server: real sockets, real bytes, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import httpx
import pytest

from datosnap.sandbox.server import Running, running, serve
from datosnap.sandbox.worlds import create_project, new_world


def test_answers_as_soon_as_it_runs_and_not_after() -> None:
    """The address works at once; after the block nobody listens and no thread is left."""
    world = new_world(seed=1)
    _, token = create_project(world, "Blog")
    headers = {"authorization": f"Bearer {token}", "x-api-version": "3"}
    before = threading.active_count()

    with running(world) as sandbox, httpx.Client(trust_env=False) as client:
        answer = client.get(f"{sandbox.base_url}/site", headers=headers)
        assert world.base_url == sandbox.base_url

    assert answer.json()["data"]["attributes"]["name"] == "Blog"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{sandbox.base_url}/site", trust_env=False)


def test_upload_bytes_pass_as_a_stream() -> None:
    """Bytes are put to the signed address in pieces and come back whole and in part."""
    world = new_world(seed=1)
    _, token = create_project(world, "Blog")
    headers = {"authorization": f"Bearer {token}", "x-api-version": "3"}
    body = {"data": {"type": "upload_request", "attributes": {"filename": "a.bin"}}}
    pieces = [os.urandom(70_000) for _ in range(3)]

    with running(world) as sandbox, httpx.Client(trust_env=False, headers=headers) as client:
        asked = client.post(f"{sandbox.base_url}/upload-requests", json=body).json()["data"]
        put = httpx.put(asked["attributes"]["url"], content=iter(pieces), trust_env=False)
        url = f"{sandbox.base_url}{asked['id']}"
        whole = httpx.get(url, trust_env=False)
        part = httpx.get(url, headers={"range": "bytes=70000-"}, trust_env=False)
        head = httpx.head(url, trust_env=False)

    assert put.status_code == 200
    assert whole.content == b"".join(pieces)
    assert (part.status_code, part.content) == (206, b"".join(pieces[1:]))
    assert (head.headers["content-length"], head.content) == ("210000", b"")


def test_taken_port_is_an_error() -> None:
    """Two sandboxes cannot share a port."""
    with running(new_world()) as sandbox:
        port = int(sandbox.base_url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match="in use"), running(new_world(), port=port):
            pass


_SERVE = """
from datosnap.sandbox.server import serve
from datosnap.sandbox.worlds import new_world

serve(new_world(), port=0, ready=lambda running: print(running.base_url, flush=True))
"""


def test_foreground_server_stops_when_told_to() -> None:
    """It says when it is ready and ends on an interrupt."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        answer = httpx.get(f"{base_url}/site", headers={"x-api-version": "3"}, trust_env=False)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)

    assert answer.status_code == 401


def test_foreground_server_needs_a_free_port() -> None:
    """It is not called ready when it cannot listen."""
    told: list[Running] = []
    with running(new_world()) as sandbox:
        port = int(sandbox.base_url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match="in use"):
            serve(new_world(), port=port, ready=told.append)

    assert told == []
