"""Asset transfers over real sockets: cut, resumed, verified, put."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest

from datosnap.api.assets import AssetClient
from datosnap.core.retrying import Patience
from datosnap.errors import NonsenseError, UnavailableError
from tests.support.hostile import Act, Step, answer, hostile
from tests.support.scripted import ScriptedTime

pytestmark = pytest.mark.anyio

BYTES = bytes(range(256)) * 1_000
SIZE = len(BYTES)
MD5 = hashlib.md5(BYTES, usedforsecurity=False).hexdigest()
HEAD = f'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: {SIZE}\r\n\r\n'.encode()


@dataclass
class Sink:
    """Keeps what is written."""

    data: bytes = b""

    def write(self, data: bytes) -> None:
        """Take bytes."""
        self.data += data

    def restart(self) -> None:
        """Forget them."""
        self.data = b""


def client() -> AssetClient:
    """Allow loopback, and three tries."""
    return AssetClient(
        allow_private=True, timing=ScriptedTime(), patience=Patience(max_tries=3, max_spent_s=60)
    )


def rest(first: int) -> tuple[Step, ...]:
    """Answer with everything from `first` on."""
    content_range = f"Content-Range: bytes {first}-{SIZE - 1}/{SIZE}"
    return answer(BYTES[first:], content_range, 'ETag: "v1"', status="206 Partial Content")


@pytest.mark.parametrize("end", [Act.CLOSE, Act.RESET])
async def test_a_download_that_breaks_is_resumed(end: Act) -> None:
    """After a cut the bytes are equal; after a clean one only the rest was asked for."""
    broken = (HEAD + BYTES[:100_000], end)
    async with hostile(broken, rest(100_000) if end is Act.CLOSE else answer(BYTES)) as peer:
        sink = Sink()
        async with client() as assets:
            await assets.download(f"{peer.url}/a", sink, size=SIZE, md5=MD5)
        assert len(peer.served) == 2
        if end is Act.CLOSE:
            assert peer.served[1].header("Range") == "bytes=100000-"
            assert peer.served[1].header("If-Range") == '"v1"'
    assert sink.data == BYTES


@pytest.mark.parametrize("cut", [0, 1, 1_000, SIZE - 1])
async def test_a_cut_download_is_never_complete(cut: int) -> None:
    """Framed or not, fewer bytes than announced are refused after all tries."""
    for head in (HEAD, b"HTTP/1.1 200 OK\r\n\r\n"):
        async with hostile((head + BYTES[:cut], Act.CLOSE)) as peer:
            async with client() as assets:
                with pytest.raises((UnavailableError, NonsenseError)):
                    await assets.download(f"{peer.url}/a", Sink(), size=SIZE, md5=MD5)
            assert len(peer.served) >= 2


async def test_the_host_and_the_address_agree() -> None:
    """The request names the host of the address, though it goes to what was resolved."""
    async with hostile(answer(BYTES)) as peer:
        sink = Sink()
        async with client() as assets:
            await assets.download(f"http://localhost:{peer.port}/a", sink, size=SIZE, md5=MD5)
        assert peer.served[-1].header("Host") == f"localhost:{peer.port}"
    assert sink.data == BYTES


async def test_an_upload_arrives_whole_and_once_more_after_a_break() -> None:
    """The PUT carries length and type; after a reset the same bytes come again."""
    async with hostile((Act.RESET,), answer(b"")) as peer:
        async with client() as assets:
            await assets.upload(
                f"{peer.url}/a?sig=1", {"Content-Type": "image/png"}, lambda: iter([BYTES]), SIZE
            )
        assert [served.body for served in peer.served] == [BYTES, BYTES]
        assert peer.served[1].header("Content-Type") == "image/png"
        assert peer.served[1].header("Transfer-Encoding") is None


async def test_connections_are_kept_between_assets() -> None:
    """Downloads and uploads one after the other share a connection."""
    async with hostile(answer(BYTES), answer(b""), answer(BYTES)) as peer:
        async with client() as assets:
            await assets.download(f"{peer.url}/a", Sink(), size=SIZE, md5=MD5)
            await assets.upload(f"{peer.url}/b", {}, lambda: iter([b"x"]), 1)
            await assets.download(f"{peer.url}/a", Sink(), size=SIZE, md5=MD5)
        assert (peer.connections, len(peer.served)) == (1, 3)
