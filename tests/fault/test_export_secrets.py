"""The token is written nowhere: not in a snapshot, nor in its remains, nor on a screen or a log."""

from __future__ import annotations

import base64
import logging
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pytest

from datosnap.flows.exporting.options import ExportOptions
from datosnap.sandbox.fault_acts import Answer
from datosnap.sandbox.faults import Fault, nth
from datosnap.sandbox.server import Running
from tests.support.exporting import outcome, served, settings_of
from tests.support.killing import journal_lines, killed_when
from tests.support.sandboxes import Ended, datosnap
from tests.support.small_projects import SmallProject, small_project

CANARY = "tok3n/canary+4f9a7c21"
SPELLINGS = tuple(
    spelling.encode()
    for spelling in (
        CANARY,
        quote(CANARY, safe=""),
        quote(CANARY),
        base64.b64encode(CANARY.encode()).decode()[:-4],
        CANARY.encode().hex(),
    )
)
_PAGE = "GET /items?page[offset]=30"


def canary_project(seed: int, **sizes: int) -> SmallProject:
    """Make a project whose token is the canary, which the list of tokens tells too."""
    project = small_project(seed, **sizes)
    held = project.api.project
    held.tokens[CANARY] = held.tokens.pop(project.token)
    (listed,) = held.of_type("access_token").values()
    listed["attributes"] = {**listed["attributes"], "token": CANARY}
    project.api.token = CANARY
    return project


def assert_nowhere(place: Path, *shown: str) -> int:
    """Assert that no spelling of the canary is in any file or text; give how many were read."""
    texts = [one.encode() for one in shown]
    for path in place.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            texts += [data, *_unpacked(path, data)]
    for text in texts:
        assert [one for one in SPELLINGS if one in text] == []
    return len(texts)


def _unpacked(path: Path, data: bytes) -> Iterator[bytes]:
    """Unpack zstd, frame by frame, as far as it goes: a run may have been cut off within one."""
    if path.suffix == ".zst":
        try:
            with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
                yield stream.read()
        except (OSError, pa.ArrowException):
            return


def command(server: Running, place: Path, folder: Path) -> Ended:
    """Export by the installed command, the token coming by the environment."""
    return datosnap(
        *("export", place, "--base-url", server.base_url, "--history", "all"),
        folder=folder,
        variables={"DATOCMS_API_TOKEN": CANARY},
    )


@pytest.mark.parametrize("options", [(), ("--json",), ("--log-json",), ("--format", "parquet")])
def test_a_successful_export_does_not_show_the_token(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Nothing of it in the snapshot, the report and the progress."""
    project = canary_project(1, posts=35)
    with served(project) as server:
        ended = datosnap(
            *("export", "out", "--base-url", server.base_url, *options),
            folder=tmp_path,
            variables={"DATOCMS_API_TOKEN": CANARY},
        )

    assert ended.code == 0, ended.err
    assert assert_nowhere(tmp_path, ended.out, ended.err) > 20


def test_a_failed_export_and_the_one_that_goes_on_do_not_show_it(tmp_path: Path) -> None:
    """Remains, journal and message of the failure, and all of the run after it, are clean."""
    project = canary_project(2, posts=70)
    with served(project, Fault(_PAGE, Answer(422, {"data": []}), nth(1))) as server:
        failed = command(server, tmp_path / "out", tmp_path)
        assert server.fired
        assert failed.code == 13, failed.err
        assert not (tmp_path / "out" / "manifest.json").exists()
        assert assert_nowhere(tmp_path, failed.out, failed.err) > 5

        ended = command(server, tmp_path / "out", tmp_path)
    assert ended.code == 0, ended.err
    assert_nowhere(tmp_path, ended.out, ended.err)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_export_and_the_one_that_goes_on_do_not_show_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    """What a signal leaves behind is clean, and so is what is made of it."""
    project, place = canary_project(3, posts=200), tmp_path / "out"
    with served(project) as server:
        given = ("export", place, "--base-url", server.base_url, "--api-token", CANARY)
        killed_when(
            [*given, "--history", "all"], lambda: journal_lines(place) > 30, tmp_path, number
        )
        assert (place / ".datosnap-journal.ndjson").exists()
        assert assert_nowhere(tmp_path) > 5

        ended = command(server, place, tmp_path)
    assert ended.code == 0, ended.err
    assert_nowhere(tmp_path, ended.out, ended.err)


@pytest.mark.parametrize("refused", [False, True])
def test_logs_at_the_lowest_level_do_not_show_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, refused: bool
) -> None:
    """With everything logged that libraries can log, in a good run and in a refused one."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "anyio", "asyncio", "filelock"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    project = canary_project(4, posts=12, notes=4)
    faults = [Fault("GET /items", Answer(401, {"data": []}))] if refused else []
    with served(project, *faults) as server:
        settings = settings_of(server.base_url, CANARY)
        ended = outcome(settings, ExportOptions(tmp_path / "out", history=True))

    assert ended.code == (12 if refused else 0), ended.error
    assert caplog.records
    assert_nowhere(tmp_path, caplog.text, repr(ended), repr(settings))


def test_the_search_would_find_it(tmp_path: Path) -> None:
    """With --include-secrets the list of tokens is kept as it is, and the canary is in it."""
    project = canary_project(5, posts=3, notes=3)
    with served(project) as server:
        ended = datosnap(
            *("export", "out", "--base-url", server.base_url, "--include-secrets"),
            folder=tmp_path,
            variables={"DATOCMS_API_TOKEN": CANARY},
        )
    assert ended.code == 0, ended.err

    with pytest.raises(AssertionError):
        assert_nowhere(tmp_path)
