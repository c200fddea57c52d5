"""Serve upload bytes: the signed target they are PUT to, and the CDN they are fetched from.

No token is asked for, as with the real ones. A download names its length and an ETag and obeys a
single byte range, so that an interrupted one can go on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from datosnap.sandbox.state import World
from datosnap.sandbox.uploads.blobs import put_blob, read_blob

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_PARTS = 2


def names_file(path: str) -> bool:
    """Tell whether a path is `/<project>/<file>`: project ids are decimal, API paths are not."""
    parts = path.strip("/").split("/")
    return len(parts) == _PARTS and parts[0].isdecimal()


async def serve_file(world: World, request: Request) -> Response:
    """Take or give the bytes of one file."""
    project_id, file_name = request.scope["path"].strip("/").split("/")
    if request.method == "PUT":
        return Response(b"", put_blob(world, project_id, file_name, await request.body()))
    if request.method not in {"GET", "HEAD"}:
        return Response(b"", 405)
    found = read_blob(world, project_id, file_name)
    if found is None:
        return Response(b"Not found", 404, media_type="text/plain")
    return _download(*found, request.headers)


def _download(body: bytes, content_type: str, headers: Mapping[str, str]) -> Response:
    etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
    told = {"etag": etag, "accept-ranges": "bytes", "content-type": content_type}
    wanted = headers.get("range")
    if wanted is None or headers.get("if-range", etag) != etag:
        return Response(body, 200, told)
    span = _span(wanted, len(body))
    if span is None:
        return Response(b"", 416, {**told, "content-range": f"bytes */{len(body)}"})
    start, stop = span
    told["content-range"] = f"bytes {start}-{stop - 1}/{len(body)}"
    return Response(body[start:stop], 206, told)


def _span(wanted: str, size: int) -> tuple[int, int] | None:
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match[1], match[2]
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    return (start, stop) if start < stop else None
