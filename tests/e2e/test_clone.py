"""A clone takes one project or environment straight into another, twice, and after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import SampleProject
from tests.support.killing import killed_when
from tests.support.sandboxes import Ended, datosnap, reach


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the commands of a test keep their state in a folder of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def between(sample: SampleProject, source: str, destination: str) -> tuple[str, ...]:
    """Give the options that name two projects of the sandbox."""
    named = (("source", source), ("destination", destination))
    return tuple(
        part
        for side, token in named
        for part in (f"--{side}-api-token", token, f"--{side}-base-url", sample.server.base_url)
    )


def run(*arguments: str | Path, folder: Path) -> Ended:
    """Run a clone."""
    return datosnap("clone", *arguments, folder=folder)


def left(home: Path, name: str) -> list[Path]:
    """Give what of that name the state folder still has."""
    return list(home.rglob(name))


def test_a_clone_puts_one_project_into_another(
    sample: SampleProject, tmp_path: Path, home: Path
) -> None:
    """Both exports are equal but for the ids, and no temporary snapshot stays."""
    token = sample.server.new_project()
    options = between(sample, sample.token, token)

    done = run(*options, "--ids", "remap", "--json", folder=tmp_path)

    assert done.code == 0, done.err
    assert done.document["snapshot"] is None
    assert done.document["exported"]["complete"] is True
    assert left(home, "manifest.json") == left(home, "clone.json") == []
    for name, each in (("left", sample.reach), ("right", reach(sample.server, token))):
        assert datosnap("export", name, *each, folder=tmp_path).code == 0
    id_map = done.document["restored"]["id_map"]
    compared = datosnap("diff", "left", "right", "--id-map", id_map, folder=tmp_path)
    assert compared.code == 0, compared.out


def test_a_killed_clone_goes_on_where_it_was(
    sample: SampleProject, tmp_path: Path, home: Path
) -> None:
    """Killed within the import, the same command finishes without another export."""
    options = between(sample, sample.token, sample.server.new_project())

    def has_begun_to_import() -> bool:
        return any(
            one.stat().st_size > 3_000 for one in home.glob("datosnap/*/import/journal.ndjson")
        )

    assert killed_when(("clone", *options), has_begun_to_import, tmp_path)

    assert len(left(home, "clone.json")) == 1
    done = run(*options, "--json", folder=tmp_path)
    assert done.code == 0, done.err
    assert done.document["exported"] is None
    assert done.document["restored"]["written"]["records"] > 0
    assert left(home, "clone.json") == []


def test_a_clone_that_was_cut_off_is_not_finished_as_another(
    sample: SampleProject, tmp_path: Path
) -> None:
    """Other options than those it was begun with are refused; `--restart` throws it away.

    What is kept is whole, and no later clone takes it for its own.
    """
    options = between(sample, sample.token, sample.server.new_project())
    assert run(*options, "--dry-run", folder=tmp_path).code == 0

    other = run(*options, "--keep", "kept", folder=tmp_path)

    assert other.code == 2
    assert "--restart" in other.err
    afresh = run(*options, "--keep", "kept", "--restart", folder=tmp_path)
    assert afresh.code == 0, afresh.err
    for words in ("Exported", "Plan: into Empty", "Imported"):
        assert words in afresh.out
    assert datosnap("verify", "kept", folder=tmp_path).code == 0
    again = run(*options, "--keep", "kept", folder=tmp_path)
    assert again.code == 2
    assert "already holds a snapshot" in again.err
