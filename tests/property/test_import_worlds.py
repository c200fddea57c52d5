"""Whatever a project holds comes back the same in another one, and a second import writes nothing.

Each world is built from a seed, exported, imported into an empty project and exported again. Two
judges compare: the product's own comparison, and one that shares nothing with it and looks at
what the sandbox itself holds.
"""

from __future__ import annotations

from functools import partial

import pytest

from datosnap.core.matching import OnConflict
from datosnap.core.remapping import IdPolicy
from tests.support.damage import damage
from tests.support.holdings import all_ids, differences, holdings, ids_in
from tests.support.importing import (
    beside,
    compared,
    environment_of,
    exported,
    fork_of,
    imported,
    rows_of,
)
from tests.support.random_values import FIELD_TYPES
from tests.support.scratch import scratch
from tests.support.worlds import Model, RandomWorld, random_world

_WORLDS = 200
_MANY = 2_000
_AT_ONCE = 20
_FORKS = 60
# Ids are kept where they can be in one world of so many; elsewhere all are replaced.
_KEPT_IN_ONE_OF = 4


@pytest.mark.parametrize("first", range(0, _WORLDS, _AT_ONCE))
def test_random_worlds_come_back_the_same(first: int) -> None:
    """No difference, no gap, no old id left, and nothing to write the second time."""
    for seed in range(first, first + _AT_ONCE):
        come_back(seed)


@pytest.mark.long
@pytest.mark.parametrize("first", range(_WORLDS, _WORLDS + _MANY, _AT_ONCE))
def test_two_thousand_random_worlds_come_back_the_same(first: int) -> None:
    """As above, in two thousand other worlds."""
    for seed in range(first, first + _AT_ONCE):
        come_back(seed)


def come_back(seed: int) -> None:
    """Take one world there, and assert that it is all there."""
    world = random_world(seed)
    policy = IdPolicy.AUTO if seed % _KEPT_IN_ONE_OF == 0 else IdPolicy.REMAP
    with scratch() as folder:
        report = exported(world.api, folder / "out")
        assert not report.manifest.facts.gaps, seed
        target = beside(world.api)
        bring = partial(imported, target, folder / "out", ids=policy, state=folder / "state")

        first = bring()

        assert first.gaps == [], seed
        exported(target, folder / "back")
        ids = first.report.ids
        comparison = compared(folder / "out", folder / "back", ids)
        assert (seed, comparison.total, comparison.differences) == (seed, 0, [])
        renamed = {source: become for _, source, become in ids}
        there = holdings(environment_of(target))
        assert (seed, differences(holdings(world.api.main, renamed), there)) == (seed, [])
        if policy is IdPolicy.REMAP:
            assert not ids_in(rows_of(folder / "back"), all_ids(world.api.main)), seed

        again = bring()

        assert (seed, again.wires.writes, again.gaps) == (seed, [], [])


@pytest.mark.parametrize("first", range(0, _FORKS, _AT_ONCE))
def test_damaged_forks_of_random_worlds_get_back_what_they_were(first: int) -> None:
    """Records that were deleted, emptied or taken back are as before; then nothing is written."""
    for seed in range(first, first + _AT_ONCE):
        world = random_world(seed)
        with scratch() as folder:
            exported(world.api, folder / "out")
            fork = fork_of(world.api, "fork")
            damage(fork)
            bring = partial(
                imported,
                fork,
                folder / "out",
                state=folder / "state",
                on_conflict=OnConflict.UPDATE,
            )

            assert (seed, bring().gaps) == (seed, [])

            there = holdings(environment_of(fork))
            assert (seed, differences(holdings(world.api.main), there)) == (seed, [])
            assert (seed, bring().wires.writes) == (seed, [])


def test_the_worlds_have_what_makes_imports_hard() -> None:
    """Every type of field, every status, circles, invalid content, trees and blocks come up."""
    worlds = [random_world(seed) for seed in range(60)]
    items = [one for world in worlds for one in world.api.main.items.values()]
    fields = [one for world in worlds for model in _models(world) for one in model.fields]

    assert {one.status for one in items} == {"draft", "updated", "published"}
    assert any(not one.current.is_valid for one in items)
    assert any(one.is_published_version_valid is False for one in items)
    assert any(one.parent_id for one in items)
    assert any(one.publication for one in items)
    assert any(one.stage not in {None, "to_write"} for one in items)
    assert {one.field_type for one in fields} == set(FIELD_TYPES)
    assert any(one.localized for one in fields)


def _models(world: RandomWorld) -> list[Model]:
    return [*world.models, *world.blocks]
