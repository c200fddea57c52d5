"""The sample's pictures are PNG files that any reader opens, with the same bytes everywhere."""

from __future__ import annotations

import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datosnap.flows.sample.pictures.canvas import Canvas, noise, wave
from datosnap.flows.sample.pictures.deflate import compress_runs
from datosnap.flows.sample.pictures.palettes import palette
from datosnap.flows.sample.pictures.png import png
from datosnap.flows.sample.pictures.scenes import picture

SCENES = ["islands", "waves", "rain", "night", "lighthouse", "chart", "portrait", "plate", "tiles"]
HOURS = ["dawn", "noon", "dusk", "midnight", "mist", "storm", "ember", "lamp"]

RUNS = st.lists(st.tuples(st.binary(min_size=1, max_size=1), st.integers(1, 900)), max_size=12).map(
    lambda runs: b"".join(value * length for value, length in runs)
)


def unpacked(file: bytes) -> tuple[int, int, bytes]:
    """Read width, height and pixels of a PNG with palette colours and rows filtered `up`."""
    width, height = int.from_bytes(file[16:20], "big"), int.from_bytes(file[20:24], "big")
    start = file.index(b"IDAT")
    size = int.from_bytes(file[start - 4 : start], "big")
    rows = zlib.decompress(file[start + 4 : start + 4 + size])
    above, pixels = bytes(width), b""
    for y in range(height):
        row = rows[y * (width + 1) : (y + 1) * (width + 1)]
        assert row[0] == 2
        above = bytes((a + b) & 255 for a, b in zip(row[1:], above, strict=True))
        pixels += above
    return width, height, pixels


@given(RUNS)
def test_any_zlib_unpacks_what_was_packed(data: bytes) -> None:
    """The stream is valid for the standard library, whatever the runs."""
    assert zlib.decompress(compress_runs(data)) == data


@given(st.binary(max_size=400))
def test_bytes_without_runs_are_packed_too(data: bytes) -> None:
    """Literals of all values, with and without neighbours, come back."""
    assert zlib.decompress(compress_runs(data)) == data


@pytest.mark.parametrize("length", [*range(1, 20), 257, 258, 259, 260, 261, 262, 516, 1000])
def test_every_length_of_a_run_comes_back(length: int) -> None:
    """Runs around the longest match are cut so that nothing is lost."""
    assert zlib.decompress(compress_runs(b"\xc8" * length)) == b"\xc8" * length


@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_fills_its_frame(scene: str) -> None:
    """A scene has the size that was asked for, more than two colours, all in the palette."""
    width, height, pixels = unpacked(picture(scene, "dusk", 3, 96, 64))
    assert (width, height, len(pixels)) == (96, 64, 96 * 64)
    assert len(set(pixels)) > 2
    assert max(pixels) < len(palette("dusk"))


def test_a_seed_decides_the_picture() -> None:
    """The same seed gives the same bytes, another seed others, another hour others."""
    first = picture("islands", "dawn", 1, 80, 60)
    assert first == picture("islands", "dawn", 1, 80, 60)
    assert first != picture("islands", "dawn", 2, 80, 60)
    assert first != picture("islands", "noon", 1, 80, 60)


def test_the_bytes_do_not_depend_on_the_machine() -> None:
    """One picture's bytes are known by hash: any change of drawing or packing shows here."""
    digest = hashlib.sha256(picture("lighthouse", "lamp", 500, 160, 160)).hexdigest()
    assert digest.startswith("7e5811446a34ec07")


@pytest.mark.parametrize("hour", HOURS)
def test_every_hour_has_all_colours(hour: str) -> None:
    """Each palette has one colour of three bytes for every number a scene may use."""
    colours = palette(hour)
    assert len(colours) == 46
    assert {len(colour) for colour in colours} == {3}


def test_fills_are_cut_at_the_edges() -> None:
    """Rows, columns and discs beyond the frame change nothing outside it."""
    canvas = Canvas.blank(4, 3)
    canvas.row(-1, 0, 4, 9)
    canvas.row(3, 0, 4, 9)
    canvas.column(4, 0, 3, 9)
    canvas.column(0, 2, 2, 9)
    assert set(canvas.pixels) == {0}
    canvas.row(0, -5, 99, 1)
    canvas.column(3, -5, 99, 2)
    assert bytes(canvas.pixels) == bytes((1, 1, 1, 2, 0, 0, 0, 2, 0, 0, 0, 2))


def test_a_wave_swings_and_noise_stays_in_its_bounds() -> None:
    """A wave is 0, high, 0, low over a turn; noise is a number of sixteen bits."""
    assert [wave(turn) for turn in (0, 64, 128, 192, 256)] == [0, 1000, 0, -1000, 0]
    assert all(0 <= noise(7, index) < 65_536 for index in range(200))
    assert len({noise(7, index) for index in range(200)}) > 150


def test_a_file_starts_with_its_palette() -> None:
    """The palette that is given is the palette that is written."""
    file = png(Canvas.blank(1, 1), [b"\x01\x02\x03"])
    assert file[file.index(b"PLTE") + 4 :][:3] == b"\x01\x02\x03"
