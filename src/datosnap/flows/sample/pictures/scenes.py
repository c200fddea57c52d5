"""Compose the sample's pictures: a sky, a sea, and what stands in it, from a seed.

The same seed gives the same picture; another seed moves the sun, the hills and the waves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from datosnap.flows.sample.pictures.canvas import SWING, TURN, Canvas, noise, wave
from datosnap.flows.sample.pictures.palettes import (
    ACCENT,
    DARK,
    GLOW,
    LIGHT,
    MIDDLE,
    PALE,
    SEA,
    SKY,
    palette,
)
from datosnap.flows.sample.pictures.png import png
from datosnap.flows.sample.pictures.still_lives import draw_plate, draw_portrait, draw_tiles

Draw = Callable[[Canvas, int], None]


def picture(scene: str, hour: str, seed: int, width: int, height: int) -> bytes:
    """Draw a scene and give it as a PNG file.

    Units: pixels.
    """
    canvas = Canvas.blank(width, height)
    _SCENES[scene](canvas, seed)
    return png(canvas, palette(hour))


def _sky(canvas: Canvas, horizon: int) -> None:
    for y in range(horizon):
        canvas.row(y, 0, canvas.width, SKY[y * len(SKY) // horizon])


def _sea(canvas: Canvas, horizon: int, seed: int) -> None:
    depth = canvas.height - horizon
    for y in range(depth):
        canvas.row(horizon + y, 0, canvas.width, SEA[y * len(SEA) // depth])
        if y % 4 == 1:
            left = noise(seed, y) % canvas.width
            canvas.row(horizon + y, left, left + 6 + y // 3, SEA[max(0, y * 16 // depth - 3)])


def _sun(canvas: Canvas, horizon: int, seed: int) -> int:
    x = canvas.width * (20 + noise(seed, 1) % 60) // 100
    y = horizon * (45 + noise(seed, 2) % 45) // 100
    radius = canvas.width // 14
    canvas.disc(x, y, radius * 3 // 2, GLOW)
    canvas.disc(x, y, radius, LIGHT)
    return x


def _glitter(canvas: Canvas, horizon: int, x: int, seed: int) -> None:
    for y in range(horizon + 2, canvas.height, 3):
        reach = 2 + noise(seed, y) % (4 + (y - horizon) // 4)
        shift = noise(seed, y + 1000) % 9 - 4
        canvas.row(y, x + shift - reach, x + shift + reach, LIGHT)


def _ridge(seed: int, base: int, size: int, width: int) -> Callable[[int], int]:
    starts = [noise(seed, part) % TURN for part in range(3)]

    def line(x: int) -> int:
        turn = x * TURN // width
        swing = sum(wave(turn * (part + 1) + starts[part]) // (part + 1) for part in range(3))
        return base - max(0, swing * size // SWING)

    return line


def _islands(canvas: Canvas, seed: int) -> None:
    horizon = canvas.height * 3 // 5
    _sky(canvas, horizon)
    sun = _sun(canvas, horizon, seed)
    _sea(canvas, horizon, seed)
    _glitter(canvas, horizon, sun, seed)
    canvas.under(_ridge(seed, horizon, canvas.height // 5, canvas.width), horizon, MIDDLE)
    shore = horizon + canvas.height // 14
    canvas.under(_ridge(seed + 7, shore, canvas.height // 7, canvas.width), shore, DARK)


def _waves(canvas: Canvas, seed: int) -> None:
    horizon = canvas.height // 3
    _sky(canvas, canvas.height)
    _sun(canvas, horizon * 4 // 3, seed)
    layers = 9
    for layer in range(layers):
        top = horizon + (canvas.height - horizon) * layer // layers
        start, length = noise(seed, layer) % TURN, 2 + layer % 3

        def line(x: int, top: int = top, start: int = start, length: int = length) -> int:
            swing = wave(x * TURN * length // canvas.width // 2 + start)
            return top + swing * canvas.height // (32 * SWING)

        canvas.under(line, canvas.height, SEA[layer * len(SEA) // layers])


def _rain(canvas: Canvas, seed: int) -> None:
    horizon = canvas.height * 7 // 10
    _sky(canvas, horizon)
    _sea(canvas, horizon, seed)
    canvas.under(_ridge(seed, horizon, canvas.height // 4, canvas.width), horizon, SKY[12])
    canvas.under(_ridge(seed + 3, horizon, canvas.height // 8, canvas.width), horizon, MIDDLE)
    for drop in range(canvas.width // 3):
        x = noise(seed, drop) % canvas.width
        y = noise(seed, drop + 5000) % canvas.height
        for step in range(5 + drop % 9):
            canvas.row(y + step, x - step // 3, x - step // 3 + 1, PALE if drop % 4 else GLOW)


def _night(canvas: Canvas, seed: int) -> None:
    horizon = canvas.height * 4 // 5
    _sky(canvas, horizon)
    for star in range(canvas.width // 2):
        x, y = noise(seed, star) % canvas.width, noise(seed, star + 900) % horizon
        canvas.row(y, x, x + 1 + (star % 11 == 0), PALE if star % 3 else GLOW)
    moon = canvas.width // 12
    x, y = canvas.width * 3 // 4, canvas.height // 4
    canvas.disc(x, y, moon, LIGHT)
    canvas.disc(x - moon // 2, y - moon // 4, moon * 4 // 5, SKY[y * len(SKY) // horizon])
    _sea(canvas, horizon, seed)
    canvas.under(_ridge(seed, horizon, canvas.height // 6, canvas.width), horizon, DARK)


def _lighthouse(canvas: Canvas, seed: int) -> None:
    horizon = canvas.height * 3 // 4
    _sky(canvas, horizon)
    _sea(canvas, horizon, seed)
    foot = canvas.width * (30 + noise(seed, 3) % 40) // 100
    lamp_y = canvas.height // 4
    _beam(canvas, foot, lamp_y, toward=1 if foot < canvas.width // 2 else -1)
    shore = horizon + canvas.height // 10
    reach = canvas.width // 3
    canvas.under(lambda x: shore - _mound(x - foot, reach, canvas.height // 6), shore, DARK)
    _tower(canvas, foot, lamp_y, shore - canvas.height // 7)
    _glitter(canvas, shore, foot, seed)


def _mound(distance: int, reach: int, height: int) -> int:
    away = abs(distance)
    return 0 if away >= reach else height * (reach * reach - away * away) // (reach * reach)


def _beam(canvas: Canvas, x: int, y: int, *, toward: int) -> None:
    for distance in range(canvas.width):
        spread = distance // 6
        canvas.column(x + toward * distance, y - spread, y + spread // 2 + 1, GLOW)


def _tower(canvas: Canvas, x: int, top: int, bottom: int) -> None:
    thin = canvas.width // 28
    height = bottom - top
    for y in range(top, bottom):
        half = thin + thin * (y - top) // height
        is_band = (y - top) * 5 // height % 2
        canvas.row(y, x - half, x + half + 1, ACCENT if is_band else PALE)
        canvas.row(y, x + half // 2, x + half + 1, MIDDLE if is_band else GLOW)
    room = thin * 3 // 2
    canvas.box(x - thin - 3, top - 2, x + thin + 4, top + 2, DARK)
    canvas.box(x - thin + 1, top - room - 2, x + thin, top - 2, LIGHT)
    canvas.disc(x, top - room - 2, thin, DARK)
    canvas.box(x - thin, top - room - 1, x + thin + 1, top - room + 1, LIGHT)


def _chart(canvas: Canvas, seed: int) -> None:
    canvas.box(0, 0, canvas.width, canvas.height, SEA[3])
    for island in range(4):
        x = canvas.width * (12 + noise(seed, island) % 76) // 100
        y = canvas.height * (12 + noise(seed, island + 50) % 76) // 100
        size = canvas.height // 9 + noise(seed, island + 90) % (canvas.height // 8)
        for ring, colour in enumerate((SEA[2], SEA[1], SEA[0], GLOW, MIDDLE)):
            _blob(canvas, (x, y), size * (6 - ring) // 3, seed + island, colour)
    for line in range(1, 5):
        canvas.row(canvas.height * line // 5, 0, canvas.width, DARK)
        canvas.column(canvas.width * line // 5, 0, canvas.height, DARK)
    for sounding in range(30):
        x, y = noise(seed, sounding + 200) % canvas.width, noise(seed, sounding) % canvas.height
        canvas.box(x, y, x + 2, y + 2, ACCENT)


def _blob(canvas: Canvas, centre: tuple[int, int], radius: int, seed: int, colour: int) -> None:
    x, y = centre
    for step in range(-radius, radius + 1):
        rise = radius * (radius * radius - step * step) // (radius * radius)
        wobble = wave(step * 5 + seed * 37) * radius // (9 * SWING)
        canvas.column(x + step, y - rise + wobble, y + rise * 3 // 4 + wobble, colour)


_SCENES: Mapping[str, Draw] = {
    "islands": _islands,
    "waves": _waves,
    "rain": _rain,
    "night": _night,
    "lighthouse": _lighthouse,
    "chart": _chart,
    "portrait": draw_portrait,
    "plate": draw_plate,
    "tiles": draw_tiles,
}
