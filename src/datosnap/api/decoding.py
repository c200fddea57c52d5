"""Undo the content encoding of a body: whole or refused, and never beyond a cap.

httpx accepts gzip that is cut anywhere, drops a second member and has no cap (RELIABILITY 3.1),
so bodies come here as they were sent. A JSON answer is also looked at from both ends, since a
body that its server cut together with its Content-Length is complete to HTTP.
"""

from __future__ import annotations

import zlib

from datosnap.core.retrying import Failure, Kind
from datosnap.errors import quote

# The largest record is 300 KB and a page holds 500: a page beyond this is not one of ours.
MAX_BODY_BYTES = 64 * 1024 * 1024
# gzip of what cannot be compressed grows by less than a thousandth, and by its header.
_RAW_MARGIN_BYTES = 128 * 1024
# zlib: the window is 2**15 and the wrapping is gzip's.
_GZIP_WINDOW_BITS = 16 + 15
# Above what most pages take, below what could be felt if it stayed.
_LARGE_BLOCK_BYTES = 4 * 1024 * 1024
_JSON_SPACE = b" \t\r\n"


def keep_freed_memory() -> None:
    """Have what bodies took reused for the next ones, where the C library is glibc.

    glibc gives blocks above a threshold back to the system at once, and each page would be paid
    for again with some hundred page faults; the threshold rises to the largest block ever freed.
    Source: mallopt(3), M_MMAP_THRESHOLD; measured: a tenth to a sixth of an export's CPU.
    """
    block = bytes(_LARGE_BLOCK_BYTES)
    del block


def max_raw_bytes(max_bytes: int) -> int:
    """Tell how many bytes may arrive for a body of at most `max_bytes`."""
    return max_bytes + max_bytes // 1000 + _RAW_MARGIN_BYTES


def decode_body(raw: bytes, encoding: str, *, max_bytes: int) -> bytes | Failure:
    """Give the body as it was before its content encoding.

    Memory: `raw` and at most `max_bytes` + 1 more.
    """
    if encoding in ("", "identity"):
        return raw if len(raw) <= max_bytes else too_large(max_bytes)
    if encoding in ("gzip", "x-gzip"):
        return _gunzip(raw, max_bytes)
    return Failure(Kind.NONSENSE, f"the body is encoded as {quote(encoding)}, expected gzip")


def too_large(max_bytes: int) -> Failure:
    """Refuse a body for its size."""
    return Failure(Kind.NONSENSE, f"the body is larger than {max_bytes} bytes")


def is_whole_object(body: bytes) -> bool:
    """Tell whether a JSON object begins and ends with the body, without parsing it."""
    start, end = body[:64].lstrip(_JSON_SPACE), body[-64:].rstrip(_JSON_SPACE)
    return start.startswith(b"{") and end.endswith(b"}")


def _gunzip(raw: bytes, max_bytes: int) -> bytes | Failure:
    stream = zlib.decompressobj(_GZIP_WINDOW_BITS)
    try:
        body = stream.decompress(raw, max_bytes + 1)
    except zlib.error as error:
        return Failure(Kind.TRUNCATED, f"the gzip body is damaged: {error}")
    if len(body) > max_bytes:
        return too_large(max_bytes)
    if not stream.eof:
        return Failure(Kind.TRUNCATED, f"the gzip body ends too early, after {len(raw)} bytes")
    if stream.unused_data:
        extra = len(stream.unused_data)
        return Failure(Kind.TRUNCATED, f"{extra} bytes follow the end of the gzip body")
    return body
