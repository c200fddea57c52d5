"""What an import makes of a schema: all of it, half of it, none of it, and never too much."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject
from datosnap.core.remapping import IdPolicy
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.selecting import Selection
from datosnap.errors import UsageError
from tests.support.importing import (
    Asked,
    CarryOut,
    Imported,
    beside,
    compared,
    exported,
    fork_of,
    imported,
)
from tests.support.schema_project import SchemaProject, change, half_of, link, schema_project
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.resources.shelf import field, model


@pytest.fixture
def project() -> SchemaProject:
    """Build the project whose schema is taken elsewhere."""
    return schema_project()


def put(api: Client, snapshot: Path, schema: str = "create", ids: str = "auto") -> Imported:
    """Import into what a client reaches, beside whatever it holds."""
    return imported(
        api, snapshot, allow_primary=True, schema=SchemaPolicy(schema), ids=IdPolicy(ids)
    )


def snapshot_of(api: Client, folder: Path) -> Path:
    """Export what a client reaches."""
    exported(api, folder)
    return folder


def said(api: Client, path: str) -> JsonObject:
    """Read the attributes of one resource."""
    return api.get(path).attributes


@pytest.mark.parametrize("ids", ["auto", "remap"])
def test_an_empty_project_gets_the_whole_schema(
    project: SchemaProject, tmp_path: Path, ids: str
) -> None:
    """Into an empty project everything comes, and the copy's export tells no difference."""
    out = snapshot_of(project.api, tmp_path / "out")
    target = beside(project.api)

    done = put(target, out, ids=ids)

    back = snapshot_of(target, tmp_path / "back")
    assert done.gaps == []
    assert compared(out, back, done.report.ids).differences == []


def test_the_locale_of_a_new_project_goes(tmp_path: Path) -> None:
    """A project that is all Italian is not given the English that every new project has."""
    source = Client.fresh()
    change(source, "/site", "site", locales=["it"])
    model(source, "post", all_locales_required=True)
    target = beside(source)

    put(target, snapshot_of(source, tmp_path / "out"))

    assert said(target, "/site")["locales"] == ["it"]


@pytest.mark.parametrize("schema", ["create", "match", "skip"])
def test_a_fork_of_the_source_is_written_nothing(
    project: SchemaProject, tmp_path: Path, schema: str
) -> None:
    """Where the schema is the same, no policy writes anything or tells of a difference."""
    out = snapshot_of(project.api, tmp_path / "out")

    done = put(fork_of(project.api, "fork"), out, schema)

    assert done.wires.writes == []
    assert done.report.plan.schema == ()


@pytest.mark.parametrize("ids", ["auto", "remap"])
def test_a_second_import_writes_nothing(project: SchemaProject, tmp_path: Path, ids: str) -> None:
    """What the first import made is found again by its ids, even with the notes of it lost."""
    out = snapshot_of(project.api, tmp_path / "out")
    target = beside(project.api)
    put(target, out, ids=ids)
    for one in tmp_path.glob("out.import-*/*"):
        one.unlink()

    again = put(target, out, ids=ids)

    assert again.wires.writes == []
    assert again.report.plan.schema == ()


@pytest.fixture
def half(project: SchemaProject) -> Client:
    """Build a project of somebody else's that has a part of the schema, in its own way."""
    return half_of(project.api, "Half")


def fields_of(api: Client, key: str) -> dict[str, JsonObject]:
    """Read the attributes of a model's fields by their api_keys."""
    rows = api.get(f"/item-types/{key}/fields").data
    return {one["attributes"]["api_key"]: one["attributes"] for one in rows}


def test_create_adds_what_is_missing_and_changes_nothing_else(
    project: SchemaProject, half: Client, tmp_path: Path
) -> None:
    """The target's own field keeps hint, validators and place; the missing ones are behind it."""
    before = fields_of(half, "post")

    put(half, snapshot_of(project.api, tmp_path / "out"))

    after, ours = fields_of(half, "post"), fields_of(project.api, "post")
    assert after.keys() == ours.keys() | {"own"}
    assert (after["own"], after["slug"]["validators"]["unique"]) == (before["own"], {})
    kept = {"hint", "validators", "position", "appearance"}
    assert {one: after["title"][one] for one in kept} == {one: before["title"][one] for one in kept}
    assert said(half, "/item-types/post")["hint"] == "ours"
    assert said(half, "/item-types/quote")["modular_block"]


def test_models_of_the_target_point_to_what_they_pointed_to(
    project: SchemaProject, half: Client, tmp_path: Path
) -> None:
    """The server makes the first file field a preview; that is taken back where nobody asked."""
    put(half, snapshot_of(project.api, tmp_path / "out"))

    links = half.get("/item-types/post").data["relationships"]
    assert links["image_preview_field"]["data"] is None
    assert links["title_field"]["data"] is None
    assert said(half, "/item-types/post")["ordering_meta"] == "created_at"


def test_locales_that_the_target_lacks_come_after_its_own(
    project: SchemaProject, half: Client, tmp_path: Path
) -> None:
    """The target's main locale stays the main one."""
    put(half, snapshot_of(project.api, tmp_path / "out"))

    assert said(half, "/site")["locales"] == ["de", "en", "it"]
    assert said(half, "/site")["timezone"] == "Europe/London"
    assert said(half, "/site")["theme"]["hue"] == 220


def test_a_locale_that_is_added_meanwhile_stays(
    project: SchemaProject, half: Client, tmp_path: Path
) -> None:
    """A locale that were taken away would take its content with it."""
    added: list[Asked] = []

    def add(asked: Asked, carry_out: CarryOut) -> Answer:
        if asked.path == "/roles" and not added:
            added.append(asked)
            change(half, "/site", "site", locales=["de", "en", "fr"])
        return carry_out()

    out = snapshot_of(project.api, tmp_path / "out")
    done = imported(half, out, hook=add, allow_primary=True, extras=("roles",))

    assert len(added) == 1
    assert done.gaps == []
    assert said(half, "/site")["locales"] == ["de", "en", "fr", "it"]


def test_menus_of_the_target_keep_their_order(
    project: SchemaProject, half: Client, tmp_path: Path
) -> None:
    """What comes is put behind what is there."""
    put(half, snapshot_of(project.api, tmp_path / "out"))

    rows = half.get("/menu-items").data
    tops = {
        one["attributes"]["label"]: one["attributes"]["position"]
        for one in rows
        if one["relationships"]["parent"]["data"] is None
    }
    assert tops["All"] > tops["Ours"]
    assert {one["attributes"]["label"] for one in rows} >= {"Posts"}


def test_match_brings_the_source_s_definitions_and_deletes_nothing(
    project: SchemaProject, half: Client, tmp_path: Path
) -> None:
    """Attributes, validators, pointers and ordering become the source's; own fields stay."""
    put(half, snapshot_of(project.api, tmp_path / "out"), "match")

    after, ours = fields_of(half, "post"), fields_of(project.api, "post")
    assert after.keys() == ours.keys() | {"own"}
    assert after["title"]["validators"] == ours["title"]["validators"]
    assert after["title"]["hint"] is None
    in_order = sorted(after, key=lambda one: (after[one]["position"], one))
    assert [one for one in in_order if one in {"title", "slug", "of", "cover", "at"}] == [
        "title",
        "slug",
        "of",
        "cover",
        "at",
    ]
    post = half.get("/item-types/post").data
    title = next(o for o in half.get("/item-types/post/fields").data if _is_title(o))
    assert post["relationships"]["title_field"]["data"]["id"] == title["id"]
    assert post["attributes"]["ordering_meta"] is None
    assert post["attributes"]["ordering_direction"] == "desc"
    assert said(half, "/site")["theme"]["hue"] == 120


def _is_title(resource: JsonObject) -> bool:
    return bool(resource["attributes"]["api_key"] == "title")


@pytest.mark.parametrize("schema", ["create", "match"])
def test_what_was_added_or_matched_is_found_again(
    project: SchemaProject, half: Client, tmp_path: Path, schema: str
) -> None:
    """The second import into somebody else's project writes nothing either."""
    out = snapshot_of(project.api, tmp_path / "out")
    put(half, out, schema)

    assert put(half, out, schema).wires.writes == []


def test_every_conflict_is_told_before_the_first_write(
    project: SchemaProject, tmp_path: Path
) -> None:
    """A model of another nature and a field of another type refuse the import, all at once."""
    target = beside(project.api, "Other")
    model(target, "quote", draft_mode_active=True)
    model(target, "home", tree=True)
    model(target, "post", sortable=True)
    field(target, "post", "title", "string")
    field(target, "post", "body", "text")
    out = snapshot_of(project.api, tmp_path / "out")

    with pytest.raises(UsageError) as refused:
        put(target, out, "match")

    told = str(refused.value)
    for words in (
        "block model quote: expected modular_block to be true as in the snapshot, found false",
        "block model quote: expected draft_mode_active to be false",
        "model home: expected singleton to be true",
        "model home: expected tree to be false",
        "model post: expected sortable to be false",
        "model post: expected draft_mode_active to be true",
        "field post.title: expected localized to be true",
        "field post.body: expected field_type to be rich_text as in the snapshot, found text",
    ):
        assert words in told
    assert len(target.get("/item-types").data) == 3


def test_skip_refuses_what_records_would_need(project: SchemaProject, tmp_path: Path) -> None:
    """With the schema to be left alone, missing models, fields and locales are told."""
    target = beside(project.api, "Bare")
    model(target, "post", draft_mode_active=True)
    out = snapshot_of(project.api, tmp_path / "out")

    with pytest.raises(UsageError) as refused:
        put(target, out, "skip")

    told = str(refused.value)
    assert "the target lacks model home" in told
    assert "the target lacks field post.title" in told
    assert "field home.title" not in told
    assert "add it there" in told


def test_ids_that_cannot_be_preserved_are_told(
    project: SchemaProject, half: Client, tmp_path: Path
) -> None:
    """A model of the same api_key has an id of its own, which no import can change."""
    out = snapshot_of(project.api, tmp_path / "out")

    with pytest.raises(UsageError, match=r"model post: expected the id .* found .* in the target"):
        put(half, out, ids="preserve")


def test_a_selection_brings_only_the_schema_that_it_needs(
    project: SchemaProject, tmp_path: Path
) -> None:
    """Of one model its blocks and the models that it permits; of a block model nothing else."""
    project.api.make(
        "/items", "item", {"item_type": link("item_type", project.ids["home"])}, title="Hello"
    )
    model(project.api, "other")
    out = snapshot_of(project.api, tmp_path / "out")
    target = beside(project.api, "Home")

    done = imported(target, out, selection=Selection(models=("home",)))

    keys = [one["attributes"]["api_key"] for one in target.get("/item-types").data]
    assert (keys, done.gaps) == (["home"], [])
    assert target.get("/menu-items").data == target.get("/workflows").data == []
    assert len(target.get("/items?version=current").data) == 1
    again = imported(target, out, selection=Selection(models=("home",)), allow_primary=True)
    assert again.wires.writes == []
