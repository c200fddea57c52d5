"""Tests of counting a PNG's colours."""

from __future__ import annotations

import struct

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.uploads.colors import dominant_colors
from tests.unit.sandbox.uploads.files import Rows, chunk, plain_png, png, png_of

_RED, _BLUE = (200, 10, 20), (5, 6, 250)


def _color(red: int, green: int, blue: int) -> JsonObject:
    return {"red": red, "green": green, "blue": blue, "alpha": 255}


def _header(width: int, height: int, kind: int, *, depth: int = 8, interlaced: int = 0) -> bytes:
    return struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)


def test_most_frequent_color_comes_first() -> None:
    """Colours are listed by how many pixels have them."""
    rows: Rows = [[_RED, _BLUE, _BLUE], [_BLUE, _RED, _BLUE]]

    assert dominant_colors(png(rows)) == [_color(*_BLUE), _color(*_RED)]


def test_near_colors_count_as_one() -> None:
    """Shades that differ by little are joined to their mean."""
    rows: Rows = [[(32, 64, 96), (34, 66, 98)]]

    assert dominant_colors(png(rows)) == [_color(33, 65, 97)]


def test_no_more_than_six_colors() -> None:
    """Six colours are named at most."""
    rows: Rows = [[(16 * step, 0, 0) for step in range(9)]]

    assert len(dominant_colors(png(rows))) == 6


def test_transparent_pixels_do_not_count() -> None:
    """A pixel nobody sees is no dominant colour."""
    rows: Rows = [[(*_RED, 0), (*_RED, 10), (*_BLUE, 255)]]

    assert dominant_colors(png(rows)) == [_color(*_BLUE)]


@pytest.mark.parametrize("pixel", [(90,), (90, 255)])
def test_grey_is_a_color(pixel: tuple[int, ...]) -> None:
    """Grey pictures, with transparency or without, tell their grey."""
    assert dominant_colors(png([[pixel]])) == [_color(90, 90, 90)]


def test_palette_is_looked_up() -> None:
    """A picture with a palette tells the palette's colours."""
    body = png_of(_header(2, 1, 3), b"\0\1\1", palette=bytes([*_RED, *_BLUE]))

    assert dominant_colors(body) == [_color(*_BLUE)]


def test_every_row_filter_is_undone() -> None:
    """Rows written with each of the five filters give the same pixels back."""
    first = bytes([0, *_RED, *_RED])
    left = bytes([1, *_RED, 0, 0, 0])
    above = bytes([2, 0, 0, 0, 0, 0, 0])
    mean_first = bytes(value - value // 2 for value in _RED)
    mean = bytes([3, *mean_first, 0, 0, 0])
    nearest = bytes([4, 0, 0, 0, 0, 0, 0])
    body = png_of(_header(2, 5, 2), first + left + above + mean + nearest)

    assert dominant_colors(body) == [_color(*_RED)]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(png_of(_header(1, 1, 2, depth=16), bytes(7)), id="16 bits a channel"),
        pytest.param(png_of(_header(1, 1, 2, interlaced=1), bytes(4)), id="interlaced"),
        pytest.param(png_of(_header(4096, 4096, 2), bytes(9)), id="large"),
        pytest.param(plain_png(2, 2)[:-30], id="cut off"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="no header"),
        pytest.param(png_of(_header(0, 2**31, 2), bytes(9)), id="no width"),
        pytest.param(png_of(_header(1, 1, 2), b"\x09\1\2\3"), id="unknown filter"),
        pytest.param(png_of(_header(1, 1, 3), b"\0\5", palette=b"abc"), id="outside palette"),
        pytest.param(
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", _header(1, 1, 5)) + chunk(b"IDAT", b""),
            id="unknown colour type",
        ),
    ],
)
def test_what_is_not_counted_has_no_colors(body: bytes) -> None:
    """A PNG that is special, large or damaged claims no colours."""
    assert dominant_colors(body) == []
