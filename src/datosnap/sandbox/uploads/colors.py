"""Find the dominant colours of a small PNG by counting its pixels.

The real service names up to six colours of a picture. Only plain 8-bit PNGs are counted here,
and only small ones, since each pixel is walked in Python; for everything else no colour is
claimed.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator

from datosnap.core.jsontext import JsonObject

_COLORS_MAX = 6
# 256 by 256; about 0.1 s of work
_PIXELS_MAX = 65_536
_SIGNATURE_BYTES = 8
_HEADER = struct.Struct(">IIBBBBB")
# colour type -> channels a pixel; 3 is an index into the palette
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PALETTE_TYPE = 3
_GREY_CHANNELS = 2
_OPAQUE_FROM = 128
# PNG filters that need no guess byte by byte
_AS_IS = 0
_UP = 2
_BITS_KEPT = 4

Pixel = tuple[int, int, int]


def dominant_colors(body: bytes) -> list[JsonObject]:
    """List the most frequent colours of a small PNG, most frequent first; else nothing.

    Shape: `[{"red": 183, "green": 198, "blue": 148, "alpha": 255}]`.
    """
    try:
        counted = _counted(body)
    except (zlib.error, struct.error, LookupError):
        return []
    bins: dict[Pixel, Counter[Pixel]] = {}
    for pixel, times in counted.items():
        bins.setdefault(_bin(pixel), Counter())[pixel] += times
    ranked = sorted(bins, key=lambda key: (-bins[key].total(), key))[:_COLORS_MAX]
    return [_color(_mean(bins[key])) for key in ranked]


def _bin(pixel: Pixel) -> Pixel:
    shift = 8 - _BITS_KEPT
    return pixel[0] >> shift, pixel[1] >> shift, pixel[2] >> shift


def _mean(counted: Counter[Pixel]) -> Pixel:
    count = counted.total()
    red, green, blue = (
        sum(pixel[channel] * times for pixel, times in counted.items()) // count
        for channel in range(3)
    )
    return red, green, blue


def _color(pixel: Pixel) -> JsonObject:
    return {"red": pixel[0], "green": pixel[1], "blue": pixel[2], "alpha": 255}


def _counted(body: bytes) -> Counter[Pixel]:
    chunks = list(_chunks(body))
    width, height, depth, kind, _, _, interlaced = _HEADER.unpack(chunks[0][1])
    if (depth, interlaced) != (8, 0) or not 0 < width * height <= _PIXELS_MAX:
        return Counter()
    step = _CHANNELS[kind]
    packed = b"".join(data for name, data in chunks if name == b"IDAT")
    raw = zlib.decompressobj().decompress(packed, height * (width * step + 1))
    palette = next((data for name, data in chunks if name == b"PLTE"), b"")
    # a picture has far fewer different pixels than pixels: these are told apart first
    written: Counter[bytes] = Counter()
    for row in _rows(raw, width * step, step):
        written.update(row[start : start + step] for start in range(0, len(row), step))
    counted: Counter[Pixel] = Counter()
    for pixel, times in written.items():
        if shown := _shown(pixel, kind, palette):
            counted[shown] += times
    return counted


def _chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = _SIGNATURE_BYTES
    while position < len(body):
        (length,) = struct.unpack_from(">I", body, position)
        yield body[position + 4 : position + 8], body[position + 8 : position + 8 + length]
        position += length + 12


def _rows(raw: bytes, row_bytes: int, step: int) -> Iterator[bytes]:
    above = bytes(row_bytes)
    for start in range(0, len(raw), row_bytes + 1):
        above = _row(raw[start], raw[start + 1 : start + 1 + row_bytes], above, step)
        yield above


def _row(kind: int, sent: bytes, above: bytes, step: int) -> bytes:
    if kind == _AS_IS:
        return sent
    if kind == _UP:
        return bytes([(a + b) & 0xFF for a, b in zip(sent, above, strict=False)])
    predict, row = _PREDICTORS[kind], bytearray(sent)
    for index in range(len(row)):
        left = row[index - step] if index >= step else 0
        corner = above[index - step] if index >= step else 0
        row[index] = (row[index] + predict(left, above[index], corner)) & 0xFF
    return bytes(row)


def _shown(pixel: bytes, kind: int, palette: bytes) -> Pixel | None:
    """Give a pixel's colour; None where it is seen through."""
    if kind == _PALETTE_TYPE:
        entry = 3 * pixel[0]
        return palette[entry], palette[entry + 1], palette[entry + 2]
    if len(pixel) % 2 == 0 and pixel[-1] < _OPAQUE_FROM:
        return None
    grey = len(pixel) <= _GREY_CHANNELS
    return pixel[0], pixel[0 if grey else 1], pixel[0 if grey else 2]


def _nearest(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda near: abs(guess - near))


# How the PNG standard's other filters guess a byte from its neighbours.
_PREDICTORS: dict[int, Callable[[int, int, int], int]] = {
    1: lambda left, _above, _corner: left,
    3: lambda left, above, _corner: (left + above) // 2,
    4: _nearest,
}
