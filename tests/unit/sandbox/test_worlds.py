"""Worlds and fresh projects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from datosnap.sandbox.state import World
from datosnap.sandbox.worlds import EPOCH, create_project, new_world
from tests.unit.sandbox.client import Client


def test_seeded_worlds_are_equal() -> None:
    """The same seed gives the same tokens, ids and times."""

    def made(seed: int) -> tuple[str, str, str]:
        project, token = create_project(new_world(seed=seed), "Blog")
        return token, project.created_at, project.attributes["internal_domain"]

    assert made(1) == made(1)
    assert made(1)[0] != made(2)[0]


def test_seeded_clock_ticks_by_seconds() -> None:
    """Each look at the clock is a second later."""
    clock = new_world(seed=1).clock

    assert [clock() for _ in range(3)] == [EPOCH + timedelta(seconds=n) for n in range(3)]


def test_unseeded_world_has_real_time_and_chance() -> None:
    """Without a seed, time is the computer's and bytes are its randomness."""
    world = new_world()

    assert abs(world.clock() - datetime.now(UTC)) < timedelta(minutes=1)
    assert world.new_bytes(16) != world.new_bytes(16)


def test_given_clock_is_used() -> None:
    """A test or a demo may bring its own clock."""
    moment = datetime(2030, 1, 1, tzinfo=UTC)

    assert (
        new_world(clock=lambda: moment).clock() == new_world(clock=lambda: moment, seed=1).clock()
    )


def test_fresh_project_has_what_the_service_gives(api: Client) -> None:
    """One primary environment, one locale, two roles, one token, no content."""
    environments = api.get("/environments").data
    assert [each["id"] for each in environments] == ["main"]
    assert environments[0]["meta"]["primary"]
    assert api.get("/site").attributes["locales"] == ["en"]
    assert [role["attributes"]["name"] for role in api.get("/roles").data] == ["Editor", "Admin"]
    assert len(api.get("/access_tokens").data) == 1
    for path in ("/item-types", "/menu-items", "/schema-menu-items", "/plugins", "/workflows"):
        assert api.get(path).data == []


def test_project_is_owned_by_whom_it_is_made_for() -> None:
    """An owner may be named; otherwise an organization is."""
    world: World = new_world(seed=1)
    account = {"type": "account", "id": "1"}

    assert create_project(world, "A", owner=account)[0].owner == account
    assert create_project(world, "--")[0].owner["type"] == "organization"
