"""Write a drawing as a PNG file of palette colours.

Each row is stored as its difference from the row above, so that what stands upright in a
picture becomes runs of zeros, which is all that the compressor looks for.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from datosnap.flows.sample.pictures.canvas import Canvas
from datosnap.flows.sample.pictures.deflate import compress_runs

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BITS_A_PIXEL = 8
_PALETTE_COLOURS = 3
_UP = b"\x02"


def png(canvas: Canvas, palette: Sequence[bytes]) -> bytes:
    """Write the whole file; `palette` holds red, green and blue of each colour number.

    Source: the PNG specification, sections 5 and 11.
    """
    header = struct.pack(
        ">IIBBBBB", canvas.width, canvas.height, _BITS_A_PIXEL, _PALETTE_COLOURS, 0, 0, 0
    )
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", b"".join(palette)),
            _chunk(b"IDAT", compress_runs(_filtered(canvas))),
            _chunk(b"IEND", b""),
        )
    )


def _filtered(canvas: Canvas) -> bytes:
    width = canvas.width
    above = bytes(width)
    rows = []
    for start in range(0, len(canvas.pixels), width):
        row = bytes(canvas.pixels[start : start + width])
        rows.append(_UP + bytes((a - b) & 255 for a, b in zip(row, above, strict=True)))
        above = row
    return b"".join(rows)


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return len(body).to_bytes(4, "big") + kind + body + check.to_bytes(4, "big")
