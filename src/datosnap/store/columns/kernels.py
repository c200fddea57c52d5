"""Load Arrow's functions on columns when the first column is made.

They weigh 9 MB, and an export to NDJSON makes no columns.
"""

from __future__ import annotations

import importlib
from types import ModuleType


def kernels() -> ModuleType:
    """Give `pyarrow.compute`."""
    return importlib.import_module("pyarrow.compute")
