"""Kill the installed command at a point that is certain: a call of the system, or a journal line.

`strace` kills at the Nth call that one of the process's threads makes, so that the product needs
no hook. The other way watches the journal, and so does without `strace`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from datosnap.core.jsontext import JsonObject, decode_object
from tests.support.sandboxes import COMMAND, environment

# A run that has not ended by then hangs.
_PATIENCE_S = 120
# Calls by which a file changes; starting up opens a thousand files, so that opening is no measure.
CALLS = ("write", "fsync", "rename", "unlink", "ftruncate", "mkdir")
JOURNAL = ".datosnap-journal.ndjson"

HAS_STRACE = shutil.which("strace") is not None


def killed_at_call(
    arguments: Sequence[str | Path],
    call: str,
    number: int,
    folder: Path,
    *,
    of: Path | None = None,
) -> bool:
    """Run the command, killed at the call of that number; tell whether it came to that.

    With `of`, only calls that name that path are counted.
    """
    inject = f"inject={call}:signal=KILL:when={number}"
    named = [] if of is None else ["-P", str(of)]
    traced = ["strace", "-f", "-qq", "-o", os.devnull, *named, "-e", f"trace={call}", "-e", inject]
    done = subprocess.run(
        [*traced, COMMAND, *map(str, arguments)],
        cwd=folder,
        env=environment(),
        capture_output=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL, 128 + signal.SIGKILL}, done.stderr.decode()
    return done.returncode != 0


def killed_when(
    arguments: Sequence[str | Path],
    is_time: Callable[[], bool],
    folder: Path,
    number: signal.Signals = signal.SIGKILL,
) -> bool:
    """Run the command and kill it as soon as it is time; tell whether it came to that."""
    with started(arguments, folder) as process:
        deadline = time.monotonic() + _PATIENCE_S
        while not is_time() and process.poll() is None:
            assert time.monotonic() < deadline, "the run hangs"
        process.send_signal(number)
        process.communicate(timeout=_PATIENCE_S)
    return process.returncode == -signal.SIGKILL


def started(arguments: Sequence[str | Path], folder: Path) -> subprocess.Popen[bytes]:
    """Start the command."""
    return subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def journal_lines(place: Path) -> int:
    """Count the lines of an export's journal."""
    path = place / JOURNAL
    try:
        return path.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def journal_entries(place: Path) -> list[JsonObject]:
    """Read what an export's journal claims, without our own reader; a cut last line is left out."""
    text = (place / JOURNAL).read_bytes() if (place / JOURNAL).exists() else b""
    whole = text[: text.rfind(b"\n") + 1]
    entries: list[JsonObject] = [decode_object(line)["entry"] for line in whole.splitlines()]
    return entries[1:]
