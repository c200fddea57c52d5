"""Tell from a file's first bytes whether it is a picture, and how large.

The bytes decide and not the name, as on the real service: a PNG called `.ico` is a picture of
its own size, and a text called `.png` is none.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of a picture, in pixels; None where the file does not say."""

    width: int | None
    height: int | None


# SVG may open with a prologue, comments and a document type; this far we look for its root.
_SVG_HEAD_BYTES = 4096
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_WITHOUT_LENGTH = frozenset({0x01, 0xFF, *range(0xD0, 0xDA)})
_SVG_ROOT = re.compile(rb"<svg\b[^>]*>", re.IGNORECASE)
_SVG_LENGTH = re.compile(rb"""\s(width|height)\s*=\s*["']\s*(\d+(?:\.\d+)?)(?:px)?\s*["']""")
_SVG_VIEW_BOX = re.compile(rb"""\sviewBox\s*=\s*["']\s*([-\d.eE+\s,]+)["']""")
_VIEW_BOX_NUMBERS = 4


def picture_size(body: bytes) -> Size | None:
    """Give the size of a picture; None when the bytes are no picture that is known here."""
    for is_kind, measure in _KINDS:
        if is_kind(body):
            return _measured(measure, body)
    return None


def _measured(measure: Callable[[bytes], Size | None], body: bytes) -> Size | None:
    try:
        return measure(body)
    except (struct.error, IndexError, ValueError):
        # cut off or damaged behind a true beginning
        return None


def _png(body: bytes) -> Size:
    return Size(*struct.unpack_from(">II", body, 16))


def _gif(body: bytes) -> Size:
    return Size(*struct.unpack_from("<HH", body, 6))


def _ico(body: bytes) -> Size:
    # a zero stands for 256, which does not fit the byte
    return Size(body[6] or 256, body[7] or 256)


def _jpeg(body: bytes) -> Size | None:
    position = 2
    while position < len(body):
        marker = body[position + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", body, position + 5)
            return Size(width, height)
        if marker in _JPEG_WITHOUT_LENGTH:
            position += 1 if marker == 0xFF else 2  # noqa: PLR2004 - a fill byte
        else:
            position += 2 + int(struct.unpack_from(">H", body, position + 2)[0])
    return None


def _webp(body: bytes) -> Size | None:
    measure = _WEBP_CHUNKS.get(body[12:16])
    return measure(body) if measure else None


def _webp_lossy(body: bytes) -> Size:
    width, height = struct.unpack_from("<HH", body, 26)
    return Size(width & 0x3FFF, height & 0x3FFF)


def _webp_lossless(body: bytes) -> Size:
    bits = int(struct.unpack_from("<I", body, 21)[0])
    return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)


def _webp_extended(body: bytes) -> Size:
    low_w, high_w, low_h, high_h = struct.unpack_from("<HBHB", body, 24)
    return Size((low_w | high_w << 16) + 1, (low_h | high_h << 16) + 1)


def _is_svg(body: bytes) -> bool:
    head = body[:_SVG_HEAD_BYTES]
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and bool(_SVG_ROOT.search(head))


def _svg(body: bytes) -> Size:
    found = _SVG_ROOT.search(body)
    root = found.group(0) if found else b""
    lengths = {name: round(float(text)) for name, text in _SVG_LENGTH.findall(root)}
    box = _view_box(root)
    return Size(lengths.get(b"width", box.width), lengths.get(b"height", box.height))


def _view_box(root: bytes) -> Size:
    found = _SVG_VIEW_BOX.search(root)
    numbers = re.split(rb"[\s,]+", found.group(1).strip()) if found else []
    if len(numbers) != _VIEW_BOX_NUMBERS:
        return Size(None, None)
    return Size(round(float(numbers[2])), round(float(numbers[3])))


_WEBP_CHUNKS: dict[bytes, Callable[[bytes], Size]] = {
    b"VP8 ": _webp_lossy,
    b"VP8L": _webp_lossless,
    b"VP8X": _webp_extended,
}
_KINDS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Size | None]], ...] = (
    (lambda body: body.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    (lambda body: body.startswith((b"GIF87a", b"GIF89a")), _gif),
    (lambda body: body.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda body: body[:4] == b"RIFF" and body[8:12] == b"WEBP", _webp),
    (lambda body: body.startswith(b"\x00\x00\x01\x00"), _ico),
    (_is_svg, _svg),
)
