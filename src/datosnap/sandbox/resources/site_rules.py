"""Decide what the project's settings may be: locales, time zone, theme, uploads they name."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.quotas import check_quota
from datosnap.sandbox.resources.refusals import invalid

_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_COLORS = frozenset({"primary_color", "light_color", "accent_color"})


def check_settings(call: Call, attributes: JsonObject) -> None:
    """Refuse settings that cannot be.

    Raises: ApiFailure.
    """
    if "locales" in attributes:
        _check_locales(call, attributes["locales"])
    if attributes.get("timezone", "UTC") not in available_timezones():
        raise invalid("site", "timezone", "is not a time zone")
    if not attributes.get("name", "-").strip():
        raise invalid("site", "name", "can't be blank")
    if "theme" in attributes:
        _check_theme(attributes["theme"])
    logo = attributes.get("theme", {}).get("logo")
    uploads = call.environment.of_type("upload")
    for name, upload in (("favicon", attributes.get("favicon")), ("theme.logo", logo)):
        if upload is not None and upload not in uploads:
            raise invalid("site", name, f"upload {upload} does not exist")


def _check_locales(call: Call, locales: list[str]) -> None:
    if not locales or len(set(locales)) != len(locales):
        raise invalid("site", "locales", "needs at least one, and each once")
    for locale in locales:
        if not _LOCALE.fullmatch(locale):
            raise invalid("site", "locales", f"{locale} is not a locale")
    check_quota(call, "locales", 0, len(locales))


def _check_theme(theme: JsonObject) -> None:
    # Themes written before there were two kinds have colours and no type.
    needed = {"hue"} if theme.get("type") == "monochromatic" else _COLORS
    if missing := sorted(needed - theme.keys()):
        raise invalid("site", "theme", f"needs {', '.join(missing)}")
