"""Run every check of the project in a row: format, rules, types, layers, tests.

`python -m tests` ends with pytest's summary line; what is given after it goes to pytest.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
# All processors; the tests of one file stay together, since many share what the first one makes.
_TESTS = ("pytest", "-n", "auto", "--dist", "loadfile")
_CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
)


def main() -> int:
    """Run all checks, pytest last; give 1 when any of them failed."""
    bin_folder = Path(sys.executable).parent
    failed: list[str] = []
    for check in (*_CHECKS, (*_TESTS, *sys.argv[1:])):
        print("$", *check, flush=True)  # noqa: T201 - a command line tool speaks on stdout
        command = [str(bin_folder / check[0]), *check[1:]]
        if subprocess.run(command, cwd=_ROOT, check=False).returncode:
            failed.append(" ".join(check))
    if failed:
        print("failed:", ", ".join(failed), file=sys.stderr)  # noqa: T201 - as above
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
