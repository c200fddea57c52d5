"""A clone is an export and an import that remember where they were, whichever was cut off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import pytest

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client as ApiClient
from datosnap.api.client import ClientSettings
from datosnap.api.token import Token
from datosnap.api.wire import Answer
from datosnap.core.remapping import IdMap
from datosnap.core.retrying import Failure, Kind
from datosnap.core.selecting import Selection
from datosnap.errors import OutcomeUnknownError, UnavailableError, UsageError
from datosnap.flows.clone import CloneOptions, CloneReport, clone
from datosnap.flows.export import ExportReport
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.progress import Progress, Silent
from datosnap.flows.restore import RestoreOptions
from datosnap.flows.restoring.plan import Plan
from datosnap.flows.restoring.run import Counts
from datosnap.store.clone_state import unfinished_clones
from datosnap.store.locations import Where
from datosnap.store.manifest import Manifest
from tests.support.importing import (
    BASE_URL,
    Asked,
    CarryOut,
    Wires,
    beside,
    compared,
    environment_of,
    exported,
)
from tests.support.scripted import ScriptedTime
from tests.support.small_projects import small_project
from tests.unit.sandbox.client import Client

_NOWHERE = Path()
# Somebody who answers nothing at all.
_SILENCE = Failure(Kind.UNREACHABLE, "nobody answers")


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what clones remember in the test's folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@dataclass
class Pair:
    """A source, a destination, the wires to each, and what a clone showed."""

    source: Client
    destination: Client
    wires: dict[str, Wires] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    silent_from: int = 10**9

    def __post_init__(self) -> None:
        """Lay the wires, one of each project."""
        for one in (self.source, self.destination):
            self.wires.setdefault(one.token, Wires(one, self.answer))

    def answer(self, asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        """Answer until it is time to fall silent."""
        self.silent_from -= asked.is_write
        return _SILENCE if self.silent_from < 0 else carry_out()

    @asynccontextmanager
    async def connect(
        self, settings: ClientSettings, _: Progress | None = None, /
    ) -> AsyncIterator[tuple[ApiClient, AssetClient]]:
        """Open clients over the wires of the token's project."""
        timing = ScriptedTime()
        wires = self.wires[settings.token.reveal()]
        async with (
            ApiClient(settings, timing=timing, open_wire=wires.open) as client,
            AssetClient(allow_private=True, timing=timing, connect=wires.connect) as assets,
        ):
            yield client, assets

    def taken_before(self, manifest: Manifest) -> None:
        """Note that an earlier run had taken the snapshot."""
        assert manifest.complete
        self.shown.append("taken before")

    def exported(self, report: ExportReport) -> None:
        """Note that the snapshot was taken."""
        assert report.manifest.complete
        self.shown.append("exported")

    def planned(self, plan: Plan) -> None:
        """Note the plan."""
        assert plan.models
        self.shown.append("planned")

    def run(
        self,
        *,
        into: str | None = None,
        create: bool = False,
        keep: Where | None = None,
        restart: bool = False,
        dry_run: bool = False,
        models: tuple[str, ...] = (),
    ) -> CloneReport:
        """Clone; raises the first cause of a failure."""
        options = CloneOptions(
            ExportOptions(_NOWHERE, models=models, assets="referenced" if models else "all"),
            RestoreOptions(
                _NOWHERE, environment=into, dry_run=dry_run, selection=Selection(models)
            ),
            keep=keep,
            create_environment=create,
            restart=restart,
        )
        settings = [
            ClientSettings(base_url=BASE_URL, token=Token(one.token), patience_s=5)
            for one in (self.source, self.destination)
        ]

        async def flow() -> CloneReport:
            return await clone(
                settings[0], settings[1], options, Silent(), show=self, connect=self.connect
            )

        try:
            return anyio.run(flow)
        except BaseExceptionGroup as group:
            first: BaseException = group
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise first from None


def two_projects() -> Pair:
    """Make a project with content, and an empty one beside it."""
    source = small_project(1, posts=6, notes=4).api
    return Pair(source, beside(source))


def differences(pair: Pair, ids: IdMap, folder: Path) -> int:
    """Export both and count in how many places they differ."""
    for name, api in (("left", pair.source), ("right", pair.destination)):
        exported(api, folder / name)
    return compared(folder / "left", folder / "right", ids).total


def test_one_project_comes_into_another(tmp_path: Path) -> None:
    """Equal in the end; shown in order; nothing stays but the ids."""
    pair = two_projects()

    done = pair.run()

    assert pair.shown == ["exported", "planned"]
    assert differences(pair, done.restored.ids, tmp_path) == 0
    assert (done.environment, done.kept, done.taken_before) == ("main", None, None)
    assert unfinished_clones() == ()
    kept = {one.name for one in (tmp_path / "state").rglob("*") if one.is_file()}
    assert "id-map.ndjson" in kept
    assert "manifest.json" not in kept


@pytest.mark.parametrize("writes", [0, 3, 12])
def test_what_was_cut_off_in_the_import_is_not_exported_again(tmp_path: Path, writes: int) -> None:
    """The same command goes on from the snapshot that was taken, and the end is equal.

    What lies on the disk meanwhile tells neither token.
    """
    pair = two_projects()
    pair.silent_from = writes
    with pytest.raises(UnavailableError):
        pair.run()
    assert len(unfinished_clones()) == 1
    kept = [one.read_bytes() for one in (tmp_path / "state").rglob("*") if one.is_file()]
    assert not any(one.token.encode() in b"".join(kept) for one in (pair.source, pair.destination))
    pair.silent_from = 10**9
    before = len(pair.wires[pair.source.token].asked)

    done = pair.run()

    assert pair.shown == ["exported", "planned", "taken before", "planned"]
    assert done.exported is None
    assert done.taken_before is not None
    # Who it is, and where: no more is asked of the source.
    assert len(pair.wires[pair.source.token].asked) == before + 2
    assert differences(pair, done.restored.ids, tmp_path) == 0


def test_what_was_cut_off_in_the_export_goes_on_there() -> None:
    """What was read is not asked for again."""
    pair = two_projects()
    wires = pair.wires[pair.source.token]
    read = pair.answer

    def fall_silent(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        return _SILENCE if asked.path == "/uploads" else read(asked, carry_out)

    wires.hook = fall_silent
    with pytest.raises(UnavailableError):
        pair.run()
    lists = [one for one in wires.asked if one.path == "/items"]
    wires.hook = read

    done = pair.run()

    assert done.exported is not None
    assert done.exported.manifest.complete
    again = [one for one in wires.asked if one.path == "/items"][len(lists) :]
    # Only the sweep looks at the lists once more.
    assert len(again) <= len(lists)
    assert done.restored.written.records == 10


def test_a_part_is_exported_and_imported_alone() -> None:
    """Of one model neither half knows the other's records."""
    pair = two_projects()

    done = pair.run(models=("note",))

    assert done.restored.gaps == ()
    assert len(pair.destination.main.items) == done.restored.written.records == 4
    assert done.exported is not None
    assert [one.model for one in done.exported.manifest.facts.totals] == ["note"]


def test_a_kept_snapshot_is_never_taken_for_a_new_one(tmp_path: Path) -> None:
    """It stays where it was asked for; a finished clone does not go on from it."""
    pair = two_projects()

    done = pair.run(keep=tmp_path / "kept")

    assert done.kept == tmp_path / "kept"
    assert (tmp_path / "kept" / "manifest.json").exists()
    with pytest.raises(UsageError, match="already holds a snapshot"):
        pair.run(keep=tmp_path / "kept")


def test_a_dry_run_goes_no_further_than_the_plan(tmp_path: Path) -> None:
    """Nothing is written; another clone is refused until it is thrown away."""
    pair = two_projects()

    pair.run(dry_run=True)

    assert pair.wires[pair.destination.token].writes == []
    with pytest.raises(UsageError, match="--restart") as refused:
        pair.run(keep=tmp_path / "kept")
    assert "snapshot" in str(refused.value)
    assert pair.run(keep=tmp_path / "kept", restart=True).exported is not None


def test_an_environment_is_made_for_the_clone_once(tmp_path: Path) -> None:
    """A fork of the destination's primary one; a dry run plans against that and makes none."""
    pair = two_projects()
    assert pair.run(into="staging", create=True, dry_run=True).restored.state is None
    assert list(pair.destination.project.environments) == ["main"]

    done = pair.run(into="staging", create=True)

    assert done.environment == "staging"
    fork = pair.destination.project.environments["staging"]
    assert (fork.forked_from, len(fork.items)) == ("main", 10)
    assert not environment_of(pair.destination).items
    headers = {**pair.destination.headers, "x-environment": "staging"}
    staging = replace(pair, destination=replace(pair.destination, headers=headers))
    assert differences(staging, done.restored.ids, tmp_path) == 0


def test_one_environment_comes_into_another_again_and_again(tmp_path: Path) -> None:
    """Ids stay, only what changed is written, and nothing when nothing did."""
    project = small_project(1, posts=6, notes=4)
    pair = Pair(project.api, project.api)
    wires = pair.wires[project.token]
    first = pair.run(into="staging", create=True)
    assert first.restored.written == Counts()
    project.edit(project.ids("post")[0])

    second = pair.run(into="staging", create=True)
    before = len(wires.writes)
    third = pair.run(into="staging", create=True)

    # The record's content, and its publication where it is published.
    assert second.restored.gaps == ()
    assert second.restored.written.updated + second.restored.written.second_writes == 1
    assert third.restored.written == Counts()
    assert len(wires.writes) == before
    headers = {**project.api.headers, "x-environment": "staging"}
    staging = replace(pair, destination=replace(project.api, headers=headers))
    assert differences(staging, IdMap(), tmp_path) == 0


def test_an_environment_whose_making_was_not_answered_is_used() -> None:
    """The fork is there all the same; the same command finds it and goes on."""
    pair = two_projects()
    wires = pair.wires[pair.destination.token]
    fairly = wires.hook

    def lose(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        answer = fairly(asked, carry_out)
        return Failure(Kind.LOST, "lost") if asked.path.endswith("/fork") else answer

    wires.hook = lose
    with pytest.raises(OutcomeUnknownError):
        pair.run(into="staging", create=True)
    assert "staging" in pair.destination.project.environments
    wires.hook = fairly

    done = pair.run(into="staging", create=True)

    assert (done.exported, done.restored.written.records) == (None, 10)


@pytest.mark.parametrize(
    ("into", "create", "complaint"),
    [
        (None, False, "source and destination are both environment main of project"),
        ("main", True, "source and destination are both environment main of project"),
        (None, True, "expected --destination-environment"),
        ("nowhere", False, "unknown environment 'nowhere'"),
    ],
)
def test_ends_that_cannot_be_meant_are_refused(
    into: str | None, complaint: str, *, create: bool
) -> None:
    """Before anything is read from the source or made in the destination."""
    source = small_project(1, posts=1, notes=1).api
    pair = Pair(source, source)

    with pytest.raises(UsageError, match=complaint):
        pair.run(into=into, create=create)

    assert not pair.shown
    assert pair.wires[source.token].writes == []
