"""A role lets its holder see and do what its rules say, in the environments it is let into."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.access import Subject, access_of, role_of
from tests.unit.sandbox.client import Answer, Client, document
from tests.unit.sandbox.resources.shelf import field, model
from tests.unit.sandbox.roleplay import acting, everything, role, rule, token_of

REFUSED = "INSUFFICIENT_PERMISSIONS"


@dataclass(frozen=True, slots=True)
class Desk:
    """A project with two models, a workflow, and a record of each model by the owner."""

    api: Client
    posts: str
    pages: str
    post: str
    page: str

    def make(self, model_id: str, creator: JsonObject | None = None, **attributes: Json) -> Answer:
        """Create a record."""
        links: JsonObject = {"item_type": {"type": "item_type", "id": model_id}}
        if creator is not None:
            links["creator"] = creator
        return self.api.make("/items", "item", links, **attributes)

    def change(self, item_id: str, *, meta: JsonObject | None = None, **attributes: Json) -> Answer:
        """Update a record."""
        data: JsonObject = {"type": "item", "id": item_id, "attributes": attributes}
        if meta is not None:
            data["meta"] = meta
        return self.api.put(f"/items/{item_id}", {"data": data})

    def listed(self, path: str = "/items?version=current") -> list[str]:
        """List ids."""
        return [one["id"] for one in self.api.get(path).data]


@pytest.fixture
def desk(api: Client) -> Desk:
    """Give a project to restrict."""
    api.change("/site", "site", locales=["en", "it"])
    stages = [{"id": "new", "name": "New", "initial": True}, {"id": "done", "name": "Done"}]
    api.make("/workflows", "workflow", name="W", api_key="w", stages=stages)
    workflow = api.get("/workflows").data[0]["id"]
    ids = []
    for key in ("post", "page"):
        links: JsonObject = {"workflow": {"type": "workflow", "id": workflow}}
        attributes = {"name": key, "api_key": key, "draft_mode_active": True}
        ids.append(
            api.make(
                "/item-types", "item_type", links if key == "post" else None, **attributes
            ).data["id"]
        )
        field(api, key, "title", "string", localized=True)
        field(api, key, "code", "string")
    made = Desk(api, ids[0], ids[1], "", "")
    records = [made.make(one, title={"en": "A"}, code="x").data["id"] for one in ids]
    return Desk(api, ids[0], ids[1], *records)


def test_full_access_is_nothing_to_look_at(api: Client) -> None:
    """Whoever may do everything is not held to any rule."""
    actor = api.project.tokens[api.token]

    assert access_of(api.project, api.main, actor, "item_type") is None
    assert access_of(api.project, api.main, {"type": "account", "id": "1"}, "upload") is None
    assert role_of(api.project, {"type": "account", "id": "1"}) is None


def test_lists_leave_out_what_may_not_be_read(desk: Desk) -> None:
    """Fewer rows, and a total that counts only those."""
    held = role(desk.api, records=[rule("read", item_type=desk.posts, on_creator="anyone")])

    with acting(desk.api, token_of(desk.api, held)):
        answer = desk.api.get("/items?version=current").json
        by_ids = desk.listed(f"/items?version=current&filter[ids]={desk.post},{desk.page}")
        of_pages = desk.listed(f"/items?version=current&filter[type]={desk.pages}")

    assert [one["id"] for one in answer["data"]] == [desk.post]
    assert answer["meta"]["total_count"] == 1
    assert by_ids == [desk.post]
    assert of_pages == []
    assert desk.listed() == [desk.page, desk.post]


def test_what_may_not_be_read_is_not_there(desk: Desk) -> None:
    """Neither the record nor its versions, its references or its states are found."""
    version = desk.api.get(f"/items/{desk.page}/versions").data[0]["id"]
    held = role(desk.api, records=[everything()], but_records=[_no("read", desk.pages)])
    paths = [f"/items/{desk.page}{end}" for end in ("", "/versions", "/references")]
    paths += [f"/items/{desk.page}/current-vs-published-state", f"/versions/{version}"]

    with acting(desk.api, token_of(desk.api, held)):
        assert [desk.api.get(path).code for path in paths] == ["NOT_FOUND"] * 5
        assert desk.api.get(f"/items/{desk.post}").status == 200


def test_each_action_asks_for_its_own_right(desk: Desk) -> None:
    """A reader may do nothing else."""
    version = desk.api.get(f"/items/{desk.post}/versions").data[0]["id"]
    held = role(desk.api, records=[rule("read", on_creator="anyone")])
    scheduled = {"publication_scheduled_at": "2056-01-01T00:00:00Z"}

    with acting(desk.api, token_of(desk.api, held)):
        path = f"/items/{desk.post}"
        refused = [
            desk.make(desk.posts, title={"en": "B"}),
            desk.api.post("/items/validate", _new(desk.posts)),
            desk.change(desk.post, code="y"),
            desk.api.post(f"{path}/validate", {"data": {"type": "item", "attributes": {}}}),
            desk.api.put(f"{path}/publish"),
            desk.api.put(f"{path}/unpublish"),
            desk.api.make(f"{path}/scheduled-publication", "scheduled_publication", **scheduled),
            desk.api.post(f"{path}/duplicate"),
            desk.api.post(f"/versions/{version}/restore"),
            desk.api.delete(path),
        ]

    assert [answer.code for answer in refused] == [REFUSED] * len(refused)
    assert {answer.status for answer in refused} == {403}


def test_bulk_operations_fail_for_what_may_not_be_done(desk: Desk) -> None:
    """Each record counts for itself."""
    records = [everything(item_type=desk.posts), rule("read", on_creator="anyone")]
    held = role(desk.api, records=records)

    with acting(desk.api, token_of(desk.api, held)):
        done = {
            name: desk.api.post(f"/items/bulk/{name}", _bulk(name, desk)).json["meta"]
            for name in ("publish", "unpublish", "move-to-stage", "destroy")
        }

    assert set(map(str, done.values())) == {"{'successful': 1, 'failed': 1}"}
    assert desk.listed() == [desk.page]


def test_a_schedule_is_dropped_by_who_may_publish(desk: Desk) -> None:
    """What was planned is not taken back by a reader."""
    path = f"/items/{desk.post}/scheduled-publication"
    desk.api.make(path, "scheduled_publication", publication_scheduled_at="2056-01-01T00:00:00Z")
    held = role(desk.api, records=[rule("read")])

    with acting(desk.api, token_of(desk.api, held)):
        assert desk.api.delete(path).code == REFUSED
    assert desk.api.delete(path).status == 200


def test_rules_about_one_s_own_records(desk: Desk) -> None:
    """`self` is who made a record, `role` whoever has the same role."""
    own = role(desk.api, records=[rule("create"), rule("read", on_creator="self")])
    alike = role(desk.api, records=[rule("create"), rule("read", on_creator="role")])
    lists = {}
    for name, held in (("self", own), ("role", alike)):
        tokens = [token_of(desk.api, held) for _ in range(2)]
        for token in tokens:
            with acting(desk.api, token):
                desk.make(desk.posts, title={"en": name})
        with acting(desk.api, tokens[0]):
            lists[name] = len(desk.listed())

    assert lists == {"self": 1, "role": 2}


def test_a_record_without_a_creator_is_nobody_s(desk: Desk) -> None:
    """What nobody is known to have made is not one's own."""
    held = role(desk.api, records=[rule("read", on_creator="self")])
    actor = {"type": "access_token", "id": token_of(desk.api, held)["id"]}
    access = access_of(desk.api.project, desk.api.main, actor, "item_type")
    assert access is not None

    assert not access.allows("read", Subject())


def test_rules_about_workflows_and_stages(desk: Desk) -> None:
    """A record may be changed on one stage and moved to another."""
    workflow = desk.api.get("/workflows").data[0]["id"]
    records = [
        rule("read"),
        rule("update", workflow=workflow, on_stage="new", localization_scope="all"),
        rule("move_to_stage", workflow=workflow, to_stage="done"),
    ]
    token = token_of(desk.api, role(desk.api, records=records))

    with acting(desk.api, token):
        assert desk.change(desk.page, code="y").code == REFUSED
        assert desk.change(desk.post, code="y").status == 200
        assert desk.change(desk.post, meta={"stage": "done"}).status == 200
        assert desk.change(desk.post, code="z").code == REFUSED


def test_a_stage_is_not_left_without_the_right(desk: Desk) -> None:
    """Updating a record is not moving it."""
    token = token_of(
        desk.api, role(desk.api, records=[everything()], but_records=[rule("move_to_stage")])
    )

    with acting(desk.api, token):
        assert desk.change(desk.post, meta={"stage": "new"}).status == 200
        assert desk.change(desk.post, meta={"stage": "done"}).code == REFUSED


def test_another_creator_is_named_with_the_right_to(desk: Desk) -> None:
    """On creation and on update; naming oneself is nothing special."""
    owner = desk.api.project.tokens[desk.api.token]
    held = role(desk.api, records=[everything()], but_records=[rule("edit_creator")])

    with acting(desk.api, token_of(desk.api, held)) as actor:
        mine = desk.make(desk.posts, actor, title={"en": "B"}).data
        assert desk.make(desk.posts, owner, title={"en": "C"}).code == REFUSED
        body = {"data": {**mine, "attributes": {}, "relationships": {"creator": {"data": owner}}}}
        assert desk.api.put(f"/items/{mine['id']}", body).code == REFUSED


def test_a_translator_writes_one_locale(desk: Desk) -> None:
    """The other locales stay as they are and must not be sent."""
    scope = {"localization_scope": "localized", "locale": "it"}
    held = role(desk.api, records=[rule("read"), rule("update", **scope), rule("publish", **scope)])

    with acting(desk.api, token_of(desk.api, held)):
        assert desk.change(desk.post, title={"en": "B", "it": "C"}).code == REFUSED
        assert desk.change(desk.post, code="y").code == REFUSED
        kept = desk.change(desk.post, title={"it": "C"}).attributes
        assert kept["title"] == {"en": "A", "it": "C"}
        assert desk.api.put(f"/items/{desk.post}/publish").code == REFUSED
        assert desk.api.put(f"/items/{desk.post}/publish", _selected(["en"])).code == REFUSED
        chosen = _selected(["it"])
        assert desk.api.put(f"/items/{desk.post}/publish", chosen).status == 200
    assert desk.api.get(f"/items/{desk.post}?version=published").attributes["title"] == {"it": "C"}


def test_who_writes_what_has_no_locale_writes_no_locale(desk: Desk) -> None:
    """A forbidden locale is taken out of what is granted, too."""
    held = role(
        desk.api,
        records=[rule("read"), rule("update", localization_scope="not_localized")],
    )
    but = role(
        desk.api,
        records=[everything()],
        but_records=[rule("update", localization_scope="localized", locale="it")],
    )

    with acting(desk.api, token_of(desk.api, held)):
        assert desk.change(desk.post, title={"en": "B"}).code == REFUSED
        assert desk.change(desk.post, code="y").status == 200
    with acting(desk.api, token_of(desk.api, but)):
        assert desk.change(desk.post, title={"en": "B", "it": "C"}).code == REFUSED
        assert desk.change(desk.post, title={"en": "B"}, code="z").status == 200
        assert desk.make(desk.posts, title={"en": "B", "it": "C"}).status == 201


def test_rules_of_another_environment_grant_nothing(desk: Desk) -> None:
    """Every rule names its environment."""
    held = role(desk.api, records=[{**everything(), "environment": "elsewhere"}])

    with acting(desk.api, token_of(desk.api, held)):
        assert desk.listed() == []
        assert desk.make(desk.posts, title={"en": "B"}).code == REFUSED


@pytest.mark.parametrize(
    ("access", "environments", "main", "fork"),
    [
        ("all", ["main", "fork"], 200, 200),
        ("primary_only", ["main"], 200, 403),
        ("sandbox_only", ["fork"], 403, 200),
        ("none", [], 403, 403),
    ],
)
def test_roles_are_let_into_some_environments(
    api: Client, access: str, environments: list[str], main: int, fork: int
) -> None:
    """The others are neither listed nor entered; what belongs to the project is there for all."""
    api.post("/environments/main/fork", {"data": {"type": "environment", "id": "fork"}})
    token = token_of(api, role(api, environments_access=access))

    with acting(api, token):
        assert [one["id"] for one in api.get("/environments").data] == environments
        assert api.get("/site").status == main
        assert api.get("/site", x_environment="fork").status == fork
        assert api.get("/environments/fork").status == (200 if "fork" in environments else 404)
        assert api.get("/users/me").status == 200


def test_access_follows_the_role(desk: Desk) -> None:
    """A changed role counts from the next request on, for those that inherit from it as well."""
    parent = role(desk.api, records=[rule("read")])
    child = role(desk.api)
    links: JsonObject = {"inherits_permissions_from": [{"type": "role", "id": parent["id"]}]}
    desk.api.put(f"/roles/{child['id']}", document("role", links, {}))
    token = token_of(desk.api, child)
    with acting(desk.api, token):
        assert len(desk.listed()) == 2

    empty: JsonObject = {f"{sign}_item_type_permissions": [] for sign in ("positive", "negative")}
    desk.api.change(f"/roles/{parent['id']}", "role", None, **empty)

    with acting(desk.api, token):
        assert desk.listed() == []


def test_blocks_are_as_visible_as_their_record(desk: Desk) -> None:
    """A block of a hidden record is found neither by its id nor in a list."""
    block = model(desk.api, "quote", modular_block=True)
    field(desk.api, "quote", "text", "string")
    validators = {"rich_text_blocks": {"item_types": [block["id"]]}}
    field(desk.api, "page", "body", "rich_text", validators=validators)
    link = {"item_type": {"data": {"type": "item_type", "id": block["id"]}}}
    new = {"type": "item", "attributes": {"text": "q"}, "relationships": link}
    block_id = desk.change(desk.page, body=[new]).attributes["body"][0]
    held = role(desk.api, records=[rule("read", item_type=desk.posts)])
    assert desk.listed(f"/items?filter[ids]={block_id}&version=current") == [block_id]

    with acting(desk.api, token_of(desk.api, held)):
        assert desk.api.get(f"/items/{block_id}").code == "NOT_FOUND"
        assert desk.listed(f"/items?filter[ids]={block_id}&version=current") == []
        assert desk.listed(f"/items?filter[type]={block['id']}&version=current") == []


def _no(action: str, model_id: str) -> JsonObject:
    return rule(action, item_type=model_id)


def _new(model_id: str) -> JsonObject:
    links: JsonObject = {"item_type": {"type": "item_type", "id": model_id}}
    return document("item", links, {"title": {"en": "B"}})


def _selected(locales: list[str]) -> JsonObject:
    attributes = {"content_in_locales": locales, "non_localized_content": False}
    return document("selective_publish_operation", None, attributes)


def _bulk(name: str, desk: Desk) -> JsonObject:
    items = [{"type": "item", "id": one} for one in (desk.post, desk.page)]
    data: JsonObject = {
        "type": f"item_bulk_{name.replace('-', '_')}_operation",
        "relationships": {"items": {"data": items}},
    }
    if name == "move-to-stage":
        data["attributes"] = {"stage": "done"}
    return {"data": data}
