"""What an import promises beside equality: it can be planned, repeated, and told no."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import SampleProject
from tests.support.sample_dumps import FOLDER
from tests.support.sandboxes import datosnap, reach

_SNAPSHOT = FOLDER / "ndjson"


def test_a_dry_run_prints_the_plan_and_writes_nothing(
    sample: SampleProject, tmp_path: Path
) -> None:
    """The plan counts what would be made; the target stays empty and no state is left."""
    target = reach(sample.server, sample.server.new_project())
    state = tmp_path / "state"

    ended = datosnap("import", _SNAPSHOT, *target, "--dry-run", "--state", state, folder=tmp_path)

    assert ended.code == 0, ended.err
    assert "Plan: into Empty" in ended.out
    assert "article" in ended.out
    assert not state.exists()
    assert models(target, tmp_path) == 0


def test_importing_again_writes_nothing(sample: SampleProject, tmp_path: Path) -> None:
    """The second run finds everything done: no write, and the target stays as it is."""
    token = sample.server.new_project()
    target = reach(sample.server, token)
    command: tuple[str | Path, ...] = ("import", _SNAPSHOT, *target, "--state", "state", "--json")
    first = datosnap(*command, folder=tmp_path)
    assert first.code == 0, first.err
    before = changed_at(sample, token)

    second = datosnap(*command, folder=tmp_path)

    assert second.code == 0, second.err
    assert set(second.document["written"].values()) == {0}
    assert changed_at(sample, token) == before
    assert second.document["calls"] < first.document["calls"] / 10


def test_a_journal_of_another_import_is_not_taken_up(sample: SampleProject, tmp_path: Path) -> None:
    """The state of one import, given to another with other ids, is refused by name."""
    target = reach(sample.server, sample.server.new_project())
    command: tuple[str | Path, ...] = ("import", _SNAPSHOT, *target, "--state", "state")
    first = datosnap(*command, folder=tmp_path)
    assert first.code == 0, first.err

    other = datosnap(*command, "--ids", "remap", folder=tmp_path)

    assert other.code == 2
    assert "belongs to another run" in other.err


def test_ids_that_are_taken_cannot_be_preserved(sample: SampleProject, tmp_path: Path) -> None:
    """`--ids preserve` where an import gave new ids is refused before any write."""
    target = reach(sample.server, sample.server.new_project())
    command: tuple[str | Path, ...] = ("import", _SNAPSHOT, *target, "--ids")
    first = datosnap(*command, "remap", "--state", "first", folder=tmp_path)
    assert first.code == 0, first.err

    ended = datosnap(*command, "preserve", "--state", "second", folder=tmp_path)

    assert ended.code == 2
    assert "--ids auto maps the one to the other" in ended.err


def test_the_id_map_names_every_entity(sample: SampleProject, tmp_path: Path) -> None:
    """Each line of the map gives kind, source and target; under remap no id is kept."""
    target = reach(sample.server, sample.server.new_project())
    options = ("--ids", "remap", "--state", "state", "--json")
    ended = datosnap("import", _SNAPSHOT, *target, *options, folder=tmp_path)

    assert ended.code == 0, ended.err
    rows = (tmp_path / "state" / "id-map.ndjson").read_text().splitlines()
    assert len(rows) == ended.document["plan"]["ids_derived"]
    source_ids = {line.split('"')[7] for line in rows}
    target_ids = {line.split('"')[11] for line in rows}
    assert len(target_ids) == len(rows)
    assert not source_ids & target_ids


def models(target: tuple[str, ...], folder: Path) -> int:
    """Count the models of a project."""
    ended = datosnap("export", "probe", *target, "--json", folder=folder)
    assert ended.code == 0, ended.err
    return len(ended.document["facts"]["totals"])


def changed_at(sample: SampleProject, token: str) -> str:
    """Tell when a project's content was changed last."""
    worlds = sample.server.world.projects.values()
    project = next(one for one in worlds if token in one.tokens)
    return project.environments["main"].last_data_change_at


def test_the_state_of_an_import_never_lies_in_the_snapshot(
    sample: SampleProject, tmp_path: Path
) -> None:
    """A snapshot is never written to, not even with a journal."""
    target = reach(sample.server, sample.server.new_project())

    ended = datosnap("import", _SNAPSHOT, *target, "--state", _SNAPSHOT / "state", folder=tmp_path)

    assert ended.code == 2
    assert "--state" in ended.err
    assert not (_SNAPSHOT / "state").exists()
