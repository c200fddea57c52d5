"""The project's settings."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.flags import FLAGS
from tests.unit.sandbox.client import Client, document
from tests.unit.sandbox.resources.shelf import ID, field, model


def test_settings_of_a_new_project(api: Client) -> None:
    """All is told at once: attributes, owner, models, flags."""
    site = api.get("/site").data

    assert site["id"] == api.project.id
    assert site["attributes"]["timezone"] == "Europe/London"
    assert site["attributes"]["global_seo"] is None
    assert site["relationships"]["item_types"] == {"data": []}
    assert site["relationships"]["account"] == {"data": None}
    assert site["relationships"]["owner"]["data"]["type"] == "organization"
    assert FLAGS.items() <= site["meta"].items()


def test_whole_schema_in_one_call(api: Client) -> None:
    """Models, fields and fieldsets can be included, in either spelling of the list."""
    post = model(api, "post")
    title = field(api, "post", "title", "string")
    fieldset = api.make("/item-types/post/fieldsets", "fieldset", title="F").data
    wanted = ("item_types", "item_types.fields", "item_types.fieldsets")

    by_commas = api.get(f"/site?include={','.join(wanted)}").json
    by_list = api.get(f"/site?{'&'.join(f'include[]={each}' for each in wanted)}").json

    assert by_commas == by_list
    included = [(each["type"], each["id"]) for each in by_commas["included"]]
    assert included == [
        ("item_type", post["id"]),
        ("field", title["id"]),
        ("fieldset", fieldset["id"]),
    ]
    assert [each["type"] for each in api.get("/site?include=item_types").json["included"]] == [
        "item_type"
    ]


def test_account_can_be_included(api: Client) -> None:
    """The owner's account comes along when there is one."""
    assert api.get("/site?include=account").json["included"] == []
    credentials = {"email": "a@example.com", "password": "x"}
    api.token = api.post("/sessions", document("email_credentials", None, credentials)).data["id"]
    api.token = api.make("/sites", "site", name="S").attributes["access_token"]

    answer = api.get("/site?include=account").json

    assert [each["type"] for each in answer["included"]] == ["account"]
    assert answer["data"]["relationships"]["account"] == answer["data"]["relationships"]["owner"]


def test_unknown_inclusion_is_refused(api: Client) -> None:
    """What cannot be included is told."""
    assert api.get("/site?include=roles").code == "INVALID_PARAMS"


def test_update_changes_only_what_is_sent(api: Client) -> None:
    """The rest stays."""
    before = api.get("/site").attributes

    after = api.change("/site", "site", name="New", no_index=True, require_2fa=True).attributes

    expected = {"name": "New", "no_index": True, "require_2fa": True}
    changed = {key for key in before if before[key] != after[key]}
    assert changed - {"last_data_change_at"} == expected.keys()


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"locales": []}, "locales"),
        ({"locales": ["en", "en"]}, "locales"),
        ({"locales": ["English"]}, "locales"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"name": " "}, "name"),
        ({"favicon": ID}, "favicon"),
        ({"theme": {"type": "monochromatic", "hue": 1, "logo": ID}}, "theme.logo"),
        ({"theme": {"type": "monochromatic", "logo": None}}, "theme"),
        ({"theme": {"type": "custom", "logo": None}}, "theme"),
    ],
)
def test_settings_that_cannot_be(api: Client, attributes: JsonObject, name: str) -> None:
    """Each is refused by its name."""
    assert api.change("/site", "site", **attributes).details["field"] == name


def test_read_only_settings_are_not_permitted(api: Client) -> None:
    """What cannot be written is an unknown key."""
    assert api.change("/site", "site", imgix_host="x").code == "INVALID_FORMAT"


def test_seo_goes_by_locale_once_there_are_several(api: Client) -> None:
    """One locale has a plain object, several one each, and back."""
    seo: JsonObject = {"site_name": "B", "fallback_seo": None}
    assert api.change("/site", "site", global_seo=seo).attributes["global_seo"] == seo

    several = api.change("/site", "site", locales=["en", "it"]).attributes["global_seo"]
    one = api.change("/site", "site", locales=["en"]).attributes["global_seo"]

    assert several == {"en": seo, "it": None}
    assert one == seo


def test_missing_seo_goes_by_locale_too(api: Client) -> None:
    """Without any, each locale has none."""
    after = api.change("/site", "site", locales=["en", "it"]).attributes

    assert after["global_seo"] == {"en": None, "it": None}


def test_defaults_follow_the_locales(api: Client) -> None:
    """A localized default covers the locales of the site, a plain one stays."""
    model(api, "post")
    field(api, "post", "plain", "string", default_value="x")
    made = field(api, "post", "title", "string", localized=True, default_value={"en": "x"})

    def default() -> Json:
        return api.get(f"/fields/{made['id']}").attributes["default_value"]

    api.change("/site", "site", locales=["en", "it"])
    assert default() == {"en": "x", "it": None}

    api.change("/site", "site", locales=["it"])
    assert default() == {"it": None}


def test_flags_are_switched_on_for_all_environments(api: Client) -> None:
    """An opt-in is for the whole project and cannot be undone."""
    api.main.site["meta"]["improved_hex_management"] = False
    api.post("/environments/main/fork", {"data": {"type": "environment", "id": "fork"}})

    answer = api.put("/site/activate-improved-hex-management")

    assert answer.data["meta"]["improved_hex_management"] is True
    assert api.get("/site", x_environment="fork").data["meta"]["improved_hex_management"] is True
    off = {"data": {"type": "site", "meta": {"improved_hex_management": False}}}
    assert api.put("/site", off).details["field"] == "meta.improved_hex_management"


def test_delivery_settings_have_their_own_place(api: Client) -> None:
    """What the CDN does with images is set apart."""
    told = {"image": {"auto": "compress"}, "video": {}}

    answer = api.change(
        "/site/assets-cdn-default-settings", "assets-cdn-default-settings", None, **told
    )

    assert answer.attributes["assets_cdn_default_settings"] == told


def test_public_info_tells_the_name(api: Client) -> None:
    """Name and theme are for anyone with a token."""
    assert api.get("/public-info").attributes["name"] == "Blog"


def test_rights_go_by_setting(api: Client) -> None:
    """An editor changes the favicon, not the locales."""
    editor = api.get("/roles").data[0]
    role: JsonObject = {"role": {"type": "role", "id": editor["id"]}}
    flags = {"can_access_cma": True, "can_access_cda": False, "can_access_cda_preview": False}
    api.token = api.make("/access_tokens", "access_token", role, name="E", **flags).attributes[
        "token"
    ]

    assert api.change("/site", "site", favicon=None).status == 200
    assert api.change("/site", "site", locales=["en", "it"]).code == "INSUFFICIENT_PERMISSIONS"


def test_plan_limits_locales(api: Client) -> None:
    """Beyond the plan's limit no locale is added."""
    api.project.limits["locales"] = 1

    assert api.change("/site", "site", locales=["en", "it"]).code == "PLAN_UPGRADE_REQUIRED"


def test_drafts_become_the_default(api: Client) -> None:
    """From then on a new model has draft mode; unlike other flags it can be switched off again."""
    assert api.put("/site/activate-draft-mode-as-default").data["meta"]["draft_mode_default"]
    made = api.make("/item-types", "item_type", name="Post", api_key="post").attributes
    assert made["draft_mode_active"] is True

    body = {"data": {"type": "site", "meta": {"draft_mode_default": False}}}
    assert api.put("/site", body).data["meta"]["draft_mode_default"] is False
