"""Each thing that can keep an export from working is told, with what to do and the exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import pytest

from datosnap.api.client import Client, ClientSettings
from datosnap.api.token import Token
from datosnap.api.wire import Answer, WireRequest
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.retrying import Failure, Kind
from datosnap.flows.diagnosis import Check
from datosnap.flows.doctor import DoctorOptions, Examination, examine, impatient
from tests.support.scripted import ScriptedTime, ok, refusal

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SETTINGS = ClientSettings(base_url="https://api.test", token=Token("s3cret"))
EVERYTHING = {"environment": "main", "action": "all", "on_creator": "anyone"}
RIGHTS = ("access_tokens", "users", "webhooks", "build_triggers", "search_indexes", "workflows")


def role(**other: Json) -> JsonObject:
    """Make a role that sees everything, but for what is said."""
    attributes = {
        "name": "Backup",
        "environments_access": "all",
        "positive_item_type_permissions": [EVERYTHING],
        "positive_upload_permissions": [EVERYTHING],
        **{f"can_manage_{one}": True for one in RIGHTS},
    }
    return {"type": "role", "id": "7", "attributes": {**attributes, **other}}


def me(*included: JsonObject) -> JsonObject:
    """Say who asks."""
    return {"data": {"type": "access_token", "id": "5"}, "included": list(included)}


def environment(name: str, status: str = "ready", **meta: Json) -> JsonObject:
    """Make an environment."""
    return {"type": "environment", "id": name, "meta": {"status": status, **meta}}


def limits(**used: tuple[int | None, int | None]) -> JsonObject:
    """Make quotas: used, allowed."""
    told = [{"code": code, "usage": one, "limit": most} for code, (one, most) in used.items()]
    return {"data": [{"type": "subscription_limit", "attributes": one} for one in told]}


MAIN = environment("main", primary=True)
FORK = {"forked_from": "main", "created_at": "2026-01-04T02:00:00.000Z"}
HEALTHY: Mapping[str, Answer | Failure] = {
    "GET /users/me": replace(ok(me(role())), limit=60, served_at=NOW),
    "GET /environments": ok({"data": [MAIN]}),
    "GET /site": ok({"data": {"id": "1", "attributes": {"name": "Blog"}}}),
    "GET /maintenance-mode": ok({"data": {"attributes": {"active": False}}}),
    "GET /subscription-limits": ok(limits(items=(5, 100), uploadable_bytes=(7_000_000, None))),
}


@dataclass
class Api:
    """An API that answers by path, and notes what it is asked."""

    answers: Mapping[str, Answer | Failure]
    asked: list[str] = field(default_factory=list)

    def open(self) -> Api:
        """Open a connection."""
        return self

    async def exchange(self, request: WireRequest, *, max_bytes: int) -> Answer | Failure:
        """Answer by method and path."""
        call = f"{request.method} {urlsplit(request.url).path}"
        self.asked.append(call)
        return self.answers[call]

    async def aclose(self) -> None:
        """Close the connection."""


@dataclass
class Examined:
    """What came of an examination."""

    result: Examination
    asked: Sequence[str]
    announced: Sequence[str]

    def named(self, name: str) -> list[Check]:
        """Give the checks of a name."""
        return [one for one in self.result.checks if one.name == name]

    def only(self, name: str) -> Check:
        """Give the one check of a name."""
        (found,) = self.named(name)
        return found


def look(
    answers: Mapping[str, Answer | Failure] | None = None,
    options: DoctorOptions | None = None,
    now: datetime = NOW,
) -> Examined:
    """Examine a healthy project in which some answers are others."""
    api = Api({**HEALTHY, **(answers or {})})
    announced: list[str] = []

    async def run() -> Examination:
        client = Client(impatient(SETTINGS), timing=ScriptedTime(), open_wire=api.open)
        async with client:
            return await examine(
                client, options or DoctorOptions(), announce=announced.append, now=lambda: now
            )

    return Examined(anyio.run(run), api.asked, announced)


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at no state of the machine that runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


def test_a_healthy_project_has_no_problem(tmp_path: Path) -> None:
    """All is well, at the price of five calls."""
    examined = look(options=DoctorOptions(destination=str(tmp_path / "new")))

    assert {one.state for one in examined.result.checks} == {"ok"}
    assert examined.result.exit_code == 0
    assert len(examined.asked) == 5
    assert list(tmp_path.iterdir()) == []


def test_a_refused_token_would_end_with_12() -> None:
    """Nothing more is asked, and where to look is told."""
    examined = look({"GET /users/me": refusal(401, "INVALID_AUTHORIZATION_HEADER")})

    check = examined.only("token")
    assert (check.state, check.exit_code) == ("problem", 12)
    assert "INVALID_AUTHORIZATION_HEADER" in check.found
    assert "API tokens" in check.advice
    assert examined.asked == ["GET /users/me"]
    assert examined.result.exit_code == 12


def test_an_api_that_cannot_be_reached_would_end_with_13() -> None:
    """The client gives up soon, and what it met is told."""
    examined = look({"GET /users/me": Failure(Kind.UNREACHABLE, "cannot connect")})

    assert examined.result.exit_code == 13
    assert "cannot connect" in examined.only("token").found
    assert len(examined.asked) <= 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"positive_item_type_permissions": []}, "records"),
        ({"positive_upload_permissions": []}, "uploads"),
        ({"negative_item_type_permissions": [{**EVERYTHING, "item_type": "x"}]}, "records"),
        ({"environments_access": "sandbox_only"}, "environment"),
    ],
)
def test_a_restricted_role_would_end_with_12(changed: JsonObject, words: str) -> None:
    """What it cannot see is named."""
    examined = look({"GET /users/me": ok(me(role(**changed)))})

    check = examined.only("role")
    assert check.found.startswith("'Backup' cannot see ")
    assert words in check.found
    assert examined.result.exit_code == 12


def test_a_role_that_manages_less_is_a_warning() -> None:
    """Content is whole, but a list around it may be refused."""
    examined = look({"GET /users/me": ok(me(role(can_manage_webhooks=False)))})

    assert examined.only("role").state == "warning"
    assert examined.only("role").found.endswith("does not manage webhooks")
    assert examined.result.exit_code == 0


def test_rights_that_are_inherited_count() -> None:
    """The API's own account of the final permissions is believed."""
    lesser = role(positive_upload_permissions=[], can_manage_users=False)
    lesser["meta"] = {"final_permissions": role()["attributes"]}

    assert look({"GET /users/me": ok(me(lesser))}).only("role").state == "ok"


def test_nobody_needs_a_role() -> None:
    """Who owns the project stands above roles."""
    assert "above roles" in look({"GET /users/me": ok(me())}).only("role").found


def test_an_unknown_environment_would_end_with_2() -> None:
    """Those that exist are named."""
    examined = look(options=DoctorOptions(environment="staging"))

    check = examined.only("environment")
    assert (check.exit_code, check.advice) == (2, "name one of these with -e")
    assert check.found == "expected 'staging', found: main"
    assert "GET /site" not in examined.asked


def test_a_project_without_a_primary_environment_is_told() -> None:
    """It cannot be, and is told all the same."""
    examined = look({"GET /environments": ok({"data": []})})

    assert examined.only("environment").found == "expected a primary one, found: none"


def test_an_environment_that_is_not_ready_would_end_with_13() -> None:
    """One that is being forked cannot be read yet."""
    being_made = environment("main", "creating", primary=True)

    examined = look({"GET /environments": ok({"data": [being_made]})})

    assert examined.only("environment").found == "main is creating"
    assert examined.result.exit_code == 13


@pytest.mark.parametrize("call", ["GET /environments", "GET /site"])
def test_an_environment_that_cannot_be_read_is_a_problem(call: str) -> None:
    """The refusal is told, and the rest is looked at all the same."""
    examined = look({call: refusal(403, "INSUFFICIENT_PERMISSIONS")})

    assert examined.only("environment").exit_code == 12
    assert examined.only("quotas").state == "ok"


def test_a_read_only_environment_is_a_warning() -> None:
    """It can be exported, and nothing can be imported."""
    frozen = environment("main", primary=True, read_only_mode=True)

    examined = look({"GET /environments": ok({"data": [frozen]})})

    assert examined.only("environment").state == "warning"
    assert examined.only("environment").advice == "an export works, an import does not"


LEFT = environment("datosnap-backup-1", **FORK)
OTHERS = (
    MAIN,
    environment("staging", **FORK),
    environment("datosnap-backup-made-by-hand"),
)


def test_left_over_forks_are_listed_and_left_alone() -> None:
    """Only forks under our name; when each was made helps to tell whose it is."""
    examined = look({"GET /environments": ok({"data": [*OTHERS, LEFT]})})

    check = examined.only("left-overs")
    assert check.state == "warning"
    assert check.found == "datosnap-backup-1, forked from main at 2026-01-04T02:00:00.000Z"
    assert "--remove-leftovers" in check.advice
    assert not any(one.startswith("DELETE") for one in examined.asked)
    assert examined.announced == []


def test_left_over_forks_are_removed_when_that_is_asked_for() -> None:
    """Each is named before the first is destroyed; nothing else is touched."""
    other = environment("datosnap-backup-2", **FORK)
    answers = {
        "GET /environments": ok({"data": [*OTHERS, LEFT, other]}),
        "DELETE /environments/datosnap-backup-1": ok({"data": {}}),
        "DELETE /environments/datosnap-backup-2": refusal(404, "NOT_FOUND"),
    }

    examined = look(answers, DoctorOptions(remove_leftovers=True))

    assert [one for one in examined.asked if one.startswith("DELETE")] == [
        "DELETE /environments/datosnap-backup-1",
        "DELETE /environments/datosnap-backup-2",
    ]
    assert [one.rpartition(" ")[2] for one in examined.announced] == [LEFT["id"], other["id"]]
    removed = [one.found for one in examined.named("left-overs") if one.state == "ok"]
    assert removed == [f"removed the environment {one['id']}" for one in (LEFT, other)]
    assert examined.result.exit_code == 0


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (refusal(422, "CANNOT_DESTROY_FORKING_ORIGIN"), 13),
        (refusal(403, "INSUFFICIENT_PERMISSIONS"), 12),
    ],
)
def test_a_left_over_that_stays_is_a_problem(refused: Answer, code: int) -> None:
    """Why it could not be destroyed is told."""
    answers = {
        "GET /environments": ok({"data": [MAIN, LEFT]}),
        "DELETE /environments/datosnap-backup-1": refused,
    }

    examined = look(answers, DoctorOptions(remove_leftovers=True))

    assert examined.result.exit_code == code
    assert examined.named("left-overs")[-1].state == "problem"


def test_the_environment_that_is_meant_is_no_left_over() -> None:
    """Who works in a fork of ours does not want it removed."""
    answers = {"GET /environments": ok({"data": [MAIN, LEFT]})}

    examined = look(answers, DoctorOptions(environment=LEFT["id"], remove_leftovers=True))

    assert examined.named("left-overs") == []
    assert "a sandbox" in examined.only("environment").found


def test_the_primary_environment_is_no_left_over() -> None:
    """A fork of ours that was promoted since is the project by now."""
    promoted = environment("datosnap-backup-1", primary=True, **FORK)
    answers = {"GET /environments": ok({"data": [environment("main"), promoted]})}

    examined = look(answers, DoctorOptions(environment="main", remove_leftovers=True))

    assert examined.named("left-overs") == []
    assert examined.announced == []


def test_maintenance_is_a_warning() -> None:
    """Reading works; writing to the primary environment does not."""
    on = ok({"data": {"attributes": {"active": True}}})

    examined = look({"GET /maintenance-mode": on})

    assert examined.only("maintenance").state == "warning"
    assert examined.result.exit_code == 0
