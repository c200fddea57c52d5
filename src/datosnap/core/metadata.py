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
    is_shared = any(name in metadata for name in (*_BY_LOCALE, *_SHARED))
    if is_shared == to_shared or not metadata:
        return metadata
    return _to_shared(metadata, locales) if to_shared else _to_localized(metadata, locales)


def _to_shared(metadata: JsonObject, locales: Sequence[str]) -> JsonObject:
    members: dict[str, JsonObject] = {one: metadata[one] or {} for one in metadata}
    in_order = [*(one for one in locales if one in members), *members]
    points = (members[one].get("focal_point") for one in in_order)
    return {
        "alt": {one: members[one].get("alt") for one in members},
        "title": {one: members[one].get("title") for one in members},
        "custom_data": {one: members[one].get("custom_data") or {} for one in members},
        "focal_point": next((one for one in points if one is not None), None),
    }


def _to_localized(metadata: JsonObject, locales: Sequence[str]) -> JsonObject:
    members: dict[str, JsonObject] = {name: metadata.get(name) or {} for name in _BY_LOCALE}
    given = [one for name in _BY_LOCALE for one in members[name]]
    return {
        locale: {
            "alt": members["alt"].get(locale),
            "title": members["title"].get(locale),
            "custom_data": members["custom_data"].get(locale) or {},
            "focal_point": metadata.get("focal_point"),
        }
        for locale in dict.fromkeys([*locales, *given])
    }
