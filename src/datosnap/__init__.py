"""Whole, checkable backups of DatoCMS projects: what programs may use of it.

Loaded when it is first asked for, so that the command line stays quick to answer.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datosnap.flows.open_snapshot import open_snapshot
    from datosnap.store.opened import OpenSnapshot

__all__ = ["OpenSnapshot", "open_snapshot"]

_HOMES = {
    "OpenSnapshot": "datosnap.store.opened",
    "open_snapshot": "datosnap.flows.open_snapshot",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
