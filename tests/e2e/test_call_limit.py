"""An export that may make no more calls stops there, and goes on when it may."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from datosnap.errors import CallLimitError
from datosnap.flows.connecting import connected
from datosnap.flows.export import ExportReport, export_project
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.progress import Silent
from datosnap.store.snapshot import Snapshot
from tests.conftest import SampleProject
from tests.support.sandboxes import settings


def export(sample: SampleProject, place: Path, *, calls: int | None = None) -> ExportReport:
    """Export the sample project in this process, with so many calls at most."""

    async def run() -> ExportReport:
        target = settings(sample.server.base_url, sample.token)
        async with connected(target) as (client, assets):
            if calls is not None:
                client.allow_calls(calls)
            options = ExportOptions(place, history=True)
            return await export_project(client, assets, options, Silent())

    return anyio.run(run)


@pytest.mark.parametrize("calls", [2, 10, 30, 60, 200])
def test_the_limit_is_kept_to_the_call_and_the_work_is_not_lost(
    sample: SampleProject, tmp_path: Path, calls: int
) -> None:
    """Stopped at the limit there is no snapshot; without one the same export is completed."""
    with pytest.raises((CallLimitError, BaseExceptionGroup)) as stopped:
        export(sample, tmp_path / "out", calls=calls)
    assert first(stopped.value).exit_code == 2
    assert f"after {calls} calls" in str(first(stopped.value))
    assert not (tmp_path / "out" / "manifest.json").exists()

    report = export(sample, tmp_path / "out")

    undisturbed = export(sample, tmp_path / "whole")
    again, whole = Snapshot.open(tmp_path / "out"), Snapshot.open(tmp_path / "whole")
    for kind in ("current", "published", "history", "uploads"):
        assert list(again.rows(kind)) == list(whole.rows(kind))
    spent = report.manifest.facts.api_calls
    # What was under way when it stopped, and the opening of the second run, are paid twice.
    assert spent <= undisturbed.manifest.facts.api_calls + 6 + 12 + 3


def first(error: BaseException) -> CallLimitError:
    """Give the one failure inside whatever it came in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, CallLimitError)
    return error
