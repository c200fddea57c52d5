"""Run a program to its end and tell what it cost: time, processor, memory, bytes left behind."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datosnap.core.jsontext import JsonObject, decode_object

_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run cost, from the start of the process to its end.

    Units: seconds; `peak_mb` is the most memory that was resident at once, in MB of 1024 * 1024
    bytes; `written` in bytes.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    written: int


def run(command: Sequence[str], folder: Path, output: Path) -> tuple[Cost, JsonObject]:
    """Run a command in `folder`; give its cost and the JSON that it printed.

    The kernel hands the resident memory of this process down to the new one until that has its
    own, so that this one must stay the smaller: it imports nothing large.
    Raises: RuntimeError when the command fails.
    """
    with (folder / "stdout").open("w+b") as out, (folder / "stderr").open("w+b") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            said = errors.read()[-_SHOWN:].decode("utf-8", "replace")
            raise RuntimeError(f"{command[0]} ended with {process.returncode}: {said}")
        out.seek(0)
        told = decode_object(out.read())
    cost = Cost(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, _size(output))
    return cost, told


def _size(output: Path) -> int:
    if output.is_file():
        return output.stat().st_size
    return sum(one.stat().st_size for one in output.rglob("*") if one.is_file())
