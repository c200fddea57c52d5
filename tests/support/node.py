"""The official clients, installed once and run as processes.

Their exact versions and hashes are pinned in `tests/contract/js`; `npm ci` puts them beside the
scenario, where git ignores them, and does so again only when the pins change.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from datosnap.core.jsontext import Json, JsonObject, decode, decode_object
from tests.support.sandboxes import environment

FOLDER = Path(__file__).resolve().parents[1] / "contract" / "js"
NODE_VERSION_MIN = 20
_MODULES = FOLDER / "node_modules"
_INSTALL_S = 600
_RUN_S = 120


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one named check of the scenario."""

    suite: str
    name: str
    ok: bool
    error: str

    @classmethod
    def of(cls, line: JsonObject) -> Check:
        """Read a line of the scenario."""
        return cls(line["suite"], line["name"], line["ok"], line.get("error", ""))


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run of the scenario told."""

    code: int
    checks: tuple[Check, ...]
    err: str

    @property
    def failed(self) -> list[Check]:
        """Give the checks that did not hold."""
        return [check for check in self.checks if not check.ok]


@dataclass(frozen=True, slots=True)
class Done:
    """How a command of the official tool ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Json:
        """Read what it answered."""
        assert self.code == 0, self.err
        return decode(self.out)


def why_not() -> str | None:
    """Say why nothing of Node can run here; None when it can."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    version = _run(["node", "--version"]).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < NODE_VERSION_MIN:
        return f"node {version} is older than {NODE_VERSION_MIN}"
    return None


def install() -> None:
    """Install the pinned packages, unless they are there.

    Raises: AssertionError with npm's words when it cannot.
    """
    stamp = _MODULES / ".datosnap-pins"
    pins = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    with FileLock(FOLDER / ".install.lock"):
        if stamp.exists() and stamp.read_text("ascii") == pins:
            return
        done = _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], _INSTALL_S)
        assert done.returncode == 0, done.stderr
        stamp.write_text(pins, "ascii")


def judge(base_url: str, *flags: str) -> Judged:
    """Run the scenario against a sandbox."""
    done = _run(["node", "scenario.mjs", base_url, *flags])
    checks = tuple(Check.of(decode_object(line)) for line in done.stdout.splitlines())
    return Judged(done.returncode, checks, done.stderr)


def known_endpoints() -> set[str]:
    """Give method and path of everything that the client can ask, variables as `{}`."""
    table = _MODULES / "@datocms" / "cma-client" / "resources.json"
    return {
        f"{row['method']} {re.sub(r'[$]{[^}]*}', '{}', row['urlTemplate'])}"
        for resource in decode(table.read_bytes())
        for row in resource["endpoints"]
    }


def datocms(*arguments: str, folder: Path) -> Done:
    """Run the official command line tool in a folder, which is its home too."""
    command = str(_MODULES / "datocms" / "bin" / "run")
    homes = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"))
    settings = {name: str(folder / ".home") for name in homes}
    settings["DATOCMS_SKIP_NEW_VERSION_CHECK"] = "true"
    done = _run(["node", command, *arguments], folder=folder, variables=settings)
    return Done(done.returncode, done.stdout, done.stderr)


def _run(
    command: list[str],
    patience_s: int = _RUN_S,
    *,
    folder: Path = FOLDER,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=environment({"NODE_NO_WARNINGS": "1", "NO_COLOR": "1", **(variables or {})}),
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
        stdin=subprocess.DEVNULL,
    )
