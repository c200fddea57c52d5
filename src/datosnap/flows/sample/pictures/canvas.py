"""Keep the pixels of one drawing, and fill rows, columns, discs and hills of them.

Everything is a whole number and every fill is one slice assignment: the result does not depend
on a machine's sines and a picture takes about a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt

# a turn has 256 steps, and a wave swings between -1000 and 1000
TURN = 256
SWING = 1000


@dataclass(frozen=True, slots=True)
class Canvas:
    """A drawing: colour numbers, row by row."""

    width: int
    height: int
    pixels: bytearray

    @classmethod
    def blank(cls, width: int, height: int) -> Canvas:
        """Make a canvas filled with colour 0."""
        return cls(width, height, bytearray(width * height))

    def row(self, y: int, left: int, right: int, colour: int) -> None:
        """Fill one row from `left` up to `right`, cut at the edges."""
        left, right = max(left, 0), min(right, self.width)
        if 0 <= y < self.height and left < right:
            start = y * self.width
            self.pixels[start + left : start + right] = bytes((colour,)) * (right - left)

    def column(self, x: int, top: int, bottom: int, colour: int) -> None:
        """Fill one column from `top` up to `bottom`, cut at the edges."""
        top, bottom = max(top, 0), min(bottom, self.height)
        if 0 <= x < self.width and top < bottom:
            cells = slice(top * self.width + x, (bottom - 1) * self.width + x + 1, self.width)
            self.pixels[cells] = bytes((colour,)) * (bottom - top)

    def disc(self, x: int, y: int, radius: int, colour: int) -> None:
        """Fill a disc around a centre."""
        for rise in range(-radius, radius + 1):
            reach = isqrt(radius * radius - rise * rise)
            self.row(y + rise, x - reach, x + reach + 1, colour)

    def box(self, left: int, top: int, right: int, bottom: int, colour: int) -> None:
        """Fill a rectangle."""
        for y in range(top, bottom):
            self.row(y, left, right, colour)

    def under(self, line: Callable[[int], int], bottom: int, colour: int) -> None:
        """Fill everything between a line, a height for each column, and `bottom`."""
        for x in range(self.width):
            self.column(x, line(x), bottom, colour)


def wave(turn: int) -> int:
    """Give the height of a smooth wave: a sine, near enough, of whole numbers only."""
    step = turn % TURN
    half = step % (TURN // 2)
    height = half * (TURN // 2 - half) * SWING // 4096
    return height if step < TURN // 2 else -height


def noise(seed: int, index: int) -> int:
    """Give a number from 0 to 65535 that looks drawn by lot and is always the same."""
    mixed = (seed * 2_654_435_761 + index * 2_246_822_519 + 374_761_393) & 0xFFFF_FFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2_246_822_519) & 0xFFFF_FFFF
    mixed = ((mixed ^ (mixed >> 13)) * 3_266_489_917) & 0xFFFF_FFFF
    return (mixed ^ (mixed >> 16)) & 0xFFFF
