"""No broken reply passes for an answer: every lie of RELIABILITY 3.1, over real sockets."""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence

import pytest

from datosnap.api.client import Client, ClientSettings
from datosnap.api.token import Token
from datosnap.core.retrying import Failure, Kind
from datosnap.errors import (
    BackupError,
    NonsenseError,
    OutcomeUnknownError,
    UnavailableError,
)
from tests.support.hostile import Act, Flood, Hostile, Step, answer, gzip_bytes, hostile, zipped
from tests.support.scripted import ScriptedTime

pytestmark = pytest.mark.anyio

SEEDED = random.Random(3)  # noqa: S311 - test data, the same every time
# Letters by chance: about 2 KB when compressed, and text all the way.
LETTERS = "".join(SEEDED.choices("abcdefghijklmnopqrstuvwxyz", k=3_400))
BODY = b'{"data":[{"id":"1","attributes":{"text":"' + LETTERS.encode() + b'"}}]}'
ZIPPED = gzip_bytes(BODY)
SIZE = len(BODY)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PACKED = HEAD + b"Content-Encoding: gzip\r\n"


def chunk(data: bytes) -> bytes:
    """Write one chunk of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def settings(peer: Hostile, *, max_tries: int = 2, deadline_s: float = 2) -> ClientSettings:
    """Point a client at the peer, with a short deadline."""
    return ClientSettings(
        base_url=peer.url,
        token=Token("s3cret-canary"),
        in_flight=1,
        max_tries=max_tries,
        deadline_s=deadline_s,
    )


BROKEN: dict[str, tuple[Step, ...]] = {
    "length 100 too long": (HEAD + b"Content-Length: %d\r\n\r\n" % (SIZE + 100) + BODY, Act.CLOSE),
    "length 100 too short": (HEAD + b"Content-Length: %d\r\n\r\n" % (SIZE - 100) + BODY,),
    "length one too short": (HEAD + b"Content-Length: %d\r\n\r\n" % (SIZE - 1) + BODY,),
    "two lengths": (HEAD + b"Content-Length: %d\r\nContent-Length: 9\r\n\r\n" % SIZE + BODY,),
    "junk length": (HEAD + b"Content-Length: 0x99\r\n\r\n" + BODY,),
    "negative length": (HEAD + b"Content-Length: -1\r\n\r\n" + BODY,),
    "no length": (HEAD + b"\r\n" + BODY, Act.CLOSE),
    "no length, half": (HEAD + b"\r\n" + BODY[: SIZE // 2], Act.CLOSE),
    "gzip of two members": zipped(gzip_bytes(BODY[:900]) + gzip_bytes(BODY[900:])),
    "gzip twice the same": zipped(ZIPPED * 2),
    "gzip and junk": zipped(ZIPPED + b"junk"),
    "gzip of gzip": answer(gzip_bytes(ZIPPED), "Content-Encoding: gzip, gzip"),
    "gzip in two headers": answer(
        gzip_bytes(ZIPPED), "Content-Encoding: gzip", "Content-Encoding: gzip"
    ),
    "gzip with a wrong checksum": zipped(ZIPPED[:-8] + b"\0\0\0\0" + ZIPPED[-4:]),
    "not gzip at all": zipped(BODY),
    "brotli": answer(BODY, "Content-Encoding: br"),
    "last chunk missing": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(BODY),
        Act.CLOSE,
    ),
    "chunk cut": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(BODY)[:-500],
        Act.CLOSE,
    ),
    "junk for a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY,),
    "HTML with 200": answer(b"<html>{}</html>", content_type="text/html"),
    "empty 200": answer(b""),
    "no type": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",),
    "half a document": answer(BODY[: SIZE // 2]),
    "closed at once": (Act.CLOSE,),
    "closed in the headers": (HEAD, Act.CLOSE),
    "reset at once": (Act.RESET,),
    "reset in the headers": (HEAD, Act.RESET),
    "reset in the body": (HEAD + b"Content-Length: 9999\r\n\r\n" + BODY, Act.RESET),
    "not HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n", Act.CLOSE),
    "endless headers": (HEAD + b"X-A: " + b"a" * 400_000 + b"\r\n\r\n",),
    "redirect": answer(b"{}", "Location: http://127.0.0.2:1/", status="302 Found"),
}
# What a peer sends on purpose would come again.
NEVER_ASKED_TWICE = {
    "no length",
    "no length, half",
    "gzip of gzip",
    "gzip in two headers",
    "brotli",
    "redirect",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_no_broken_reply_is_accepted(name: str) -> None:
    """Every reading ends in an error of exit code 13, after at most two requests."""
    async with (
        hostile(BROKEN[name]) as peer,
        Client(settings(peer), timing=ScriptedTime()) as client,
    ):
        with pytest.raises(BackupError) as caught:
            await client.get("/items")
    assert caught.value.exit_code == 13
    assert isinstance(caught.value, NonsenseError | UnavailableError)
    assert "s3cret" not in f"{caught.value}{caught.value!r}"
    assert len(peer.served) == (1 if name in NEVER_ASKED_TWICE else 2)
    assert all(served.steps_begun == len(BROKEN[name]) for served in peer.served)


@pytest.mark.parametrize("name", BROKEN)
async def test_no_change_is_repeated_after_a_broken_reply(name: str) -> None:
    """A change that may have been made is sent once, and called unknown."""
    async with (
        hostile(BROKEN[name]) as peer,
        Client(settings(peer), timing=ScriptedTime()) as client,
    ):
        with pytest.raises(OutcomeUnknownError):
            await client.send("POST", "/items", {"data": {}}, repeatable=False)
    assert len(peer.served) == 1
    assert peer.served[0].body == b'{"data":{}}'


@pytest.mark.parametrize("name", sorted(BROKEN.keys() - NEVER_ASKED_TWICE))
async def test_a_good_reply_after_a_broken_one_is_read(name: str) -> None:
    """What a bad reply left behind does not get into the next answer."""
    async with (
        hostile(BROKEN[name], zipped(ZIPPED)) as peer,
        Client(settings(peer), timing=ScriptedTime()) as client,
    ):
        assert await client.get("/items") == BODY
    assert len(peer.served) == 2


async def test_gzip_cut_at_every_byte_is_never_accepted() -> None:
    """With the framing right, not one of 2,000 cuts of a compressed page passes."""
    replies = [zipped(ZIPPED[:end]) for end in range(len(ZIPPED))]
    assert len(replies) > 2_000
    accepted: list[int] = []
    async with hostile(*replies) as peer:
        chosen = settings(peer, max_tries=1)
        async with Client(chosen, timing=ScriptedTime()) as client:
            for end in range(len(replies)):
                outcome = await _outcome(client)
                if not isinstance(outcome, Failure):
                    accepted.append(end)
    assert accepted == []
    assert len(peer.served) == len(replies)


async def _outcome(client: Client) -> bytes | Failure:
    try:
        return await client.get("/items")
    except UnavailableError as error:
        return Failure(Kind.TRUNCATED, str(error))


@pytest.mark.parametrize("name", ["one member of 64 MiB", "ten of them", "endless chunks"])
async def test_a_bomb_is_refused(name: str) -> None:
    """What swells beyond the cap is given up, once."""
    bomb = gzip.compress(bytes(64 * 1024 * 1024), 9)
    endless: Sequence[Step] = (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        Flood(chunk(b"x" * 60_000)),
    )
    replies: dict[str, Sequence[Step]] = {
        "one member of 64 MiB": zipped(bomb),
        "ten of them": zipped(bomb * 10),
        "endless chunks": endless,
    }
    async with (
        hostile(replies[name]) as peer,
        Client(settings(peer, deadline_s=20.0), timing=ScriptedTime()) as client,
    ):
        with pytest.raises(NonsenseError, match="larger than"):
            await client.get("/items", max_bytes=1024 * 1024)
    assert len(peer.served) == 1
