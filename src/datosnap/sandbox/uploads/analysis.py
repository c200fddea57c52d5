"""Tell what the service tells about a file from its name and its bytes.

Pure, so that the same bytes always give the same facts; what needs a video service or a picture
model (duration, hashes, smart tags) is not guessed and stays empty.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.uploads.colors import dominant_colors
from datosnap.sandbox.uploads.pictures import Size, picture_size

UNKNOWN_TYPE = "application/octet-stream"
# Our own table: that of the standard library differs from machine to machine.
_TYPES = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "css": "text/css",
    "csv": "text/csv",
    "gif": "image/gif",
    "html": "text/html",
    "ico": "image/vnd.microsoft.icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "md": "text/markdown",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "txt": "text/plain",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "xml": "application/xml",
    "zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file once it has been analysed."""

    size: int
    md5: str
    format: str | None
    mime_type: str
    size_px: Size | None
    colors: tuple[JsonObject, ...]

    @property
    def is_image(self) -> bool:
        """Tell whether the bytes are a picture."""
        return self.size_px is not None

    def attributes(self) -> JsonObject:
        """Give the attributes of an upload that follow from its bytes."""
        size = self.size_px or Size(None, None)
        return {
            "size": self.size,
            "width": size.width,
            "height": size.height,
            "format": self.format,
            "md5": self.md5,
            "is_image": self.is_image,
            "mime_type": self.mime_type,
            "colors": list(self.colors),
        }


def analyse(file_name: str, body: bytes) -> FileFacts:
    """Analyse a file."""
    return FileFacts(
        size=len(body),
        md5=hashlib.md5(body, usedforsecurity=False).hexdigest(),
        format=extension(file_name),
        mime_type=content_type(file_name),
        size_px=picture_size(body),
        colors=tuple(dominant_colors(body)) if body.startswith(b"\x89PNG") else (),
    )


def extension(file_name: str) -> str | None:
    """Give the extension, in lower case and without its dot; None when there is none."""
    stem, dot, ending = file_name.rpartition(".")
    return ending.lower() if stem and dot and ending else None


def content_type(file_name: str) -> str:
    """Give the media type that the extension stands for."""
    return _TYPES.get(extension(file_name) or "", UNKNOWN_TYPE)


def is_video(mime_type: str | None) -> bool:
    """Tell whether a media type is that of a video."""
    return (mime_type or "").startswith("video/")
