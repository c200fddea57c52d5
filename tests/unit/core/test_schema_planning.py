"""The plan for a schema: what is made, brought, left, told, refused, and put back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from datosnap.core.jsontext import JsonObject, decode_object, encode
from datosnap.core.project_extras import EXTRAS
from datosnap.core.schema_matching import SchemaPolicy, pair
from datosnap.core.schema_plan import Act, SchemaPlan
from datosnap.core.schema_planning import (
    Both,
    extra_step,
    plan_schema,
    with_locales,
    with_relaxed,
)
from tests.unit.core.test_schema_matching import by_kind, itself, resource

POST = resource("item_type", "p", api_key="post", name="Post")
TITLE = resource(
    "field", "t", {"item_type": "p"}, api_key="title", field_type="string", label="T", position=1
)
SET = resource("fieldset", "s", {"item_type": "p"}, title="Words", position=2)
IN_SET = resource(
    "field",
    "i",
    {"item_type": "p", "fieldset": "s"},
    api_key="inner",
    field_type="string",
    label="I",
    position=1,
)
OURS = [POST, TITLE, SET, IN_SET]


def plan(
    theirs: Sequence[JsonObject],
    policy: SchemaPolicy = SchemaPolicy.CREATE,
    ours: Sequence[JsonObject] = OURS,
    needed: set[str] | None = None,
    within: set[tuple[str, str]] | None = None,
) -> SchemaPlan:
    """Plan from resources whose ids are the same on both sides."""
    sources, targets = by_kind(*ours), by_kind(*theirs)
    pairs = pair(sources, targets, itself)
    both = Both(sources, targets, pairs, lambda _, one: one, needed, within)
    return plan_schema(both, policy)


def changed(one: JsonObject, **attributes: object) -> JsonObject:
    """Give a resource with other attributes."""
    return {**one, "attributes": {**one["attributes"], **attributes}}


@pytest.mark.parametrize(
    ("policy", "act"),
    [
        (SchemaPolicy.CREATE, Act.DIFFERS),
        (SchemaPolicy.MATCH, Act.UPDATE),
        (SchemaPolicy.SKIP, Act.DIFFERS),
    ],
)
def test_what_differs_is_brought_only_on_demand(policy: SchemaPolicy, act: Act) -> None:
    """Only `match` changes what the target has; what is the same is left in any case."""
    made = plan([POST, changed(TITLE, label="Other"), SET, IN_SET], policy)
    assert made.act("field", "t") is act
    assert {one.source_id for one in made.of(Act.SAME)} == {"p", "s", "i"}


@pytest.mark.parametrize(
    ("policy", "act"),
    [
        (SchemaPolicy.CREATE, Act.CREATE),
        (SchemaPolicy.MATCH, Act.CREATE),
        (SchemaPolicy.SKIP, Act.LEAVE_OUT),
    ],
)
def test_what_is_missing_is_made_unless_the_schema_is_left_alone(
    policy: SchemaPolicy, act: Act
) -> None:
    """Folders of the media area are content, and made in any case."""
    folder = resource("upload_collection", "c", label="Folder")
    made = plan([POST], policy, [*OURS, folder])
    assert made.act("field", "t") is act
    assert made.has_place("field", "t") is (act is Act.CREATE)
    assert made.creates("upload_collection", "c")


def test_another_order_is_a_difference() -> None:
    """Who stands elsewhere among what matches is told with both places."""
    made = plan([POST, changed(TITLE, position=2), changed(SET, position=1), IN_SET])
    assert [one["changes"] for one in made.told()] == [
        [{"name": "position", "target": "1", "source": "2"}],
        [{"name": "position", "target": "2", "source": "1"}],
    ]


def test_all_that_is_not_the_same_is_told() -> None:
    """People and programs get the decision, the name and both values."""
    made = plan([POST, changed(TITLE, label="Other")])
    assert made.told() == [
        {"act": "create", "kind": "fieldset", "name": "fieldset post.Words", "changes": []},
        {
            "act": "differs",
            "kind": "field",
            "name": "field post.title",
            "changes": [{"name": "label", "target": '"Other"', "source": '"T"'}],
        },
        {"act": "create", "kind": "field", "name": "field post.inner", "changes": []},
    ]


def test_another_nature_is_a_reason_to_refuse() -> None:
    """What was expected and found is told, and what to do about it."""
    made = plan([changed(POST, singleton=True), changed(TITLE, field_type="text"), SET, IN_SET])
    ending = " in the target; rename one of the two, or import into another environment"
    assert [one.removesuffix(ending) for one in made.refusals] == [
        "model post: expected singleton to be false as in the snapshot, found true",
        "field post.title: expected field_type to be string as in the snapshot, found text",
    ]


def test_with_the_schema_left_alone_only_what_records_need_must_be_there() -> None:
    """A model that is missing speaks for its fields; what no record needs is no reason."""
    other = resource("item_type", "o", api_key="other")
    of_other = resource("field", "x", {"item_type": "o"}, api_key="x", field_type="string")
    ours = [*OURS, other, of_other]
    everything = plan([POST, TITLE], SchemaPolicy.SKIP, ours).refusals
    assert [one.partition(",")[0] for one in everything] == [
        "the target lacks model other",
        "the target lacks field post.inner",
    ]
    assert len(plan([POST, TITLE], SchemaPolicy.SKIP, ours, {"p"}).refusals) == 1
    assert plan([POST, TITLE], SchemaPolicy.SKIP, ours, set()).refusals == ()


def test_what_a_selection_is_not_about_is_left_as_it_is() -> None:
    """Neither made nor brought, nor a reason to refuse, nor told; folders hold content."""
    folder = resource("upload_collection", "c", label="Folder")
    within = {("item_type", "p"), ("fieldset", "s")}
    other = changed(TITLE, field_type="text", label="Other")
    made = plan([POST, other], SchemaPolicy.MATCH, [*OURS, folder], within=within)
    acts = {one.source_id: one.act for one in made.steps.values()}
    create = Act.CREATE
    assert acts == {"p": Act.SAME, "t": Act.SAME, "s": create, "i": Act.NOT_ASKED, "c": create}
    assert (made.refusals, [one["name"] for one in made.told()]) == (
        (),
        ["fieldset post.Words", "upload collection Folder"],
    )
    assert not made.has_place("field", "i")


@pytest.mark.parametrize(
    ("ours", "theirs", "fresh", "wanted"),
    [
        (["it"], ["en"], True, ("it",)),
        (["it", "en"], ["en"], True, ("it", "en")),
        (["it"], ["en", "de"], True, ("it", "en", "de")),
        (["it", "en"], ["en", "de"], False, ("en", "de", "it")),
        (["it"], ["en"], False, ("en", "it")),
    ],
)
def test_locales_are_added_and_never_lost(
    ours: list[str],
    theirs: list[str],
    fresh: bool,  # noqa: FBT001 - a column of the table above
    wanted: tuple[str, ...],
) -> None:
    """Only the one that every new project has goes from one that never held anything."""
    made = with_locales(plan([]), ours, theirs, fresh=fresh)
    assert made.locales == wanted
    assert made.added_locales == tuple(one for one in ours if one not in theirs)
    assert made.fresh is fresh


def test_locales_that_are_missing_refuse_where_nothing_may_be_made() -> None:
    """With the schema to be left alone, somebody has to add them first."""
    made = with_locales(plan([], SchemaPolicy.SKIP, []), ["en", "it"], ["en"], fresh=False)
    assert made.locales == ("en",)
    assert "expected the locales en, it, found en in the target; add it" in made.refusals[0]


def test_the_source_orders_only_what_is_its_own() -> None:
    """In a model that the target had, what comes goes behind; in one that came it has its place."""
    inner, top = resource("menu_item", "1", {"parent": "2"}), resource("menu_item", "2")
    ours = [*OURS, inner, top]
    there = with_locales(plan([POST, TITLE], ours=ours), [], [], fresh=False)
    assert [one["id"] for one in ours if there.orders(one)] == ["i", "1"]
    none = with_locales(plan([], ours=ours), [], [], fresh=False)
    assert [one["id"] for one in ours if none.orders(one)] == ["t", "s", "i", "1"]
    match = with_locales(plan([POST], SchemaPolicy.MATCH, ours), [], [], fresh=False)
    assert all(map(match.orders, ours))
    assert all(map(plan([], ours=ours).orders, ours))


def test_what_a_model_of_the_target_points_to_is_remembered_where_it_gets_a_field() -> None:
    """The server would make the first text field a title by itself."""
    pointing = {**POST, "relationships": {"excerpt_field": {"data": {"type": "field", "id": "t"}}}}
    made = plan([pointing, TITLE, SET])
    assert made.pointers.keys() == {"p"}
    assert {one for one, to in made.pointers["p"].items() if to} == {"excerpt_field"}
    assert plan(OURS).pointers == plan([]).pointers == {}


def test_only_what_judges_content_is_set_aside() -> None:
    """Fields without such rules, and fields that the import makes, are not among the relaxed."""
    rules: JsonObject = {"required": {}, "unique": {}}
    made = with_relaxed(plan([POST, changed(TITLE, validators=rules), SET]), ["t", "i", "s"])
    assert made.relaxed == {"t": rules}
    assert with_relaxed(plan(OURS), ["t"]).relaxed == {}


def test_a_plan_is_taken_up_as_it_was_begun() -> None:
    """A run that goes on finds its own fields in the target, and knows them for its own."""
    rules: JsonObject = {"required": {}}
    began = plan([POST, changed(TITLE, validators=rules)], SchemaPolicy.MATCH)
    began = with_relaxed(with_locales(began, ["en"], ["de"], fresh=False), ["t"])
    note = decode_object(encode(began.noted()))

    now = with_locales(plan(OURS, SchemaPolicy.MATCH), ["en"], ["de", "en"], fresh=False)
    resumed = now.resumed(note)

    assert {key: one.act for key, one in resumed.steps.items()} == {
        key: one.act for key, one in began.steps.items()
    }
    assert (resumed.relaxed, resumed.pointers) == (began.relaxed, began.pointers)
    assert (resumed.locales, resumed.fresh) == (("de", "en"), False)


def test_the_project_s_own_things_are_made_or_left() -> None:
    """One that is there by name is told when it differs, and never changed."""
    extra = EXTRAS["roles"]
    ours, same = resource("role", "1", name="Reader"), resource("role", "2", name="Reader")
    more = resource("role", "3", name="Reader", can_edit_schema=True)
    steps = [extra_step(extra, ours, one, lambda _, own: own) for one in (None, same)]
    assert [one.act for one in steps] == [Act.CREATE, Act.SAME]
    differing = extra_step(extra, more, same, lambda _, own: own)
    assert (differing.act, differing.name) == (Act.DIFFERS, "role Reader")
    assert [one.name for one in differing.changes] == ["can_edit_schema"]
