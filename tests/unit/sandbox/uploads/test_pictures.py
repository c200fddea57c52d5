"""Tests of telling a picture's size from its bytes."""

from __future__ import annotations

import struct

import pytest

from datosnap.sandbox.uploads.pictures import Size, picture_size
from tests.unit.sandbox.uploads.files import gif, ico, jpeg, plain_png, webp

_LOSSLESS = b"\x2f" + struct.pack("<I", (31 - 1) | (17 - 1) << 14)
_LOSSY = bytes(6) + struct.pack("<HH", 31, 17)
_EXTENDED = bytes(4) + struct.pack("<HBHB", 30, 0, 16, 0)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(plain_png(31, 17), id="png"),
        pytest.param(gif(31, 17), id="gif"),
        pytest.param(jpeg(31, 17), id="jpeg"),
        pytest.param(ico(31, 17), id="ico"),
        pytest.param(webp(b"VP8L", _LOSSLESS), id="webp lossless"),
        pytest.param(webp(b"VP8 ", _LOSSY), id="webp lossy"),
        pytest.param(webp(b"VP8X", _EXTENDED), id="webp extended"),
        pytest.param(b"<svg width='31' height=\"17px\"/>", id="svg lengths"),
        pytest.param(b"<?xml?>\n<svg viewBox='0 0 30.6, 17'/>", id="svg view box"),
        pytest.param(b"<svg width='31' viewBox='0 0 9 17'/>", id="svg width over view box"),
    ],
)
def test_size_is_read_from_bytes(body: bytes) -> None:
    """Each kind of picture tells its width and height."""
    assert picture_size(body) == Size(31, 17)


def test_icon_of_256_is_written_as_zero() -> None:
    """A zero in an icon's head means 256 pixels."""
    assert picture_size(ico(256, 256)) == Size(256, 256)


@pytest.mark.parametrize("body", [b"<svg/>", b"<svg viewBox='0 0 9'/>", b"<svg width='100%'/>"])
def test_svg_without_size_is_still_a_picture(body: bytes) -> None:
    """An SVG that names no pixels is a picture of unknown size."""
    assert picture_size(body) == Size(None, None)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"plain words about <svg>", id="text"),
        pytest.param(b"%PDF-1.7", id="pdf"),
        pytest.param(plain_png(3, 3)[:20], id="png cut off"),
        pytest.param(jpeg(3, 3)[:-4], id="jpeg cut off"),
        pytest.param(b"\xff\xd8\xff", id="jpeg without frame"),
        pytest.param(b"\xff\xd8\xff\xd9", id="jpeg that ends at once"),
        pytest.param(b"\0\0\1\0", id="ico cut off"),
        pytest.param(webp(b"????", b""), id="webp of unknown kind"),
        pytest.param(b"<svg viewBox='a b c d'/>", id="svg of no numbers"),
        pytest.param(b"<svg viewBox='1e9 - + -'/>", id="svg of odd numbers"),
    ],
)
def test_other_bytes_are_no_picture(body: bytes) -> None:
    """What does not begin like a picture, or ends too early, is none."""
    found = picture_size(body)
    assert found is None or found == Size(None, None)
    assert found is None or body.startswith(b"<svg viewBox='a")
