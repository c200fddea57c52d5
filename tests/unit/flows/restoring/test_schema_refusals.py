"""What an API will not have of a schema is told, and the rest comes all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject, encode
from datosnap.core.retrying import Failure, Kind
from datosnap.errors import RejectedError
from tests.support.importing import (
    Asked,
    CarryOut,
    Hook,
    Imported,
    beside,
    environment_of,
    exported,
    imported,
)
from tests.support.schema_project import SchemaProject, add_extras, link, schema_project
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.resources.shelf import field, model

_REFUSAL: JsonObject = {
    "data": [{"type": "api_error", "attributes": {"code": "INVALID_FIELD", "details": {}}}]
}


@pytest.fixture
def project() -> SchemaProject:
    """Build the project whose schema is taken elsewhere."""
    return schema_project()


class Refusing:
    """Refuses the requests that a test tells, and counts them."""

    def __init__(self, is_refused: Callable[[Asked], bool], times: int = 99) -> None:
        self._is_refused = is_refused
        self._left = times
        self.count = 0

    def __call__(self, asked: Asked, carry_out: CarryOut) -> Answer:
        """Refuse, or have it carried out."""
        if self._left and self._is_refused(asked):
            self._left -= 1
            self.count += 1
            return Answer(422, encode(_REFUSAL), request_id="1", limit=10_000)
        return carry_out()


def put(api: Client, source: Client, folder: Path, hook: Hook) -> Imported:
    """Export one project and import it into another, each request seen by a hook."""
    exported(source, folder / "out")
    return imported(api, folder / "out", hook=hook)


def field_of(api: Client, model_key: str, api_key: str) -> JsonObject:
    """Read the attributes of a field."""
    rows: list[JsonObject] = api.get(f"/item-types/{model_key}/fields").data
    found: JsonObject = next(
        one["attributes"] for one in rows if one["attributes"]["api_key"] == api_key
    )
    return found


def test_a_plugin_that_is_gone_from_its_registry_becomes_a_private_one(
    project: SchemaProject, tmp_path: Path
) -> None:
    """Its address is known, so that fields go on to be shown by it."""
    target = beside(project.api)
    refusing = Refusing(lambda asked: asked.path == "/plugins" and asked.is_write, times=1)

    done = put(target, project.api, tmp_path, refusing)

    plugin = target.get("/plugins").data[0]
    assert (refusing.count, done.gaps) == (1, [])
    assert plugin["attributes"]["package_name"] is None
    assert plugin["attributes"]["url"].startswith("https://unpkg.com/datocms-plugin-tags")
    assert field_of(target, "post", "tags")["appearance"]["editor"] == plugin["id"]


def test_fields_do_without_a_plugin_that_cannot_be_had(
    project: SchemaProject, tmp_path: Path
) -> None:
    """They get the editor of their type; plugin and fields are told."""
    addons = [{"id": project.ids["plugin"], "parameters": {}}]
    shown = {"editor": "date_picker", "parameters": {}, "addons": addons}
    field(project.api, "post", "day", "date", appearance=shown)
    target = beside(project.api)

    done = put(
        target,
        project.api,
        tmp_path,
        Refusing(lambda asked: asked.path == "/plugins" and asked.is_write),
    )

    assert target.get("/plugins").data == []
    assert field_of(target, "post", "tags")["appearance"]["editor"] == "json"
    assert field_of(target, "post", "day")["appearance"]["addons"] == []
    assert [kind for kind, _, _ in done.gaps] == ["plugin", "field", "field"]


def test_a_legacy_plugin_comes_with_its_own_description(tmp_path: Path) -> None:
    """One of the first kind says what it may show and which parameters it has."""
    source = Client.fresh()
    legacy = {"plugin_type": "field_editor", "field_types": ["string"], "parameter_definitions": {}}
    made = source.make("/plugins", "plugin", name="Old", url="https://example.com/", **legacy)
    assert made.data["meta"]["version"] == "1"
    target = beside(source)

    put(target, source, tmp_path, Refusing(lambda _: False))

    assert target.get("/plugins").data[0]["attributes"]["plugin_type"] == "field_editor"


@pytest.mark.parametrize(
    ("times", "without"), [(1, "appearance"), (2, "appearance and default_value")]
)
def test_a_field_comes_at_worst_without_its_look_and_default(
    tmp_path: Path, times: int, without: str
) -> None:
    """Content needs the field; what was refused of it is told."""
    source = Client.fresh()
    model(source, "post")
    shown = {"editor": "single_line", "parameters": {"heading": True}, "addons": []}
    field(source, "post", "title", "string", appearance=shown, default_value="d")
    target = beside(source)
    refusing = Refusing(lambda asked: asked.path.endswith("/fields") and asked.is_write, times)

    done = put(target, source, tmp_path, refusing)

    title = field_of(target, "post", "title")
    assert refusing.count == times
    assert title["default_value"] == (None if times > 1 else "d")
    assert done.gaps[0][2].startswith(f"came without its {without}: ")


def test_a_field_that_is_refused_for_good_ends_the_import(tmp_path: Path) -> None:
    """Without it every record of its model would be refused."""
    source = Client.fresh()
    model(source, "post")
    field(source, "post", "title", "string")
    refusing = Refusing(lambda asked: asked.path.endswith("/fields") and asked.is_write)

    with pytest.raises(RejectedError, match="fields"):
        put(beside(source), source, tmp_path, refusing)

    assert refusing.count == 3


def test_models_that_are_gone_are_left_out_of_validators(
    project: SchemaProject, tmp_path: Path
) -> None:
    """Some old fields permit models that were deleted; that is told, and the field comes."""
    fields = environment_of(project.api).of_type("field")
    one = fields[project.ids["post.of"]]
    rules = one["attributes"]["validators"]["item_item_type"]
    rules["item_types"] = [project.ids["home"], "BfJDVgoneQQW21MoYvmTsM"]
    target = beside(project.api)

    done = put(target, project.api, tmp_path, Refusing(lambda _: False))

    home = target.get("/item-types/home").data["id"]
    assert field_of(target, "post", "of")["validators"]["item_item_type"]["item_types"] == [home]
    assert [(kind, id_) for kind, id_, _ in done.gaps] == [("field", project.ids["post.of"])]


def test_a_title_that_is_taken_no_more_is_told(project: SchemaProject, tmp_path: Path) -> None:
    """Models of old may point to fields of types that are refused today; the rest is set."""
    models = environment_of(project.api).of_type("item_type")
    post = models[project.ids["post"]]
    post["relationships"]["title_field"] = {"data": link("field", project.ids["post.of"])}
    target = beside(project.api)

    done = put(target, project.api, tmp_path, Refusing(lambda _: False))

    links = target.get("/item-types/post").data["relationships"]
    assert [kind for kind, _, _ in done.gaps] == ["model"]
    assert "title_field could not be set" in done.gaps[0][2]
    assert links["ordering_field"]["data"] is not None
    assert target.get("/item-types/post").attributes["ordering_direction"] == "desc"


def test_a_look_whose_upload_did_not_come_goes_without(tmp_path: Path) -> None:
    """A favicon that the snapshot does not hold is told, and the rest of the look is set."""
    source = Client.fresh()
    environment = environment_of(source)
    given = {**environment.site["attributes"], "favicon": "BfJDVgoneQQW21MoYvmTsM"}
    environment.site = {**environment.site, "attributes": {**given, "no_index": True}}
    target = beside(source)

    done = put(target, source, tmp_path, Refusing(lambda _: False))

    look = target.get("/site").attributes
    assert (look["no_index"], look["favicon"]) == (True, None)
    assert [kind for kind, _, _ in done.gaps] == ["site"]


def test_a_plan_without_workflows_has_none(tmp_path: Path) -> None:
    """Where the list is refused there is nothing to be matched, and the import goes on."""
    source = Client.fresh()
    model(source, "post")
    target = beside(source)
    exported(source, tmp_path / "out")
    refusing = Refusing(lambda asked: asked.path == "/workflows")

    done = imported(target, tmp_path / "out", hook=refusing)

    assert (refusing.count, done.gaps) == (1, [])
    assert target.get("/item-types/post").status == 200


def test_a_list_that_every_project_has_must_be_told(tmp_path: Path) -> None:
    """Without it the import could make twice what is there."""
    source = Client.fresh()
    exported(source, tmp_path / "out")
    refusing = Refusing(lambda asked: asked.path == "/plugins")

    with pytest.raises(RejectedError, match="/plugins"):
        imported(beside(source), tmp_path / "out", hook=refusing)


@pytest.mark.parametrize("carried_out", [False, True])
def test_a_setting_that_is_refused_is_told(
    project: SchemaProject,
    tmp_path: Path,
    carried_out: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    """A filter that the API will not have is a gap; one whose answer said so wrongly is there."""
    refused = Refusing(lambda asked: asked.path == "/upload-filters" and asked.is_write)

    def refuse(asked: Asked, carry_out: CarryOut) -> Answer:
        if carried_out and asked.path == "/upload-filters" and asked.is_write:
            carry_out()
        return refused(asked, carry_out)

    target = beside(project.api)

    done = put(target, project.api, tmp_path, refuse)

    assert refused.count == 1
    assert [kind for kind, _, _ in done.gaps] == ["upload_filter"]
    assert len(target.get("/upload-filters").data) == int(carried_out)


def test_places_and_looks_that_are_refused_are_told(project: SchemaProject, tmp_path: Path) -> None:
    """A menu that cannot be put in order, or a theme that is not taken, is no end of an import."""
    target = beside(project.api)
    refusing = Refusing(lambda asked: asked.method == "PUT")
    # The locales come first, and are needed.
    allowed = ["/site"]

    def refuse(asked: Asked, carry_out: CarryOut) -> Answer:
        if asked.path in allowed and asked.is_write:
            allowed.remove(asked.path)
            return carry_out()
        is_late = asked.path.startswith(("/schema-menu-items/", "/site"))
        return refusing(asked, carry_out) if is_late else carry_out()

    done = put(target, project.api, tmp_path, refuse)

    assert refusing.count == len(done.gaps) >= 3
    assert {kind for kind, _, _ in done.gaps} == {"schema_menu_item", "site"}


def test_extras_name_what_could_not_come(tmp_path: Path) -> None:
    """A rule about a model that the role's project no longer has is told."""
    project = schema_project()
    add_extras(project)
    role = project.api.project.of_type("role")[project.ids["reader"]]
    rule = role["attributes"]["positive_item_type_permissions"][0]
    rule["item_type"] = "BfJDVgoneQQW21MoYvmTsM"
    exported(project.api, tmp_path / "out")

    done = imported(beside(project.api), tmp_path / "out", extras=("roles",))

    assert [(kind, id_) for kind, id_, _ in done.gaps] == [("role", project.ids["reader"])]
    assert "role Reader: without 1 of its positive_item_type_permissions" in done.gaps[0][2]


def test_what_is_never_answered_is_told_and_made_by_the_next_import(tmp_path: Path) -> None:
    """After three tries that were not carried out nothing is guessed; the next run looks again."""
    project = schema_project()
    add_extras(project)
    exported(project.api, tmp_path / "out")
    target = beside(project.api)
    lost: list[Asked] = []

    def lose(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.path == "/webhooks" and asked.is_write:
            lost.append(asked)
            return Failure(Kind.LOST, "the reply was lost")
        return carry_out()

    done = imported(target, tmp_path / "out", hook=lose, extras=("webhooks",))

    assert len(lost) == 3
    assert [kind for kind, _, _ in done.gaps] == ["webhook"]
    again = imported(target, tmp_path / "out", extras=("webhooks",), allow_primary=True)
    assert (again.gaps, len(target.get("/webhooks").data)) == ([], 1)
