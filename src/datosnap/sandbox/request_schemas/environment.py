"""What the bodies for the site's settings, environments and maintenance mode may hold.

Source: the attribute lists of the API's own schema. `global_seo` is opaque: it is a plain object
with one locale and an object by locale with several.
"""

from __future__ import annotations

from datosnap.sandbox.flags import FLAGS
from datosnap.sandbox.schemas import (
    FLAG,
    NUMBER,
    OPEN,
    OPEN_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    WHOLE,
    Body,
    choice,
    shape,
)

_COLOR_KEYS = ("red", "green", "blue", "alpha")
_COLOR = shape(dict.fromkeys(_COLOR_KEYS, WHOLE), required=_COLOR_KEYS)
_THEME = shape(
    {
        "type": choice("monochromatic", "custom"),
        "logo": TEXT_OR_NULL,
        "hue": NUMBER,
        "primary_color": _COLOR,
        "light_color": _COLOR,
        "accent_color": _COLOR,
        "dark_color": _COLOR.or_null(),
    }
)
_SITE = {
    "name": TEXT,
    "locales": TEXTS,
    "timezone": TEXT,
    "no_index": FLAG,
    "favicon": TEXT_OR_NULL,
    "global_seo": OPEN_OR_NULL,
    "theme": _THEME,
    "require_2fa": FLAG,
    "ip_tracking_enabled": FLAG,
    "force_use_of_sandbox_environments": FLAG,
}

ENVIRONMENT = {
    "site.update": Body("site", attributes=_SITE, meta=shape(dict.fromkeys(FLAGS, FLAG))).rule(),
    "site.cdn": Body(
        "assets-cdn-default-settings",
        attributes={"image": OPEN, "video": OPEN},
        needed=("image", "video"),
    ).rule(),
    "environment.fork": shape(
        {"data": shape({"type": choice("environment"), "id": TEXT}, required=("type", "id"))},
        required=("data",),
    ),
    "environment.rename": shape(
        {"data": shape({"type": choice("environment"), "id": TEXT}, required=("type", "id"))},
        required=("data",),
    ),
}
