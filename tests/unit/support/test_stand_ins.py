"""Tests of the bytes that stand in for recorded files."""

from __future__ import annotations

import zlib

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.uploads.pictures import Size, picture_size
from tests.support.stand_ins import stand_in


def _recorded(ending: str, **changes: object) -> JsonObject:
    recorded = {"format": ending, "md5": "a" * 32, "size": 2000, "width": 65, "height": 39}
    return {**recorded, **changes}


@pytest.mark.parametrize("ending", ["png", "jpg", "jpeg", "ico"])
def test_pictures_have_the_recorded_dimensions(ending: str) -> None:
    """A stand-in is a picture of its kind, as wide and high as the recorded one."""
    assert picture_size(stand_in(_recorded(ending))) == Size(65, 39)


@pytest.mark.parametrize("ending", ["png", "jpg", "ico", "mp4", "txt", None])
def test_size_is_the_recorded_one(ending: str | None) -> None:
    """A stand-in is padded to the recorded size."""
    assert len(stand_in(_recorded(ending or "bin", format=ending))) == 2000


def test_large_content_is_not_cut() -> None:
    """A stand-in that cannot be as small as the recorded file stays whole."""
    assert len(stand_in(_recorded("png", size=10))) > 10


def test_equal_files_have_equal_stand_ins() -> None:
    """Doubles of a recorded file stay doubles, and other files stay others."""
    first, double = stand_in(_recorded("png")), stand_in(_recorded("png"))

    assert first == double
    assert stand_in(_recorded("png", md5="b" * 32)) != first


def test_png_holds_its_pixels() -> None:
    """The pixels of a PNG stand-in can be unpacked."""
    body = stand_in(_recorded("png", width=2, height=3))
    start = body.index(b"IDAT") + 4

    assert len(zlib.decompressobj().decompress(body[start:])) == 3 * (1 + 2 * 3)
