"""What a doctor says of quotas, rate, clock and the place where a snapshot is to lie."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from datosnap.flows.diagnosis import Check
from datosnap.flows.doctor import DoctorOptions
from datosnap.flows.examining.place import examine_place
from datosnap.store import names
from datosnap.store.lock import hold
from datosnap.store.room import room_at
from datosnap.store.workshop import workshop
from tests.support.object_stores import BUCKET, MemoryStore
from tests.support.scripted import ok, refusal
from tests.support.snapshots import write_snapshot
from tests.unit.flows.test_doctor import (
    NOW,
    limits,
    look,
    me,
    role,
)


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at no state of the machine that runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.mark.parametrize("name", ["maintenance", "quotas"])
def test_what_may_not_be_read_is_a_warning(name: str) -> None:
    """An export needs neither."""
    path = {"maintenance": "/maintenance-mode", "quotas": "/subscription-limits"}[name]

    examined = look({f"GET {path}": refusal(403, "INSUFFICIENT_PERMISSIONS")})

    assert examined.only(name).state == "warning"
    assert "cannot be read" in examined.only(name).found


def test_quotas_that_are_nearly_used_up_are_told() -> None:
    """From nine tenths on; what has no limit, or tells no usage, is never near it."""
    told = limits(items=(90, 100), plugins=(3, 3), roles=(89, 100), users=(9, None), odd=(None, 1))

    examined = look({"GET /subscription-limits": ok(told)})

    assert [one.found for one in examined.named("quotas")] == [
        "90 of 100 items are used",
        "3 of 3 plugins are used",
    ]
    assert {one.state for one in examined.named("quotas")} == {"warning"}


def test_the_rate_limit_is_the_one_that_the_api_tells() -> None:
    """Requests in a window, and what that is a second."""
    assert look().only("rate limit").found == "60 requests in 3 s, 20 a second"


def test_an_api_that_tells_neither_limit_nor_time_is_a_warning() -> None:
    """What is not told is not made up."""
    examined = look({"GET /users/me": ok(me(role()))})

    assert examined.only("rate limit").state == "warning"
    assert examined.only("clock").state == "warning"


@pytest.mark.parametrize(
    ("off_s", "state", "words"),
    [
        (0, "ok", "agrees"),
        (1, "ok", "agrees"),
        (30, "ok", "29 s ahead of the server's"),
        (-60, "ok", "60 s behind the server's"),
        (62, "warning", "61 s ahead of the server's"),
        (-3600, "warning", "3600 s behind the server's"),
    ],
)
def test_a_clock_that_is_off_is_told(off_s: int, state: str, words: str) -> None:
    """Beyond a minute it is a warning; the server's second that was cut off is forgiven."""
    check = look(now=NOW + timedelta(seconds=off_s)).only("clock")

    assert check.state == state
    assert words in check.found


def test_the_first_problem_gives_the_exit_code(tmp_path: Path) -> None:
    """What comes later is told as well."""
    (tmp_path / "taken").write_text("")
    options = DoctorOptions(environment="staging", destination=str(tmp_path / "taken" / "x"))

    result = look(options=options).result

    assert [one.exit_code for one in result.checks if one.state == "problem"] == [2, 2]
    assert result.exit_code == 2


def place(root: Path, asset_bytes: int | None = None) -> dict[str, Check]:
    """Examine a place; give the checks by name, the last of each."""
    return {one.name: one for one in examine_place(str(root), asset_bytes)}


def test_less_room_than_the_assets_need_would_end_with_14(tmp_path: Path) -> None:
    """The disk is measured against the project's own assets."""
    free = room_at(tmp_path).free_bytes

    assert place(tmp_path, free * 2)["disk space"].exit_code == 14
    assert place(tmp_path, free - 500_000_000)["disk space"].state == "warning"
    assert place(tmp_path, 1_000)["disk space"].state == "ok"


def test_the_assets_size_comes_from_the_quotas(tmp_path: Path) -> None:
    """It needs no call of its own."""
    examined = look(options=DoctorOptions(destination=str(tmp_path)))

    assert examined.only("disk space").found.endswith("the project's assets measure 7 MB")


def test_a_place_that_holds_a_snapshot_is_a_warning(tmp_path: Path) -> None:
    """No export goes over another one."""
    write_snapshot(tmp_path / "s")

    check = place(tmp_path / "s")["destination"]
    assert (check.state, check.advice) == ("warning", "an export needs a place of its own")
    assert place(tmp_path)["destination"].state == "ok"


def test_unfinished_exports_are_told_and_running_ones_are_fine(tmp_path: Path) -> None:
    """The lock tells which is which."""
    (tmp_path / names.MARKER).write_text("{}")

    assert place(tmp_path)["unfinished"].state == "warning"
    with hold(tmp_path):
        assert place(tmp_path)["unfinished"].state == "ok"


def test_a_refusing_disk_would_end_with_14(tmp_path: Path) -> None:
    """A path beyond what the system takes stands for any refusal."""
    check = place(tmp_path / ("x" * 300))["destination"]

    assert (check.state, check.exit_code) == ("problem", 14)


def test_an_address_that_holds_a_secret_is_refused_without_telling_it() -> None:
    """Keys belong in the environment."""
    (check,) = examine_place("s3://bucket/prefix?secret_key=abc", None)

    assert (check.state, check.exit_code) == ("problem", 2)
    assert "abc" not in check.found + check.advice


def test_an_object_store_is_tried_and_its_exports_are_told() -> None:
    """Free, taken, unfinished, claimed, and a bucket that is not there."""
    store = MemoryStore()
    (free,) = examine_place(store.place(), None)
    assert (free.name, free.state) == ("destination", "ok")

    store.put(f"{BUCKET}/a/b/{names.MARKER}", b"{}")
    assert "starts over" in told(store)["unfinished"].advice
    bench = workshop(store.place(), b"{}")
    bench.folder.mkdir(parents=True)
    bench.journal.write_bytes(b"")
    assert "it goes on" in told(store)["unfinished"].advice
    claim = f"{BUCKET}/a/b/{names.claim_path('0' * 32)}"
    store.put(claim, b"{}")
    assert "is claimed" in told(store)["unfinished"].found
    del store.objects[f"{BUCKET}/a/b/{names.MARKER}"]
    store.now += timedelta(seconds=200)
    assert "removes it" in told(store)["unfinished"].advice
    store.put(f"{BUCKET}/a/b/{names.MANIFEST}", b"{}")
    assert told(store)["destination"].state == "warning"

    store.buckets.clear()
    store.objects.clear()
    assert told(store)["destination"].exit_code == 2


def told(store: MemoryStore) -> dict[str, Check]:
    """Examine a prefix; give the checks by name."""
    return {one.name: one for one in examine_place(store.place(), None)}
