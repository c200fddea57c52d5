"""Make tiny files of each kind, from the formats' own descriptions."""

from __future__ import annotations

import struct
import zlib

Rows = list[list[tuple[int, ...]]]
# colour type by the number of channels
_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def chunk(name: bytes, data: bytes) -> bytes:
    """Give one chunk of a PNG."""
    checked = name + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))


def png_of(header: bytes, raw: bytes, *, palette: bytes = b"") -> bytes:
    """Give a PNG of a header's fields and its filtered rows."""
    parts = [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header)]
    parts += [chunk(b"PLTE", palette)] if palette else []
    return b"".join([*parts, chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b"")])


def png(rows: Rows) -> bytes:
    """Give a PNG with these pixels, unfiltered."""
    width, channels = len(rows[0]), len(rows[0][0])
    header = struct.pack(">IIBBBBB", width, len(rows), 8, _TYPES[channels], 0, 0, 0)
    raw = b"".join(b"\0" + b"".join(bytes(pixel) for pixel in row) for row in rows)
    return png_of(header, raw)


def plain_png(width: int, height: int, color: tuple[int, int, int] = (200, 30, 40)) -> bytes:
    """Give a PNG of one colour."""
    return png([[color] * width] * height)


def gif(width: int, height: int) -> bytes:
    """Give the head of a GIF."""
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0"


def jpeg(width: int, height: int) -> bytes:
    """Give a JPEG's head, with an application segment and a fill byte before its frame."""
    segment = b"\xff\xe0" + struct.pack(">H", 4) + b"ab"
    frame = b"\xff\xff\xc0" + struct.pack(">HBHH", 8, 8, height, width) + b"\x03"
    return b"\xff\xd8" + segment + b"\xff\x01" + frame


def ico(width: int, height: int) -> bytes:
    """Give the head of an icon file with one picture; 256 is written as 0."""
    return b"\0\0\1\0\1\0" + bytes([width % 256, height % 256]) + bytes(14)


def webp(kind: bytes, fields: bytes) -> bytes:
    """Give the head of a WebP whose first chunk is of a kind."""
    return b"RIFF" + bytes(4) + b"WEBP" + kind + bytes(4) + fields
