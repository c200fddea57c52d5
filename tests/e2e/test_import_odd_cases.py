"""What cannot simply come back: old ids, people, times that have passed, text that is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from datosnap.core.jsontext import Json, JsonObject, decode, encode
from datosnap.core.matching import OnConflict
from datosnap.core.remapping import IdPolicy
from datosnap.errors import UsageError
from tests.support.authoring import Author
from tests.support.case_blocks import every_node
from tests.support.case_links import circles, swapped
from tests.support.case_places import deep_tree
from tests.support.case_uploads import used_deep
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
from tests.support.rewriting import rewrite
from tests.unit.sandbox.client import Client


def renumbered(api: Client) -> dict[str, str]:
    """Give each id of the project the decimal form that ids had of old."""
    return {one: str(10_000_000 + at) for at, one in enumerate(sorted(all_ids(api.main)))}


@pytest.mark.parametrize("build", [every_node, circles, deep_tree, used_deep])
def test_old_decimal_ids_become_new_ones(build: Callable[[Author], None], tmp_path: Path) -> None:
    """Records, blocks, models, fields and uploads of old ids come over; none can keep its id."""
    api = Client.fresh()
    build(Author(api))
    exported(api, tmp_path / "new")
    numbers = renumbered(api)

    def older(_: str, resource: JsonObject) -> JsonObject:
        text = encode(resource).decode()
        for identifier, number in numbers.items():
            text = text.replace(f'"{identifier}"', f'"{number}"')
        return dict(decode(text.encode()))

    rewrite(tmp_path / "new", tmp_path / "old", older, with_assets=True)
    target = beside(api)

    with pytest.raises(UsageError, match="are old decimal ids"):
        imported(target, tmp_path / "old", ids=IdPolicy.PRESERVE, state=tmp_path / "refused")
    assert not environment_of(target).items
    done = imported(target, tmp_path / "old", state=tmp_path / "state")

    assert done.gaps == []
    exported(target, tmp_path / "back")
    comparison = compared(tmp_path / "old", tmp_path / "back", done.report.ids)
    assert (comparison.total, comparison.differences) == (0, [])
    assert not ids_in(rows_of(tmp_path / "back"), all_ids(api.main))
    by_number = {old: new for _, old, new in done.report.ids}
    renamed = {one: by_number[number] for one, number in numbers.items() if number in by_number}
    assert differences(holdings(api.main, renamed), holdings(environment_of(target))) == []


def test_schedules_of_the_past_are_told(tmp_path: Path) -> None:
    """What should have happened already is a gap that names the time; the record comes over."""
    author = Author(Client.fresh())
    model = author.model("post")
    soon = "2026-01-06T10:00:00.000Z"
    for kind, when in (("publication", "publication"), ("unpublishing", "unpublishing")):
        attributes: JsonObject = {f"{when}_scheduled_at": soon}
        record = author.published(model) if kind == "unpublishing" else author.create(model)
        author.schedule(record, f"scheduled_{kind}", attributes)
    exported(author.api, tmp_path / "out")
    target = beside(author.api)

    done = imported(target, tmp_path / "out", state=tmp_path / "state")

    assert [kind for kind, _, _ in done.gaps] == ["schedule", "schedule"]
    assert all("2026-01-06T10:00:00" in reason and "passed" in reason for *_, reason in done.gaps)
    assert len(environment_of(target).items) == 2


def test_creators_are_kept_within_a_project(tmp_path: Path) -> None:
    """A record that was deleted in a fork comes back as that of whoever made it."""
    author = Author(Client.fresh())
    model = author.model("post")
    api = author.api
    role = next(iter(api.project.of_type("role")))
    links: JsonObject = {"role": {"type": "role", "id": role}}
    access = {"can_access_cda": True, "can_access_cda_preview": True, "can_access_cma": True}
    other = api.make("/access_tokens", "access_token", links, name="Other", **access).data
    creator = {"type": "access_token", "id": other["id"]}
    record = author.create(model, links={"creator": creator})
    exported(api, tmp_path / "out")
    fork = fork_of(api, "fork")
    assert fork.delete(f"/items/{record}").status == 200

    done = imported(fork, tmp_path / "out", state=tmp_path / "state")

    assert done.gaps == []
    assert environment_of(fork).items[record].creator == creator
    elsewhere = beside(api)
    imported(elsewhere, tmp_path / "out", state=tmp_path / "elsewhere")
    assert environment_of(elsewhere).items[record].creator != creator


@pytest.mark.parametrize("is_localized", [False, True])
def test_text_with_a_nul_is_refused_by_name(*, is_localized: bool, tmp_path: Path) -> None:
    """A record whose text the API cannot hold is named with its field; all others come over."""
    author = Author(Client.fresh())
    model = author.model("post")
    author.field(model, "title", localized=is_localized)

    def title(text: str) -> Json:
        return {"en": text} if is_localized else text

    good, bad = (author.published(model, {"title": title(one)}) for one in ("good", "bad"))
    exported(author.api, tmp_path / "out")

    def spoil(place: str, one: JsonObject) -> JsonObject:
        if place == "current" and one["id"] == bad:
            one["attributes"]["title"] = title("b\0d")
        return one

    rewrite(tmp_path / "out", tmp_path / "spoilt", spoil)
    target = beside(author.api)

    done = imported(target, tmp_path / "spoilt", state=tmp_path / "state")

    assert [(kind, one) for kind, one, _ in done.gaps] == [("record", bad)]
    assert "title" in done.gaps[0][2]
    assert list(environment_of(target).items) == [good]


def test_a_singleton_that_is_there_gets_the_content(tmp_path: Path) -> None:
    """A model may have one record only: the target's own, of another id, is the one."""
    author = Author(Client.fresh())
    target = Author(beside(author.api))
    records = []
    for each, title in ((author, "theirs"), (target, "ours")):
        model = each.model("home", singleton=True)
        each.field(model, "title")
        records.append(each.create(model, {"title": title}))
    exported(author.api, tmp_path / "out")

    done = imported(
        target.api,
        tmp_path / "out",
        state=tmp_path / "state",
        on_conflict=OnConflict.UPDATE,
        allow_primary=True,
    )

    assert done.gaps == []
    (only,) = environment_of(target.api).items.values()
    assert (only.id, only.current.attributes) == (records[1], {"title": "theirs"})
    assert done.report.ids.find("item", records[0]) == records[1]


def test_unique_values_that_were_exchanged_come_back(tmp_path: Path) -> None:
    """Each record of a fork holds the value that another shall have."""
    author = Author(Client.fresh())
    swapped(author)
    exported(author.api, tmp_path / "out")
    fork = Author(fork_of(author.api, "fork"))
    held = list(environment_of(fork.api).items.values())
    values = [one.current.attributes for one in held]
    for one in held:
        fork.update(one.id, {"code": None, "slug": None})
        fork.publish(one.id)
    for one, value in zip(held, values[1:] + values[:1], strict=True):
        fork.update(one.id, value)

    done = imported(
        fork.api, tmp_path / "out", state=tmp_path / "state", on_conflict=OnConflict.UPDATE
    )

    assert done.gaps == []
    assert differences(holdings(author.api.main), holdings(environment_of(fork.api))) == []


def test_a_draft_that_public_content_links_to_cannot_come_back_hidden(tmp_path: Path) -> None:
    """No order of requests leads there, so the record that stays unpublished is named."""
    author = Author(Client.fresh())
    hidden, model = author.model("hidden"), author.model("post")
    author.field(model, "to", "link", to=[hidden])
    target_of = author.published(hidden)
    linking = author.published(model, {"to": target_of})
    exported(author.api, tmp_path / "out")

    def hide(place: str, one: JsonObject) -> JsonObject:
        if place == "current" and one["id"] == target_of:
            one["meta"]["status"] = "draft"
        return one

    rewrite(tmp_path / "out", tmp_path / "hidden", hide)
    target = beside(author.api)

    done = imported(target, tmp_path / "hidden", state=tmp_path / "state")

    assert [(kind, one) for kind, one, _ in done.gaps] == [("record", linking)]
    assert "could not be published" in done.gaps[0][2]
    assert {one.status for one in environment_of(target).items.values()} == {"draft"}
