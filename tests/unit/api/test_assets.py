"""Asset bytes arrive whole and as announced, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx
import pytest

from datosnap.api import receiving
from datosnap.api.assets import AssetClient
from datosnap.errors import (
    CorruptSnapshotError,
    DiskError,
    NonsenseError,
    RejectedError,
    UnavailableError,
)
from tests.support.scripted import ScriptedTime
from tests.support.transports import Canned, CannedTransport

pytestmark = pytest.mark.anyio

BYTES = bytes(range(256)) * 10
SIZE = len(BYTES)
MD5 = hashlib.md5(BYTES, usedforsecurity=False).hexdigest()
URL = "https://cdn.test/1/a.png?token=s3cret"
BREAK = httpx.ReadError("reset")
ETAG = {"ETag": '"v1"'}


class FixedNames:
    """A resolver: every name is one public address, but `inside.test`."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Give the address."""
        assert port > 0
        return ["10.0.0.1"] if host == "inside.test" else ["93.184.216.34"]


@dataclass
class Sink:
    """Keeps what is written, and how often it had to start again."""

    data: bytes = b""
    restarts: int = 0
    error: Exception | None = None

    def write(self, data: bytes) -> None:
        """Take bytes, or fail as a disk does."""
        if self.error is not None:
            raise self.error
        self.data += data

    def restart(self) -> None:
        """Forget them."""
        self.data = b""
        self.restarts += 1


@dataclass
class Peer:
    """Clients over one scripted transport, and how they were opened."""

    transport: CannedTransport
    opened: list[tuple[bool, int]] = field(default_factory=list)

    def __call__(self, *, use_proxies: bool, keep: int) -> httpx.AsyncClient:
        """Open a client."""
        self.opened.append((use_proxies, keep))
        return self.transport.open()


def scripted(*script: Canned | Exception) -> tuple[AssetClient, CannedTransport]:
    """Make a client over a scripted peer."""
    transport = CannedTransport(script)
    client = AssetClient(timing=ScriptedTime(), resolver=FixedNames(), connect=Peer(transport))
    return client, transport


async def download(
    *script: Canned | Exception, size: int | None = SIZE, md5: str | None = MD5, url: str = URL
) -> tuple[Sink, CannedTransport]:
    """Download once."""
    client, transport = scripted(*script)
    sink = Sink()
    async with client:
        await client.download(url, sink, size=size, md5=md5)
    return sink, transport


def part(first: int, last: int, total: int = SIZE) -> Canned:
    """Answer with a range of the asset."""
    headers = {"Content-Range": f"bytes {first}-{last}/{total}", **ETAG}
    return Canned([BYTES[first : last + 1]], 206, headers)


async def test_downloads_without_token_or_cookies() -> None:
    """The bytes arrive; the request holds nothing that belongs to the API."""
    sink, transport = await download(Canned([BYTES[:9], BYTES[9:]]))
    assert sink.data == BYTES
    seen = transport.seen[0]
    assert seen.url == "https://93.184.216.34/1/a.png?token=s3cret"
    assert seen.headers["Host"] == "cdn.test"
    assert seen.server_name == "cdn.test"
    assert seen.headers["Accept-Encoding"] == "identity"
    assert not {"authorization", "cookie", "x-environment"} & set(seen.headers)


async def test_a_break_is_resumed_where_it_was() -> None:
    """With a strong ETag only the missing range is asked for, and only one content is sewn."""
    broken = Canned([BYTES[:1000]], headers=ETAG, length=str(SIZE), breaks=BREAK)
    sink, transport = await download(broken, part(1000, SIZE - 1))
    assert (sink.data, sink.restarts) == (BYTES, 0)
    assert transport.seen[1].headers["Range"] == "bytes=1000-"
    assert transport.seen[1].headers["If-Range"] == '"v1"'


async def test_large_bodies_are_written_batch_by_batch() -> None:
    """A body beyond one batch arrives in order, and is resumed in the middle."""
    data = bytes(receiving._BATCH_BYTES) + BYTES
    first = Canned([data[:700_000], data[700_000:-9]], headers=ETAG, length="9", breaks=BREAK)
    rest = Canned(
        [data[-9:]], 206, {"Content-Range": f"bytes {len(data) - 9}-{len(data) - 1}/{len(data)}"}
    )
    sink, _ = await download(
        first, rest, size=len(data), md5=hashlib.md5(data, usedforsecurity=False).hexdigest()
    )
    assert sink.data == data


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"v1"'}, {"ETag": '"ä"'}])
async def test_without_proof_a_break_starts_again(headers: dict[str, str]) -> None:
    """With no or a weak ETag the whole asset is asked for anew."""
    broken = Canned([BYTES[:1000]], headers=headers, length=str(SIZE), breaks=BREAK)
    sink, transport = await download(broken, Canned([BYTES]))
    assert (sink.data, sink.restarts) == (BYTES, 1)
    assert "Range" not in transport.seen[1].headers


async def test_a_changed_asset_starts_again() -> None:
    """A host that answers the range with the whole has other content by now."""
    broken = Canned([b"old" * 9], headers=ETAG, length=str(SIZE), breaks=BREAK)
    sink, _ = await download(broken, Canned([BYTES]))
    assert (sink.data, sink.restarts) == (BYTES, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        part(999, SIZE - 1),
        part(1000, SIZE - 2),
        part(1000, SIZE - 1, SIZE + 1),
        Canned([BYTES[1000:]], 206),
        Canned([], 416),
    ],
)
async def test_a_range_that_does_not_fit_is_not_sewn_in(wrong: Canned) -> None:
    """Another range, another total or no such range: all begins again."""
    broken = Canned([BYTES[:1000]], headers=ETAG, length=str(SIZE), breaks=BREAK)
    client, transport = scripted(broken, wrong, Canned([BYTES]))
    sink = Sink()
    async with client:
        with pytest.raises(NonsenseError, match=r"range|rest"):
            await client.download(URL, sink, size=SIZE, md5=MD5)
    assert (sink.data, sink.restarts, len(transport.seen)) == (b"", 1, 2)


@pytest.mark.parametrize("other", [BYTES[:-1], BYTES + b"x", b"", b"x" * SIZE])
async def test_other_bytes_than_announced_are_refused(other: bytes) -> None:
    """Size and MD5 are compared; a second try may be right, a second failure is nonsense."""
    sink, _ = await download(Canned([other]), Canned([BYTES]))
    assert (sink.data, sink.restarts) == (BYTES, 1)
    with pytest.raises(NonsenseError, match="gave up after 2 tries"):
        await download(Canned([other]))


async def test_what_nobody_announced_is_taken_as_framed() -> None:
    """Without size and MD5, a framed body is all there is to go by."""
    sink, _ = await download(Canned([BYTES]), size=None, md5=None)
    assert sink.data == BYTES
    sink, _ = await download(Canned([BYTES]), size=None, md5=MD5.upper())
    assert sink.data == BYTES


async def test_a_body_without_an_end_needs_an_announced_size() -> None:
    """What ends with the connection is accepted only when its size is known, and is right."""
    sink, _ = await download(Canned([BYTES], length=None))
    assert sink.data == BYTES
    with pytest.raises(NonsenseError, match="neither its length nor its size"):
        await download(Canned([BYTES], length=None), size=None)
    short = Canned([BYTES[:100]], headers=ETAG, length=None)
    sink, transport = await download(short, part(100, SIZE - 1))
    assert sink.data == BYTES
    assert transport.seen[1].headers["Range"] == "bytes=100-"


async def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    """A compressed body is not the asset."""
    with pytest.raises(NonsenseError, match="encoded as 'gzip'"):
        await download(Canned([BYTES], headers={"Content-Encoding": "gzip"}))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 304])
async def test_a_refusal_ends_at_once_and_hides_the_signature(status: int) -> None:
    """A dead asset is told by host and path, never by its query."""
    client, transport = scripted(Canned([], status))
    async with client:
        with pytest.raises(RejectedError, match=f"refuses with status {status}") as caught:
            await client.download(URL, Sink(), size=SIZE, md5=MD5)
    assert caught.value.status == status
    assert "'https://cdn.test/1/a.png'" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert len(transport.seen) == 1


@pytest.mark.parametrize("trouble", [Canned([], 503), Canned([], 429), BREAK])
async def test_trouble_that_may_pass_is_tried_again(trouble: Canned | Exception) -> None:
    """Gateways, throttling and broken connections pass."""
    sink, _ = await download(trouble, trouble, Canned([BYTES]))
    assert sink.data == BYTES


async def test_a_dead_host_is_given_up_without_its_signature() -> None:
    """The error names the address without its query."""
    with pytest.raises(UnavailableError, match="after 8 tries") as caught:
        await download(httpx.ConnectError("refused"))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_judged_like_the_first_address(status: int) -> None:
    """A public target is followed, a private one refused, one too many given up."""
    there = Canned([], status, {"Location": "/2/b.png?x"})
    sink, transport = await download(there, Canned([BYTES]))
    assert sink.data == BYTES
    assert transport.seen[1].url == "https://93.184.216.34/2/b.png?x"
    for location in ("https://inside.test/", "http://cdn.test/", "file:///etc/passwd"):
        away = Canned([], status, {"Location": location})
        client, transport = scripted(away, Canned([BYTES]))
        async with client:
            with pytest.raises(NonsenseError):
                await client.download(URL, Sink(), size=SIZE, md5=MD5)
        assert len(transport.seen) == 1
    with pytest.raises(NonsenseError, match="more than 3 redirects"):
        await download(there)


async def test_a_private_address_is_not_contacted() -> None:
    """Nothing is sent to a host inside."""
    client, transport = scripted(Canned([BYTES]))
    async with client:
        with pytest.raises(NonsenseError, match="not a public address"):
            await client.download("https://inside.test/a", Sink(), size=SIZE, md5=MD5)
    assert transport.seen == []


async def test_a_full_disk_is_not_taken_for_a_network() -> None:
    """What the sink raises goes through, untouched and untried again."""
    client, transport = scripted(Canned([BYTES]))
    async with client:
        with pytest.raises(DiskError, match="full"):
            await client.download(URL, Sink(error=DiskError("full")), size=SIZE, md5=MD5)
    assert len(transport.seen) == 1


async def test_a_transfer_that_hangs_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent host is given up at the deadline, in either direction."""
    monkeypatch.setattr("datosnap.api.assets._BASE_DEADLINE_S", 0.02)
    hanging = Canned([], length="9", hangs=True)
    sink, _ = await download(hanging, Canned([BYTES]))
    assert sink.data == BYTES
    client, transport = scripted(hanging, Canned())
    async with client:
        await client.upload(URL, {}, lambda: iter([BYTES]), SIZE)
    assert len(transport.seen) == 2


async def test_each_host_has_connections_of_its_own() -> None:
    """Names are never mixed in one pool; beyond some hosts connections are not kept."""
    peer = Peer(CannedTransport([Canned([BYTES])]))
    async with AssetClient(timing=ScriptedTime(), resolver=FixedNames(), connect=peer) as client:
        for number in [*range(20), 0, 19]:
            await client.download(f"https://h{number}.test/", Sink(), size=SIZE, md5=MD5)
    assert peer.opened == [(False, 8)] * 16 + [(False, 0)]


async def test_a_proxy_gets_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a proxy set, its client is asked, and resolves nothing here."""
    monkeypatch.setenv("https_proxy", "http://proxy.test:3128")
    peer = Peer(CannedTransport([Canned([BYTES])]))
    async with AssetClient(timing=ScriptedTime(), resolver=FixedNames(), connect=peer) as client:
        await client.download(URL, Sink(), size=SIZE, md5=MD5)
    assert peer.opened == [(True, 8)]
    assert peer.transport.seen[0].url == URL


async def upload(
    *script: Canned | Exception, size: int = SIZE, headers: dict[str, str] | None = None
) -> CannedTransport:
    """Upload once."""
    client, transport = scripted(*script)

    def content() -> Iterator[bytes]:
        yield BYTES[:1000]
        yield BYTES[1000:]

    async with client:
        await client.upload(URL, headers or {"Content-Type": "image/png"}, content, size)
    return transport


async def test_uploads_with_the_length_announced() -> None:
    """The bytes go out with their length and type, and without the token."""
    transport = await upload(Canned([b"", b"ok"]))
    seen = transport.seen[0]
    assert (seen.method, seen.body) == ("PUT", BYTES)
    assert seen.headers["Content-Length"] == str(SIZE)
    assert seen.headers["Content-Type"] == "image/png"
    assert seen.headers["Host"] == "cdn.test"
    assert "transfer-encoding" not in seen.headers
    assert "authorization" not in seen.headers


async def test_an_upload_is_repeated_from_the_start() -> None:
    """After trouble the content is opened anew and sent whole."""
    transport = await upload(Canned([], 503), BREAK, Canned())
    assert [seen.body for seen in transport.seen] == [BYTES] * 3


@pytest.mark.parametrize("status", [400, 403, 301])
async def test_a_refused_upload_says_so(status: int) -> None:
    """An expired signature or a redirect ends the upload; the signature is not shown."""
    with pytest.raises(RejectedError, match=f"status {status}") as caught:
        await upload(Canned([b"x" * 100_000], status))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("size", [SIZE - 1, SIZE + 1])
async def test_content_of_another_size_is_never_uploaded_as_good(size: int) -> None:
    """Bytes that are not as many as the snapshot says are a damaged snapshot."""
    with pytest.raises(CorruptSnapshotError, match=f"asset of {size} bytes was read as {SIZE}"):
        await upload(Canned(), size=size)


async def test_an_upload_to_a_private_address_is_refused() -> None:
    """A signed address that leads inside is not contacted."""
    client, transport = scripted(Canned())
    async with client:
        with pytest.raises(NonsenseError, match="not a public address"):
            await client.upload("https://inside.test/", {}, lambda: iter([b""]), 0)
    assert transport.seen == []


@pytest.mark.parametrize("headers", [{"A": "b\r\nC: d"}, {"A b": "c"}, {"A": "ü"}, {"": "x"}])
async def test_a_header_that_would_break_the_request_is_refused(headers: dict[str, str]) -> None:
    """Headers come from the API; they are checked all the same."""
    with pytest.raises(NonsenseError, match="cannot be sent as a header"):
        await upload(Canned(), headers=headers)
