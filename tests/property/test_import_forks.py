"""A fork that was left behind follows its source: what changed, came and went since is there too.

Each world is forked, lives on, and is exported; the import brings the fork up to it. The judge
shares nothing with the product and looks at what the sandbox holds of both.
"""

from __future__ import annotations

from functools import partial

import pytest

from datosnap.core.jsontext import Json, decode
from datosnap.core.matching import OnConflict
from tests.support.holdings import differences, holdings, verdicts
from tests.support.importing import environment_of, exported, fork_of, imported
from tests.support.scratch import scratch
from tests.support.worlds import random_world

_WORLDS = 60
_MANY = 1_000
_AT_ONCE = 20


@pytest.mark.parametrize("first", range(0, _WORLDS, _AT_ONCE))
def test_forks_follow_their_source(first: int) -> None:
    """No difference, no gap, and nothing to write the second time."""
    for seed in range(first, first + _AT_ONCE):
        follow(seed)


@pytest.mark.long
@pytest.mark.parametrize("first", range(_WORLDS, _WORLDS + _MANY, _AT_ONCE))
def test_a_thousand_forks_follow_their_source(first: int) -> None:
    """As above, in a thousand other worlds."""
    for seed in range(first, first + _AT_ONCE):
        follow(seed)


def follow(seed: int) -> None:
    """Bring one fork up to its source, and assert that it is."""
    world = random_world(seed)
    fork = fork_of(world.api, "behind")
    world.live_on()
    with scratch() as folder:
        exported(world.api, folder / "out")
        bring = partial(
            imported,
            fork,
            folder / "out",
            state=folder / "state",
            on_conflict=OnConflict.UPDATE,
            mirror=True,
            agreed=True,
        )

        done = bring()

        assert (seed, done.gaps) == (seed, [])
        found = differences(holdings(world.api.main), holdings(environment_of(fork)))
        now = verdicts(world.api.main)
        told = [
            (kind, one, _members(left, right, now.get(one))) for kind, one, left, right in found
        ]
        assert (seed, [one for one in told if one[2] != []]) == (seed, [])

        again = bring()

        assert (seed, again.wires.writes, again.gaps) == (seed, [], [])


def _members(left: str, right: str, verdict: Json) -> Json:
    """Give what differs in two records, both sides of each; or that one is missing.

    `verdict` is what validators say of the first by now, which nobody may have asked them: a
    record counts as valid as it did when it was written, whatever became of others since.
    """
    if "(missing)" in {left, right}:
        return left, right
    ours, theirs = decode(left), decode(right)
    found = [(name, ours[name], theirs.get(name)) for name in ours if ours[name] != theirs[name]]
    return [
        (name, mine, other) for name, mine, other in found if (name, other) != ("validity", verdict)
    ]
