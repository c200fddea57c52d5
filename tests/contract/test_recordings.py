"""The sandbox answers recorded requests of real clients as the real API did.

The recordings and their replayer belong to nobody here and stand beside the checkout; where they
are absent, the test says so and proves nothing.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from datosnap.sandbox.server import JobMode, running
from datosnap.sandbox.worlds import new_world

_RECORDINGS = Path(__file__).parents[2].parent / "shared" / "cma" / "recordings"
# A replay takes a few seconds; one that hangs is a failure, not a wait.
_DEADLINE_S = 120
# Sessions with something that a backup reads or recreates, and all that were recorded.
_CORE = 32
_ALL = 35


@pytest.mark.skipif(
    not (_RECORDINGS / "replay.py").exists(),
    reason="no recordings beside the checkout (../shared/cma/recordings)",
)
@pytest.mark.parametrize(
    ("jobs", "sessions", "options"),
    [
        ("sync", _CORE, ("--scope", "CORE")),
        ("async", _CORE, ("--scope", "CORE", "--strict-async")),
        ("sync", _ALL, ("--scope", "CORE,DASH,OUT", "--account-mode", "account")),
    ],
    ids=["sync", "async", "all"],
)
def test_recorded_sessions_are_answered_alike(
    jobs: JobMode, sessions: int, options: tuple[str, ...]
) -> None:
    """Every session replays with equal keys, types and values, with jobs and without."""
    with running(new_world(), jobs=jobs) as sandbox:
        replayed = subprocess.run(
            [
                sys.executable,
                str(_RECORDINGS / "replay.py"),
                *("--base-url", sandbox.base_url, "--level", "values"),
                *options,
                str(_RECORDINGS / "interactions.jsonl"),
            ],
            capture_output=True,
            text=True,
            timeout=_DEADLINE_S,
            check=False,
        )

    total = re.search(r"^(\d+) passed, (\d+) failed$", replayed.stdout, re.MULTILINE)
    assert total is not None, replayed.stderr
    assert (int(total[1]), int(total[2])) == (sessions, 0), replayed.stdout
