"""Facts about the memory that a command takes from the system."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_PROGRAM = """
import sys
from datosnap.cli import main
sys.argv = ["datosnap", "--version"]
try:
    main.run()
except SystemExit:
    import pyarrow
    print(pyarrow.default_memory_pool().backend_name)
"""


@pytest.mark.parametrize(("own", "expected"), [(None, "system"), ("mimalloc", "mimalloc")])
def test_arrow_gives_back_what_it_no_longer_needs(own: str | None, expected: str) -> None:
    """A command uses the system's allocator, unless its user has chosen another."""
    chosen = {k: v for k, v in os.environ.items() if k != "ARROW_DEFAULT_MEMORY_POOL"}
    if own is not None:
        chosen["ARROW_DEFAULT_MEMORY_POOL"] = own
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=chosen, capture_output=True, text=True, check=True
    )

    assert ended.stdout.split()[-1] == expected
