"""The command, with chunks so small that a few pages fill several, and a process that can be held.

With `DATOSNAP_TEST_GATE` in the environment the process beside waits at that gate before it makes
its first file durable: it is at work then, with a draft open, for as long as a test needs.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from datosnap.cli.main import run as run_command
from datosnap.flows.exporting import run
from datosnap.store.snapshot_writer import SnapshotWriter
from tests.support.beside import Gate

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

GATE = "DATOSNAP_TEST_GATE"
_CHUNK_BYTES = 2_000


def make_small_chunks() -> None:
    """Make each page of records a batch, and each batch a work file, as if there were more."""
    run._BATCH_BYTES = 1
    begin = partial(SnapshotWriter.begin, chunk_max_bytes=_CHUNK_BYTES)
    SnapshotWriter.begin = begin  # type: ignore[method-assign] # as a command cannot ask for it
    os.cpu_count = lambda: 2


def hold_at_first_file(gate: Gate) -> None:
    """Wait at the gate before the first file is made durable."""
    fsync = os.fsync

    def held(fd: FileDescriptorLike) -> None:
        os.fsync = fsync
        gate.arrive()
        fsync(fd)

    os.fsync = held


# The process beside imports this module anew, under another name.
if __name__ == "__mp_main__" and GATE in os.environ:
    hold_at_first_file(Gate(Path(os.environ[GATE])))

if __name__ == "__main__":
    make_small_chunks()
    run_command()
