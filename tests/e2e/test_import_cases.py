"""Everything the API can hold, case by case, comes back equal, with ids kept and with new ones.

`pytest tests/e2e/test_import_cases.py -v` prints the table: case, target and ids policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

import pytest

from datosnap.core.matching import OnConflict
from datosnap.core.remapping import IdPolicy
from datosnap.store.snapshot import Snapshot
from tests.support.authoring import Author
from tests.support.case import Case
from tests.support.case_blocks import CASES as BLOCKS
from tests.support.case_links import CASES as LINKS
from tests.support.case_places import CASES as PLACES
from tests.support.case_states import CASES as STATES
from tests.support.case_uploads import CASES as UPLOADS
from tests.support.case_values import CASES as VALUES
from tests.support.damage import clear, damage
from tests.support.holdings import all_ids, differences, holdings, ids_in
from tests.support.importing import (
    Imported,
    beside,
    compared,
    environment_of,
    exported,
    fork_of,
    imported,
    rows_of,
)
from tests.support.scratch import scratch
from tests.unit.sandbox.client import Client

CASES = (*VALUES, *BLOCKS, *LINKS, *PLACES, *STATES, *UPLOADS)


@dataclass(slots=True)
class Sources:
    """The project of each case and its snapshot, made when the first test asks for it."""

    folder: Path
    made: dict[str, Client] = field(default_factory=dict)

    def of(self, case: Case) -> tuple[Client, Path]:
        """Give a case's project, to which nothing may be written, and its snapshot."""
        root = self.folder / case.name.replace(" ", "-")
        if case.name not in self.made:
            api = Client.fresh()
            case.build(Author(api))
            report = exported(api, root)
            assert not report.manifest.facts.gaps
            self.made[case.name] = api
        return self.made[case.name], root


@pytest.fixture(scope="module")
def sources() -> Iterator[Sources]:
    """Give the projects of all cases."""
    with ExitStack() as stack:
        yield Sources(stack.enter_context(scratch()))


@pytest.mark.parametrize("policy", [IdPolicy.PRESERVE, IdPolicy.REMAP])
@pytest.mark.parametrize("case", CASES, ids=[one.name for one in CASES])
def test_into_an_empty_project(
    sources: Sources, case: Case, policy: IdPolicy, tmp_path: Path
) -> None:
    """The copy equals the source for both judges; under remap no old id is left in it."""
    source, snapshot = sources.of(case)
    target = beside(source)

    done = imported(target, snapshot, ids=policy, state=tmp_path / "state")

    assert [kind for kind, _, _ in done.gaps] == list(case.gaps), done.gaps
    assert_equal(source, snapshot, target, done, tmp_path / "back")
    if policy is IdPolicy.REMAP:
        assert not ids_in(rows_of(tmp_path / "back"), all_ids(source.main))
    else:
        assert all(old == new for _, old, new in done.report.ids)


@pytest.mark.parametrize("case", CASES, ids=[one.name for one in CASES])
def test_into_a_damaged_fork(sources: Sources, case: Case, tmp_path: Path) -> None:
    """Records of a fork that were deleted, emptied or taken back are as they were."""
    source, snapshot = sources.of(case)
    target = fork_of(source, f"damaged-{len(source.project.environments)}")
    changed = damage(target)

    bring = partial(
        imported,
        target,
        snapshot,
        ids=IdPolicy.AUTO,
        state=tmp_path / "state",
        on_conflict=OnConflict.UPDATE,
    )
    done = bring()

    assert [kind for kind, _, _ in done.gaps] == list(case.gaps), done.gaps
    assert bool(done.wires.writes) == bool(changed)
    assert_equal(source, snapshot, target, done, tmp_path / "back")
    assert bring().wires.writes == []


@pytest.mark.parametrize("case", CASES, ids=[one.name for one in CASES])
def test_into_an_emptied_fork_with_new_ids(sources: Sources, case: Case, tmp_path: Path) -> None:
    """In a fork whose records are gone all come back under new ids; its schema is left alone."""
    source, snapshot = sources.of(case)
    target = fork_of(source, f"emptied-{len(source.project.environments)}")
    clear(environment_of(target))

    done = imported(target, snapshot, ids=IdPolicy.REMAP, state=tmp_path / "state")

    assert [kind for kind, _, _ in done.gaps] == list(case.gaps), done.gaps
    assert_equal(source, snapshot, target, done, tmp_path / "back")
    rows = Snapshot.open(tmp_path / "back").rows
    ids = set(source.main.items) | set(source.main.of_type("upload"))
    assert not ids_in(chain(rows("current"), rows("published"), rows("uploads")), ids)


def assert_equal(
    source: Client, snapshot: Path, target: Client, done: Imported, back: Path
) -> None:
    """Assert that a target equals a source for both judges.

    Roles belong to the project, and every fork adds its own rules to them.
    """
    exported(target, back)
    comparison = compared(snapshot, back, done.report.ids)
    assert [one for one in comparison.differences if one.kind != "roles"] == []
    renamed = {old: new for _, old, new in done.report.ids}
    assert differences(holdings(source.main, renamed), holdings(environment_of(target))) == []
