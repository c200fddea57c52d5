"""The closed schemas of all operations, by name: `<type>.<operation>`.

They are data; `schemas.py` checks bodies against them. Records and uploads are not here: what
their attributes may be depends on the model, or they check themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from datosnap.sandbox.request_schemas.dashboard import DASHBOARD
from datosnap.sandbox.request_schemas.environment import ENVIRONMENT
from datosnap.sandbox.request_schemas.menus import MENUS
from datosnap.sandbox.request_schemas.model import MODEL
from datosnap.sandbox.request_schemas.project import PROJECT
from datosnap.sandbox.schemas import Rule

SCHEMAS: Mapping[str, Rule] = {**MODEL, **MENUS, **ENVIRONMENT, **PROJECT, **DASHBOARD}
