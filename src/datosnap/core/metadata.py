"""Convert an upload's default metadata between the two shapes the API has had.

Shape, since focal points are not localized: `{"alt": {locale: text}, "title": {…},
"custom_data": {locale: {…}}, "focal_point": point, "poster_time": seconds}`; before:
`{locale: {"alt", "title", "custom_data", "focal_point"}}`. The flag
`site.meta.non_localized_focal_points` tells which one a project speaks.
"""

from __future__ import annotations

from collections.abc import Sequence

from datosnap.core.jsontext import JsonObject

_BY_LOCALE = ("alt", "title", "custom_data")
_SHARED = ("focal_point", "poster_time")


def convert(metadata: JsonObject, *, to_shared: bool, locales: Sequence[str]) -> JsonObject:
    """Give the metadata in the target's shape; it stays as it is when it has that already.

    With focal points by locale the main locale's, or else the first one found, becomes the only.
    """
    is_shared = not metadata or any(name in metadata for name in (*_BY_LOCALE, *_SHARED))
    if is_shared == to_shared or not metadata:
        return metadata
    return _to_shared(metadata, locales) if to_shared else _to_localized(metadata, locales)


def _to_shared(metadata: JsonObject, locales: Sequence[str]) -> JsonObject:
    in_order = [*(one for one in locales if one in metadata), *metadata]
    points = (metadata[one].get("focal_point") for one in in_order)
    shared: JsonObject = {
        name: {locale: members.get(name) for locale, members in metadata.items()}
        for name in _BY_LOCALE
    }
    shared["focal_point"] = next((one for one in points if one is not None), None)
    return shared


def _to_localized(metadata: JsonObject, locales: Sequence[str]) -> JsonObject:
    given = {one for name in _BY_LOCALE for one in metadata.get(name) or {}}
    wanted = [
        *(one for one in locales if one in given),
        *(one for one in given if one not in locales),
    ]
    return {
        locale: {
            "alt": (metadata.get("alt") or {}).get(locale),
            "title": (metadata.get("title") or {}).get(locale),
            "custom_data": (metadata.get("custom_data") or {}).get(locale) or {},
            "focal_point": metadata.get("focal_point"),
        }
        for locale in wanted or locales
    }
