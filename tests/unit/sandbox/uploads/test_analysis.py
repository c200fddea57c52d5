"""Tests of analysing files."""

from __future__ import annotations

import hashlib

import pytest

from datosnap.sandbox.uploads.analysis import analyse, content_type, extension, is_video
from tests.unit.sandbox.uploads.files import ico, plain_png


def test_picture_is_analysed() -> None:
    """A PNG's facts are those of its bytes."""
    body = plain_png(8, 4, (0, 0, 0))

    assert analyse("logo.PNG", body).attributes() == {
        "size": len(body),
        "width": 8,
        "height": 4,
        "format": "png",
        "md5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        "is_image": True,
        "mime_type": "image/png",
        "colors": [{"red": 0, "green": 0, "blue": 0, "alpha": 255}],
    }


def test_text_is_analysed_as_recorded() -> None:
    """A recorded text file gets the recorded size and md5."""
    facts = analyse("whoa.txt", b"This is a Dato test text file uploaded with https").attributes()

    assert (facts["size"], facts["md5"]) == (49, "1c7f3f297bb16171b58dac0df409be13")
    assert (facts["format"], facts["mime_type"]) == ("txt", "text/plain")
    assert (facts["is_image"], facts["width"], facts["colors"]) == (False, None, [])


def test_bytes_decide_what_a_picture_is() -> None:
    """A text called .png is no picture, and an icon has no counted colours."""
    assert not analyse("words.png", b"words").is_image
    assert analyse("favicon.ico", ico(16, 16)).attributes()["colors"] == []


@pytest.mark.parametrize(
    ("name", "ending", "media_type"),
    [
        ("a.jpg", "jpg", "image/jpeg"),
        ("a.tar.GZ", "gz", "application/octet-stream"),
        ("README", None, "application/octet-stream"),
        (".htaccess", None, "application/octet-stream"),
        ("ends.", None, "application/octet-stream"),
        ("clip.mp4", "mp4", "video/mp4"),
    ],
)
def test_extension_tells_the_media_type(name: str, ending: str | None, media_type: str) -> None:
    """The extension, when there is one, decides the media type."""
    assert extension(name) == ending
    assert content_type(name) == media_type


def test_only_video_types_are_videos() -> None:
    """Videos are known by their media type."""
    assert is_video("video/mp4")
    assert not is_video("image/png")
    assert not is_video(None)
