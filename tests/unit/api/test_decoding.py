"""A body is decoded whole, within its cap, or refused."""

from __future__ import annotations

import gzip
import random
import tracemalloc
import zlib

import pytest

from datosnap.api.decoding import (
    decode_body,
    is_whole_object,
    keep_freed_memory,
    max_raw_bytes,
)
from datosnap.core.retrying import Failure, Kind

CAP = 1024 * 1024
SEEDED = random.Random(7)  # noqa: S311 - test data, the same every time
# Random bytes do not compress: the body stays at about 2 KB.
BODY = SEEDED.randbytes(2_000)
ZIPPED = gzip.compress(BODY, mtime=0)


def test_gives_back_what_was_compressed() -> None:
    """An honest body comes back equal, compressed or not."""
    assert decode_body(ZIPPED, "gzip", max_bytes=CAP) == BODY
    assert decode_body(ZIPPED, "x-gzip", max_bytes=CAP) == BODY
    assert decode_body(BODY, "", max_bytes=CAP) == BODY
    assert decode_body(BODY, "identity", max_bytes=CAP) == BODY
    assert decode_body(gzip.compress(b""), "gzip", max_bytes=CAP) == b""


def test_gzip_cut_at_any_byte_is_refused() -> None:
    """Not one of the 2,000 ways to cut a body short passes for a body."""
    assert len(ZIPPED) > 2_000
    for end in range(len(ZIPPED)):
        outcome = decode_body(ZIPPED[:end], "gzip", max_bytes=CAP)
        assert isinstance(outcome, Failure), f"accepted when cut at {end}"
        assert outcome.kind is Kind.TRUNCATED


def test_any_flipped_byte_of_the_content_is_noticed() -> None:
    """The checksum of gzip is looked at: a changed byte after the header is refused."""
    header_bytes = 10
    for place in range(header_bytes, len(ZIPPED)):
        damaged = bytearray(ZIPPED)
        damaged[place] ^= 0x01
        outcome = decode_body(bytes(damaged), "gzip", max_bytes=CAP)
        assert isinstance(outcome, Failure), f"accepted when flipped at {place}"


@pytest.mark.parametrize(
    "extra", [ZIPPED, gzip.compress(b"", mtime=0), b"junk", b"\0", b"\0" * 512]
)
def test_nothing_may_follow_the_end_of_the_body(extra: bytes) -> None:
    """A second member or trailing junk is refused, not dropped."""
    outcome = decode_body(ZIPPED + extra, "gzip", max_bytes=CAP)
    assert isinstance(outcome, Failure)
    assert f"{len(extra)} bytes follow" in outcome.reason


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate", "zstd", "gzip,identity", "?"])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    """Nested and unknown encodings are nonsense."""
    outcome = decode_body(ZIPPED, encoding, max_bytes=CAP)
    assert isinstance(outcome, Failure)
    assert outcome.kind is Kind.NONSENSE


def test_other_formats_do_not_pass_for_gzip() -> None:
    """A zlib stream, plain text and nothing at all are refused."""
    for raw in (zlib.compress(BODY), b"{}", b""):
        assert isinstance(decode_body(raw, "gzip", max_bytes=CAP), Failure)


def test_a_bomb_is_refused_within_its_cap() -> None:
    """64 MiB in 64 KB of gzip are refused, and take no more memory than the cap allows."""
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    tracemalloc.start()
    try:
        outcome = decode_body(bomb, "gzip", max_bytes=CAP)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(outcome, Failure)
    assert outcome.kind is Kind.NONSENSE
    assert peak_bytes < 4 * CAP


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_cap_is_exact(encoding: str) -> None:
    """A body of just the cap passes, one byte more does not."""
    for size, passes in ((CAP, True), (CAP + 1, False)):
        body = bytes(size)
        raw = gzip.compress(body) if encoding else body
        assert isinstance(decode_body(raw, encoding, max_bytes=CAP), bytes) is passes


def test_what_cannot_be_compressed_fits_the_raw_cap() -> None:
    """The raw cap leaves room for what gzip adds to the least compressible body."""
    body = SEEDED.randbytes(CAP)
    assert CAP < len(gzip.compress(body)) < max_raw_bytes(CAP)


@pytest.mark.parametrize(
    ("body", "is_whole"),
    [
        (b"{}", True),
        (b' \r\n{"data":[]}\n', True),
        (b"", False),
        (b"{", False),
        (b"}", False),
        (b'{"data":[', False),
        (b"[]", False),
        (b"null", False),
        (b"<html></html>", False),
    ],
)
def test_an_object_is_looked_at_from_both_ends(body: bytes, is_whole: bool) -> None:  # noqa: FBT001 - a column of the table
    """What does not begin and end as an object was cut, or never was one."""
    assert is_whole_object(body) is is_whole


def test_memory_is_kept_without_being_used() -> None:
    """The block that teaches the allocator is gone at once."""
    tracemalloc.start()
    try:
        keep_freed_memory()
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 100_000
    assert peak > 1_000_000
