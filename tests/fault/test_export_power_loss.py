"""The power goes at any call of an export: what was not durable is kept, dropped or torn."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from random import Random

import pytest

from datosnap.flows.exporting.options import ExportOptions
from datosnap.store.names import MARKER
from datosnap.store.verification import check
from tests.support.disk import ProcessEnded, ending_process
from tests.support.exporting import Outcome, content_of
from tests.support.in_process import InProcess, add_upload
from tests.support.small_projects import SmallProject, small_project


def tiny() -> SmallProject:
    """Make a project with records of every kind and two assets."""
    project = small_project(1, posts=4, notes=3)
    add_upload(project, "a.txt", b"a")
    add_upload(project, "b.txt", b"b")
    return project


def export(project: SmallProject, root: Path, *, restart: bool = False) -> Outcome:
    """Export it."""
    return InProcess(project).export(ExportOptions(root, history=True, restart=restart))


def cut_off(project: SmallProject, root: Path, at: int, draw: Random) -> bool:
    """Export until the power goes before a call; tell whether it came to that."""
    with ending_process(at) as disk:
        try:
            export(project, root)
        except (ProcessEnded, BaseExceptionGroup):
            assert disk.fired
    if disk.fired:
        disk.lose_power(draw)
    return bool(disk.fired)


def sweep(tmp_path: Path, seed: int, step: int) -> tuple[int, int]:
    """Cut the power at every so many calls; give how often, and after how many it started over."""
    project, cuts, started_over = tiny(), 0, 0
    assert export(project, tmp_path / "fair").code == 0
    fair = content_of(tmp_path / "fair")
    for at in count(1 + seed % step, step):
        root = tmp_path / str(at)
        if not cut_off(project, root, at, Random(seed * 1_000 + at)):  # noqa: S311 - repeatable
            break
        cuts += 1
        if (root / "manifest.json").exists():
            assert check(root).damages == (), at
            if not (root / MARKER).exists():
                # Only its lock was still to be let go: there is nothing to go on with.
                assert content_of(root) == fair, at
                continue
        ended = export(project, root)
        if ended.code == 4:
            started_over += 1
            ended = export(project, root, restart=True)
        assert ended.code == 0, (at, ended.error)
        assert content_of(root) == fair, at
    return cuts, started_over


@pytest.mark.parametrize("seed", range(3))
def test_an_export_goes_on_after_a_loss_of_power(tmp_path: Path, seed: int) -> None:
    """The same command completes it, equal to an undisturbed one; a manifest is never half true."""
    cuts, started_over = sweep(tmp_path, seed, 17)

    assert cuts > 15
    assert started_over == 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 103))
def test_an_export_goes_on_after_any_loss_of_power(tmp_path: Path, seed: int) -> None:
    """At every call, with three fates of what was not durable."""
    cuts, started_over = sweep(tmp_path, seed, 1)

    assert cuts > 300
    assert started_over == 0
