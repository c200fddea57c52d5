"""The token of an import is written nowhere: not in what it remembers, nor on a screen or a log."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from datosnap.errors import BackupError
from datosnap.sandbox.fault_acts import Answer
from datosnap.sandbox.faults import Fault, Script, nth
from datosnap.sandbox.server import running
from datosnap.sandbox.state import World
from tests.fault.test_export_secrets import CANARY, assert_nowhere
from tests.support.importing import exported, imported_by_socket
from tests.support.killing import killed_when
from tests.support.rich_project import rich_project
from tests.support.sandboxes import Ended, datosnap
from tests.unit.sandbox.client import Client

_STATE = "state"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the rich project."""
    place = tmp_path_factory.mktemp("source") / "out"
    exported(rich_project(), place)
    return place


def canary_world() -> World:
    """Make a world of one empty project, whose token is the canary."""
    api = Client.fresh()
    api.project.tokens[CANARY] = api.project.tokens.pop(api.token)
    return api.world


def command(base_url: str, snapshot: Path, folder: Path, *options: str) -> Ended:
    """Import by the installed command, the token coming by the environment."""
    given: tuple[str | Path, ...] = ("import", snapshot, "--base-url", base_url)
    return datosnap(
        *given,
        *("--state", _STATE, *options),
        folder=folder,
        variables={"DATOCMS_API_TOKEN": CANARY},
    )


@pytest.mark.parametrize("options", [(), ("--json",), ("--dry-run",), ("--log-json",)])
def test_an_import_does_not_show_the_token(
    snapshot: Path, options: tuple[str, ...], tmp_path: Path
) -> None:
    """Nothing of it in the plan, the report, the progress and what is remembered."""
    with running(canary_world()) as server:
        done = command(server.base_url, snapshot, tmp_path, *options)

    assert done.code == 0, done.err
    assert assert_nowhere(tmp_path, done.out, done.err) > (1 if "--dry-run" in options else 4)


@pytest.mark.parametrize("status", [401, 422])
def test_a_failed_import_and_the_one_that_goes_on_do_not_show_it(
    snapshot: Path, status: int, tmp_path: Path
) -> None:
    """What the API refuses or fails at is told without it, and so is all of the run after it."""
    answer = Answer(status, {"data": []})
    fault = Fault("POST /items", answer, nth(*range(1, 60)))
    world = canary_world()
    with running(world, faults=Script((fault,))) as server:
        failed = command(server.base_url, snapshot, tmp_path)
        assert server.fired
        assert failed.code in {3, 12, 13}, failed.err
        assert_nowhere(tmp_path, failed.out, failed.err)
    with running(world) as server:
        done = command(server.base_url, snapshot, tmp_path)
    assert done.code == 0, done.err
    assert_nowhere(tmp_path, done.out, done.err)


def test_a_killed_import_and_the_one_that_goes_on_do_not_show_it(
    snapshot: Path, tmp_path: Path
) -> None:
    """What a kill leaves behind is clean, and so is what is made of it."""
    journal = tmp_path / _STATE / "journal.ndjson"
    with running(canary_world()) as server:
        given = ("import", snapshot, "--base-url", server.base_url, "--state", _STATE)
        begun = killed_when(
            [*given, "--api-token", CANARY],
            lambda: journal.exists() and journal.stat().st_size > 2_000,
            tmp_path,
        )
        assert begun
        assert assert_nowhere(tmp_path) > 1

        done = command(server.base_url, snapshot, tmp_path)
    assert done.code == 0, done.err
    assert_nowhere(tmp_path, done.out, done.err)


@pytest.mark.parametrize("refused", [False, True])
def test_logs_at_the_lowest_level_do_not_show_it(
    snapshot: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    *,
    refused: bool,
) -> None:
    """With everything logged that libraries can log, in a good run and in a refused one."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "anyio", "asyncio", "filelock"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    faults = (Fault("POST /item-types", Answer(401, {"data": []})),) if refused else ()
    told = ""
    with running(canary_world(), faults=Script(faults)) as server:
        try:
            told = repr(imported_by_socket(server.base_url, CANARY, snapshot, state=tmp_path / "s"))
        except (BackupError, BaseExceptionGroup) as error:
            told = repr(error)

    assert ("status 401" in told) == refused
    assert caplog.records
    assert_nowhere(tmp_path, caplog.text, told)
