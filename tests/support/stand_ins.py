"""Make bytes that stand in for a recorded file: of its kind, its dimensions and its size.

Recordings name the files that were uploaded and do not hold them. Equal recorded files (by MD5)
get equal bytes and different ones different bytes, so that what a backup does with doubles can
be seen. A stand-in for a picture says its dimensions in a true header; a JPEG has no more.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable

from datosnap.core.jsontext import JsonObject

Make = Callable[[int, int, bytes], bytes]


def stand_in(attributes: JsonObject) -> bytes:
    """Make the bytes that stand in for the file of a recorded upload.

    Shape: takes `format`, `md5`, `size`, `width` and `height` of the upload's attributes.
    """
    seed = hashlib.sha256(attributes["md5"].encode()).digest()
    make = _MAKERS.get(attributes["format"], _text)
    width, height = attributes["width"] or 1, attributes["height"] or 1
    body = make(width, height, seed)
    return body + bytes(max(0, attributes["size"] - len(body)))


def _png(width: int, height: int, seed: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    row = b"\0" + seed[:3] * width
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(row * height)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _jpeg(width: int, height: int, seed: bytes) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", 2 + len(seed)) + seed
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + comment + frame + b"\xff\xd9"


def _ico(width: int, height: int, seed: bytes) -> bytes:
    picture = _png(width, height, seed)
    entry = struct.pack("<BBBBHHII", width % 256, height % 256, 0, 0, 1, 32, len(picture), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + picture


def _mp4(_width: int, _height: int, seed: bytes) -> bytes:
    kind = struct.pack(">I", 16) + b"ftypisom" + bytes(4)
    return kind + struct.pack(">I", 8 + len(seed)) + b"free" + seed


def _text(_width: int, _height: int, seed: bytes) -> bytes:
    return seed.hex().encode()


_MAKERS: dict[str, Make] = {
    "png": _png,
    "jpg": _jpeg,
    "jpeg": _jpeg,
    "ico": _ico,
    "mp4": _mp4,
    "txt": _text,
}
