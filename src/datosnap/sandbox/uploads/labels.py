"""Name what a picture shows by its dominant colours, as a stand-in for a picture model.

The real service has a model label pictures and lists the labels as smart tags. What a picture
shows cannot be told here; which colours it is made of can. Source: the official test-suite, which
looks for `gray` in the tags of its picture.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

from datosnap.core.jsontext import JsonObject

_FULL = 255
_BLACK_BELOW = 0.12
_WHITE_FROM = 0.92
_GRAY_BELOW = 0.18
_BROWN_BELOW = 0.6
# Where the hue of each name ends, in degrees.
_HUES = (
    (15, "red"),
    (45, "orange"),
    (70, "yellow"),
    (165, "green"),
    (195, "cyan"),
    (260, "blue"),
    (290, "purple"),
    (345, "pink"),
    (360, "red"),
)


def smart_tags(colors: Sequence[JsonObject]) -> list[str]:
    """Name the colours, the most frequent first, each name once."""
    return list(dict.fromkeys(_name(color) for color in colors))


def _name(color: JsonObject) -> str:
    channels = (color[name] / _FULL for name in ("red", "green", "blue"))
    hue, saturation, value = colorsys.rgb_to_hsv(*channels)
    if value < _BLACK_BELOW:
        return "black"
    if saturation < _GRAY_BELOW:
        return "white" if value >= _WHITE_FROM else "gray"
    name = next(name for end, name in _HUES if hue * 360 <= end)
    return "brown" if name == "orange" and value < _BROWN_BELOW else name
