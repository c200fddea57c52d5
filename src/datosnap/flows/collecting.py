"""Have the garbage collector look less often: pages, rows and columns are objects without cycles.

They are many, and were looked at in vain every 700 of them: measured, a tenth of the processor
time of a Parquet export. What is loaded already is passed over too.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_COLLECT_EVERY = 10_000


def collect_less() -> None:
    """Look less often until the process ends.

    Then all is looked at again: modules written in C complain of what nobody let go of.
    """
    _look_less()
    atexit.register(gc.unfreeze)


@contextmanager
def fewer_collections() -> Iterator[None]:
    """Look less often within a block."""
    before = gc.get_threshold()
    _look_less()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _look_less() -> None:
    _, *others = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY, *others)
