"""Compose the pictures that show no sea: faces, plates and tiles, from a seed."""

from __future__ import annotations

from datosnap.flows.sample.pictures.canvas import Canvas, noise
from datosnap.flows.sample.pictures.palettes import (
    ACCENT,
    DARK,
    GLOW,
    LIGHT,
    MIDDLE,
    PALE,
    SEA,
    SKY,
)


def draw_portrait(canvas: Canvas, seed: int) -> None:
    """Draw a head and shoulders before an evening sky."""
    width, height = canvas.width, canvas.height
    for y in range(height):
        canvas.row(y, 0, width, SKY[y * len(SKY) // height])
    x, head = width // 2, width // 6
    y = height * 2 // 5
    canvas.disc(x + width // 5, height // 4, width // 9, LIGHT)
    canvas.disc(x, height + head, width // 3 + head // 2, (ACCENT, MIDDLE, SEA[12])[seed % 3])
    hair = DARK if noise(seed, 1) % 3 else PALE
    canvas.disc(x, y - head // 4, head + head // 4, hair)
    canvas.box(x - head // 2, y, x + head // 2, y + head * 2, GLOW)
    canvas.disc(x, y + head // 5, head, GLOW)
    canvas.box(x - head, y - head // 2, x + head + 1, y - head // 4, hair)
    for side in (-1, 1):
        canvas.disc(x + side * head * 2 // 5, y + head // 6, 2, DARK)
    canvas.row(y + head * 3 // 4, x - head // 4, x + head // 3, ACCENT)
    if noise(seed, 2) % 2:
        canvas.box(x - head - 2, y - head, x + head + 3, y - head * 3 // 5, ACCENT)


def draw_plate(canvas: Canvas, seed: int) -> None:
    """Draw a plate of food on a striped cloth."""
    width, height = canvas.width, canvas.height
    for x in range(width):
        canvas.column(x, 0, height, SEA[4] if x // (width // 12) % 2 else SEA[9])
    x, y, size = width // 2, height // 2, min(width, height) * 2 // 5
    canvas.disc(x + 4, y + 6, size, SEA[14])
    for part, colour in ((100, PALE), (92, GLOW), (88, PALE), (70, MIDDLE), (66, LIGHT)):
        canvas.disc(x, y, size * part // 100, colour)
    for crumb in range(24):
        away = size // 2
        left = x - away // 2 + noise(seed, crumb) % away
        top = y - away // 2 + noise(seed, crumb + 70) % away
        colour = (ACCENT, MIDDLE, GLOW, DARK)[crumb % 4]
        canvas.disc(left, top, 2 + noise(seed, crumb + 140) % (size // 9), colour)


def draw_tiles(canvas: Canvas, seed: int) -> None:
    """Draw a floor of tiles, each with two quarters of a circle, turned by lot."""
    cell = canvas.width // 8
    for number in range(8 * (canvas.height // cell + 1)):
        left, top = number % 8 * cell, number // 8 * cell
        back = SEA[2 + noise(seed, number) % 10]
        canvas.box(left, top, left + cell, top + cell, back)
        is_turned = noise(seed, number + 400) % 2
        for far in (False, True):
            corner_x = cell if far == bool(is_turned) else 0
            _quarter(canvas, (left, top), (corner_x, cell if far else 0), (ACCENT, PALE)[far])


def _quarter(canvas: Canvas, origin: tuple[int, int], corner: tuple[int, int], colour: int) -> None:
    # a disc around a corner, of which only what lies inside the tile is kept
    cell = canvas.width // 8
    tile = Canvas.blank(cell, cell)
    tile.disc(corner[0], corner[1], cell * 2 // 3, 1)
    tile.disc(corner[0], corner[1], cell // 3, 0)
    for y in range(cell):
        for x in range(cell):
            if tile.pixels[y * cell + x]:
                canvas.row(origin[1] + y, origin[0] + x, origin[0] + x + 1, colour)
