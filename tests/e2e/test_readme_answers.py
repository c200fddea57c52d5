"""What the README says that questions and programs give is what they give."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from datosnap.cli.main import cli
from tests.support.sandboxes import environment

_ROOT = Path(__file__).resolve().parents[2]
_README = (_ROOT / "README.md").read_text()
_QUESTIONS = re.findall(r"```sql\n(.*?)```\n\n```text\n(.*?)```", _README, re.DOTALL)
_PROGRAMS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", _README, re.DOTALL)


def test_there_are_six_questions_and_a_program() -> None:
    """None of them stands there without its answer."""
    assert len(_QUESTIONS) == _README.count("```sql\n") == 6
    assert len(_PROGRAMS) == _README.count("```python\n") == 1


@pytest.mark.parametrize("dump", ["ndjson", "parquet"])
@pytest.mark.parametrize("number", range(6))
def test_question_has_the_answer_that_stands_below_it(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: int,
    dump: str,
) -> None:
    """To the letter, from either format."""
    sql, told = _QUESTIONS[number]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "readme-cache"))

    cli.main(["query", str(_ROOT / "sample_dumps" / dump), sql], standalone_mode=False)
    assert capsys.readouterr().out == told


def test_program_prints_what_stands_below_it(tmp_path: Path) -> None:
    """As a script of its own, in the project's folder."""
    program, told = _PROGRAMS[0]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=_ROOT,
        env=environment({"XDG_CACHE_HOME": str(tmp_path)}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == told
