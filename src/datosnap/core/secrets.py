"""Decide which parts of a setting are secrets, and leave them out.

Some attributes are secret as a whole, and become null, as the API itself answers a token to those
who may not see it. Others, the parameters of plugins, are free in form and hold keys among other
things: there a member goes when its name says that it is one. What was left out is named by its
path, never by its value.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject

# Names under which plugins and services keep what opens doors.
_SECRET_NAME = re.compile(
    r"token|secret|passw|passphrase|credential|bearer|private_?key|api_?key|access_?key|auth_?key",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Withholding:
    """What remains of the attributes, and the paths of what was left out."""

    attributes: JsonObject
    paths: tuple[str, ...]


def withhold(
    attributes: JsonObject, secret: Collection[str], searched: Collection[str]
) -> Withholding:
    """Leave the secrets out: attributes in `secret` as a whole, those in `searched` by member."""
    kept, paths = dict(attributes), []
    for name in secret:
        if kept.get(name):
            kept[name] = None
            paths.append(name)
    for name in searched:
        if name in kept:
            kept[name] = _searched(kept[name], name, paths)
    return Withholding(kept, tuple(paths))


def _searched(value: Json, path: str, paths: list[str]) -> Json:
    if isinstance(value, list):
        return [_searched(one, f"{path}[{index}]", paths) for index, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kept: JsonObject = {}
    for name, inner in value.items():
        where = f"{path}.{name}"
        if inner and not isinstance(inner, bool) and _SECRET_NAME.search(name):
            paths.append(where)
        else:
            kept[name] = _searched(inner, where, paths)
    return kept
