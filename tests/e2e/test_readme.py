"""The README's commands work as they stand, and its options exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from datosnap.core.jsontext import encode
from tests.conftest import SampleProject
from tests.support.sandboxes import COMMAND, datosnap, environment

_ROOT = Path(__file__).resolve().parents[2]
_README = (_ROOT / "README.md").read_text()
_BLOCKS = re.findall(r"```sh\n(.*?)```", _README, re.DOTALL)


def commands(block: str) -> list[str]:
    """Give the commands of a block, one a line."""
    return [line for line in block.splitlines() if line]


def test_the_first_two_commands_set_themselves_up() -> None:
    """Both make a virtual environment, install from this folder and run."""
    demo, tests = (commands(block) for block in _BLOCKS[:2])

    assert len(demo) == len(tests) == 1
    assert demo[0].startswith("python3 -m venv .venv && .venv/bin/pip install")
    assert demo[0].endswith("&& .venv/bin/datosnap demo")
    assert tests[0].startswith("python3 -m venv .venv && .venv/bin/pip install")
    assert tests[0].endswith("&& .venv/bin/python -m tests")


def test_ci_runs_the_readmes_own_test_command() -> None:
    """The pattern by which CI finds its command finds the README's, and that alone."""
    pattern = re.search(r"grep -E '(.*?)' README.md", (_ROOT / ".ci" / "run").read_text())

    assert pattern is not None
    found = [line for line in _README.splitlines() if re.search(pattern[1], line)]
    assert found == commands(_BLOCKS[1])


def test_the_demo_tells_that_nothing_was_lost(tmp_path: Path) -> None:
    """The demo's own command, in an empty folder: two round trips, no difference."""
    ended = datosnap("demo", folder=tmp_path)

    assert ended.code == 0, ended.err
    assert "Nothing was lost: 0 differences after 2 round trips" in ended.out
    for name in ("lanterna-ndjson", "lanterna-parquet"):
        assert datosnap("verify", tmp_path / "datosnap-demo" / name, folder=tmp_path).code == 0


def test_the_five_commands_for_ones_own_project_work(sample: SampleProject, tmp_path: Path) -> None:
    """As they stand, the nightly one too, where a configuration file names the address."""
    profiles = {"profiles": {"default": {"baseUrl": sample.server.base_url}}}
    (tmp_path / "datocms.config.json").write_bytes(encode(profiles))
    variables = {
        "DATOCMS_API_TOKEN": sample.token,
        "EMPTY_PROJECT_API_TOKEN": sample.server.new_project(),
    }
    five, nightly = commands(_BLOCKS[2]), commands(_BLOCKS[3])

    assert len(five) == 5
    for command in (*five, *nightly):
        done = shell(command, tmp_path, variables)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "backups" / "monday" / "manifest.json").exists()


def test_the_commands_on_the_sample_dumps_work() -> None:
    """In the project's folder, the dumps verify and are equal."""
    for command in commands(_BLOCKS[4]):
        done = shell(command, _ROOT, {})
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_the_commands_that_ask_and_convert_work(tmp_path: Path) -> None:
    """Beside the dumps, as in the project's folder, without a trace in it."""
    (tmp_path / "sample_dumps").symlink_to(_ROOT / "sample_dumps")
    for command in commands(_BLOCKS[5]):
        done = shell(command, tmp_path, {"XDG_CACHE_HOME": str(tmp_path / "cache")})
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.stdout


def test_every_block_is_covered_here() -> None:
    """A new block of commands needs a test."""
    assert len(_BLOCKS) == 6


def test_every_option_in_the_readme_exists(tmp_path: Path) -> None:
    """Each `--option` is one of some command."""
    names = (
        *("demo", "export", "import", "clone", "verify", "show", "diff", "doctor", "sandbox"),
        *("convert", "query"),
    )
    help_texts = "".join(datosnap(name, "--help", folder=tmp_path).out for name in names)
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", _README)) - {"--quiet", "--editable"}

    assert told
    assert {one for one in told if one not in help_texts} == set()


def shell(
    command: str, folder: Path, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a line as a shell would, with the installed command on its path."""
    found = {**environment(variables)}
    found["PATH"] = f"{Path(COMMAND).parent}:{found['PATH']}"
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=found,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
