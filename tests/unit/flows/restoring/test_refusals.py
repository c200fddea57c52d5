"""What refuses an import before its first write, and what it does about refusals after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject, encode
from datosnap.core.remapping import IdPolicy
from datosnap.core.retrying import Failure, Kind
from datosnap.errors import AccessRefusedError, ApiError, UnavailableError, UsageError
from tests.support.importing import (
    Asked,
    CarryOut,
    Hook,
    beside,
    compared,
    environment_of,
    exported,
    fork_of,
    imported,
)
from tests.support.newsroom import Newsroom, change, delete, records_of, value


def refusing(status: int, code: str, *, path: str = "/items", after: int = 0) -> Hook:
    """Refuse every creation at a path, after so many that went well."""
    error: JsonObject = {"type": "api_error", "id": "1"}
    error["attributes"] = {"code": code, "details": {}}
    met: list[Asked] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method != "POST" or asked.path != path:
            return carry_out()
        met.append(asked)
        if len(met) <= after:
            return carry_out()
        return Answer(status, encode({"data": [error]}), request_id="1", limit=10_000)

    return hook


def test_every_reason_is_told_at_once(room: Newsroom, tmp_path: Path) -> None:
    """Quotas, flags, readers and lacking bytes are named before anything was written."""
    place = fork_of(room.api, "full")
    place.project.primary_id = "full"
    delete(place, *room.ids("one", "four"))
    place.project.limits = {"items": len(records_of(environment_of(place))) + 1}
    environment_of(place).site["meta"]["improved_boolean_fields"] = False

    with pytest.raises(UsageError) as refused:
        imported(place, tmp_path / "out")

    told = str(refused.value).splitlines()
    assert len(told) == 3
    assert "room for 1 more records, and 2 would be made" in str(refused.value)
    assert "improved_boolean_fields" in str(refused.value)
    assert "--allow-primary" in str(refused.value)
    assert not {room.id("one"), room.id("four")} & records_of(environment_of(place))


def test_a_dry_run_tells_its_reasons_in_the_plan(room: Newsroom, tmp_path: Path) -> None:
    """The plan is whole, names why the import would be refused, and nothing is kept or written."""
    place = fork_of(room.api, "full")
    change(place, room.id("ann"), title="Anna")
    delete(place, room.id("one"))
    place.project.limits = {"items": len(records_of(environment_of(place)))}

    done = imported(place, tmp_path / "out", dry_run=True)

    plan = done.report.plan
    assert len(plan.refusals) == 1
    assert plan.conflicts == (f"record {room.id('ann')} of writer",)
    counts = {one.model: (one.create, one.unchanged, one.skip) for one in plan.models}
    assert counts["article"] == (1, 3, 0)
    assert counts["writer"] == (0, 1, 1)
    assert done.wires.writes == []
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def test_a_token_that_sees_only_a_part_is_refused(room: Newsroom, tmp_path: Path) -> None:
    """What a role cannot see would be made twice, so that it must see everything."""
    place = fork_of(room.api, "narrow")
    for role in place.project.of_type("role").values():
        role["meta"]["final_permissions"]["positive_item_type_permissions"] = []

    with pytest.raises(UsageError, match="role cannot see some records"):
        imported(place, tmp_path / "out")


def test_a_token_that_may_only_read_is_refused(room: Newsroom, tmp_path: Path) -> None:
    """What the role can never do is named before the first write, all at once."""
    place = beside(room.api)
    for role in place.project.of_type("role").values():
        final = role["meta"]["final_permissions"]
        for rule in final["positive_item_type_permissions"]:
            rule["action"] = "read"
        final["can_edit_schema"] = False

    with pytest.raises(UsageError) as refused:
        imported(place, tmp_path / "out")

    told = str(refused.value)
    for words in ("create records", "publish records", "change the schema"):
        assert f"may not {words}" in told


def test_what_one_record_is_refused_the_next_run_makes_good(room: Newsroom, tmp_path: Path) -> None:
    """A record that the API refuses is told with its reason, also by those that link to it."""
    place, refused = beside(room.api), room.id("two")

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method == "POST" and asked.path == "/items" and refused.encode() in asked.content:
            return Answer(422, _INVALID, request_id="1", limit=10_000)
        return carry_out()

    first = imported(place, tmp_path / "out", hook=hook, state=tmp_path / "state")
    told = {(kind, one) for kind, one, _ in first.gaps}
    assert told == {("record", refused), ("link", room.id("one"))}
    assert "INVALID_FIELD" in next(why for kind, _, why in first.gaps if kind == "record")

    again = imported(place, tmp_path / "out", hook=hook, state=tmp_path / "state")
    assert {(kind, one) for kind, one, _ in again.gaps} == told
    assert not [one for one in again.wires.writes if one.path == f"/items/{room.id('one')}"]

    done = imported(place, tmp_path / "out", state=tmp_path / "state")
    assert done.gaps == []
    exported(place, tmp_path / "back")
    assert compared(tmp_path / "out", tmp_path / "back", done.report.ids).differences == []


_INVALID = encode(
    {
        "data": [
            {
                "type": "api_error",
                "id": "1",
                "attributes": {"code": "INVALID_FIELD", "details": {"field": "title"}},
            }
        ]
    }
)


def test_a_full_plan_is_met_once(room: Newsroom, tmp_path: Path) -> None:
    """After the first refusal for want of room no further record is tried; all are told."""
    place = beside(room.api)
    hook = refusing(402, "PLAN_UPGRADE_REQUIRED", after=3)

    done = imported(place, tmp_path / "out", hook=hook, state=tmp_path / "state")

    posts = [one for one in done.wires.writes if one.path == "/items"]
    told = [one for one in done.gaps if one[0] == "record"]
    assert 3 < len(posts) <= 3 + 6
    assert len(told) + len(posts) >= 4
    assert any("more were not tried" in why for _, _, why in done.gaps)
    assert len(records_of(environment_of(place))) == 3

    full = imported(place, tmp_path / "out", state=tmp_path / "state")
    assert full.gaps == []
    assert len(records_of(environment_of(place))) == len(room.records)


def test_one_model_may_be_forbidden(room: Newsroom, tmp_path: Path) -> None:
    """Records that the role may not create are told, and the others come."""
    place = beside(room.api)
    writers = set(room.ids("ann", "bob"))

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.path == "/items" and any(one.encode() in asked.content[:80] for one in writers):
            return Answer(403, _FORBIDDEN, request_id="1", limit=10_000)
        return carry_out()

    done = imported(place, tmp_path / "out", hook=hook)

    assert {one for kind, one, _ in done.gaps if kind == "record"} == writers
    assert len(records_of(environment_of(place))) == len(room.records) - 2


_FORBIDDEN = _INVALID.replace(b"INVALID_FIELD", b"INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (401, "INVALID_AUTHORIZATION_HEADER", AccessRefusedError),
        (500, "INTERNAL_ERROR", UnavailableError),
    ],
)
def test_what_meets_every_record_ends_the_import(
    room: Newsroom, tmp_path: Path, status: int, code: str, failure: type[Exception]
) -> None:
    """A token that is refused or a server that is down is not asked for every record."""
    place = beside(room.api)

    with pytest.raises(failure):
        imported(place, tmp_path / "out", hook=refusing(status, code), state=tmp_path / "state")

    done = imported(place, tmp_path / "out", state=tmp_path / "state")
    assert done.gaps == []
    assert len(records_of(environment_of(place))) == len(room.records)


def test_an_upload_that_fails_is_a_gap_or_the_end(room: Newsroom, tmp_path: Path) -> None:
    """By default the rest comes without it; on demand the import stops."""
    hook = refusing(422, "INVALID_FIELD", path="/uploads")

    done = imported(beside(room.api), tmp_path / "out", hook=hook)
    assert {kind for kind, _, _ in done.gaps} == {"upload", "link"}

    with pytest.raises(ApiError, match="/uploads"):
        imported(beside(room.api), tmp_path / "out", hook=hook, fail_on_asset=True)


def test_an_edit_during_the_import_is_not_overwritten(room: Newsroom, tmp_path: Path) -> None:
    """A record that somebody changed after it was compared is told and left."""
    place = beside(room.api)
    state = tmp_path / "state"
    imported(place, tmp_path / "out", state=state)
    change(room.api, room.id("ann"), title="Anna")
    exported(room.api, tmp_path / "newer")
    edited: list[bool] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method == "PUT" and asked.path.endswith(room.id("ann")) and not edited:
            edited.append(True)
            change(place, room.id("ann"), title="Annie")
        return carry_out()

    done = imported(place, tmp_path / "newer", hook=hook, state=state)

    assert edited
    assert value(place, room.id("ann"), "title") == "Annie"
    assert [one for _, one, why in done.gaps if "STALE_ITEM_VERSION" in why] == [room.id("ann")]


def test_a_lost_reply_to_an_update_is_recognised(room: Newsroom, tmp_path: Path) -> None:
    """When the answer to a change is lost, the repeated one finds it carried out."""
    place, state = beside(room.api), tmp_path / "state"
    imported(place, tmp_path / "out", state=state)
    change(room.api, room.id("one"), code="uno", body={"en": [], "it": []})
    exported(room.api, tmp_path / "newer")
    lost: list[str] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        answer = carry_out()
        if asked.method == "PUT" and asked.path.endswith(room.id("one")) and len(lost) < 1:
            lost.append(asked.path)
            return Failure(Kind.LOST, "lost")
        return answer

    done = imported(place, tmp_path / "newer", hook=hook, state=state)

    assert lost
    assert done.gaps == []
    assert value(place, room.id("one"), "code") == "uno"


def test_a_run_that_was_cut_off_goes_on_as_it_began(room: Newsroom, tmp_path: Path) -> None:
    """The second half does what was decided, compares nothing anew, and doubles nothing."""
    place, state = beside(room.api), tmp_path / "state"
    hook = refusing(401, "INVALID_AUTHORIZATION_HEADER", after=5)
    with pytest.raises(AccessRefusedError):
        imported(place, tmp_path / "out", ids=IdPolicy.REMAP, hook=hook, state=state)

    done = imported(place, tmp_path / "out", ids=IdPolicy.REMAP, state=state)

    assert done.report.plan.resumed
    assert done.gaps == []
    assert not [one for one in done.wires.asked if "nested" in one.query]
    exported(place, tmp_path / "back")
    assert compared(tmp_path / "out", tmp_path / "back", done.report.ids).differences == []
