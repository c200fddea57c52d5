"""Scheduled publications and unpublishings, and the state that tells of them."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.records.building import F, Lab, lab, refusal

FUTURE = "2056-02-10T11:03:42.208Z"
KINDS = {
    "scheduled-publication": ("scheduled_publication", "publication_scheduled_at"),
    "scheduled-unpublishing": ("scheduled_unpublishing", "unpublishing_scheduled_at"),
}


def schedule(
    at: Lab, item_id: str, path: str, when: str = FUTURE, **attributes: Json
) -> JsonObject:
    """Plan something for a record; give the whole answer."""
    kind, time_key = KINDS[path]
    data = {"type": kind, "attributes": {time_key: when, **attributes}}
    return at.answer("POST", f"/items/{item_id}/{path}", {"data": data})


def scheduled_lab() -> tuple[Lab, str]:
    """Make a record in two locales."""
    at = lab(locales=("en", "it"))
    required: JsonObject = {"required": {}}
    at.model(
        "post", F("title", localized=True, validators=required), F("code"), draft_saving_active=True
    )
    return at, at.create("post", {"title": {"en": "a", "it": "b"}})["id"]


@pytest.mark.parametrize("path", KINDS)
def test_schedule_is_made_and_dropped(path: str) -> None:
    """The reply repeats the date as sent, the record's meta shows it, dropping gives the record."""
    at, post = scheduled_lab()
    kind, time_key = KINDS[path]
    answer = schedule(at, post, path)
    assert answer["data"]["type"] == kind
    assert answer["data"]["attributes"][time_key] == FUTURE
    assert answer["data"]["relationships"]["item"]["data"] == {"type": "item", "id": post}
    (record,) = answer["included"]
    assert record["meta"][time_key] == "2056-02-10T11:03:42.208+00:00"

    dropped = at.data("DELETE", f"/items/{post}/{path}")
    assert (dropped["id"], dropped["meta"][time_key]) == (post, None)
    with pytest.raises(ApiFailure) as refused:
        at.data("DELETE", f"/items/{post}/{path}")
    assert refused.value.status == 404


@pytest.mark.parametrize("path", KINDS)
def test_only_one_of_a_kind(path: str) -> None:
    """A record has one planned publication and one planned unpublishing."""
    at, post = scheduled_lab()
    for each in KINDS:
        schedule(at, post, each)
    with pytest.raises(ApiFailure) as refused:
        schedule(at, post, path)
    assert refusal(refused.value)[1]["code"] == "VALIDATION_UNIQUENESS"


@pytest.mark.parametrize(
    ("when", "code"), [("2020-01-01T00:00:00Z", "INVALID_FIELD"), ("tomorrow", "INVALID_DATE")]
)
def test_time_must_lie_ahead(when: str, code: str) -> None:
    """The past cannot be planned."""
    at, post = scheduled_lab()
    with pytest.raises(ApiFailure) as refused:
        schedule(at, post, "scheduled-publication", when)
    assert refusal(refused.value)[0] == code


def test_schedules_have_closed_schemas() -> None:
    """Unknown attributes are refused."""
    at, post = scheduled_lab()
    with pytest.raises(ApiFailure) as refused:
        schedule(at, post, "scheduled-publication", content_in_locales=["en"])
    assert refusal(refused.value)[0] == "INVALID_FORMAT"


def state(at: Lab, post: str) -> JsonObject:
    """Read how a record's current content compares with its published one."""
    return at.answer("GET", f"/items/{post}/current-vs-published-state")


def test_state_tells_what_is_selected() -> None:
    """Selections of schedules are read from the state, nowhere else."""
    at, post = scheduled_lab()
    parts = {"content_in_locales": ["en"], "non_localized_content": True}
    schedule(at, post, "scheduled-publication", selective_publication=parts)
    schedule(at, post, "scheduled-unpublishing", content_in_locales=["it"])
    answer = state(at, post)

    links = answer["data"]["relationships"]
    found = {one["type"]: one for one in answer["included"]}
    publication, unpublishing = found["scheduled_publication"], found["scheduled_unpublishing"]
    assert links["scheduled_publication"]["data"]["id"] == publication["id"]
    assert links["published_version"] == {"data": None}
    assert publication["attributes"] == {
        "publication_scheduled_at": "2056-02-10T11:03:42.208+00:00",
        "selective_publication": parts,
    }
    assert unpublishing["attributes"]["content_in_locales"] == ["it"]


def test_state_of_an_unselective_schedule() -> None:
    """A schedule of everything selects nothing."""
    at, post = scheduled_lab()
    schedule(at, post, "scheduled-unpublishing", content_in_locales=None)
    (found,) = state(at, post)["included"]
    assert found["attributes"]["content_in_locales"] is None


def test_state_compares_locales() -> None:
    """Locales are changed, added or removed since the publication, and perhaps invalid."""
    at, post = scheduled_lab()
    assert state(at, post)["data"]["attributes"] == {
        "current_version_locales": ["en", "it"],
        "published_version_locales": [],
        "changed_locales": [],
        "added_locales": ["en", "it"],
        "removed_locales": [],
        "non_localized_fields_changed": False,
        "current_version_invalid_locales": [],
        "current_version_non_localized_fields_invalid": False,
    }
    at.update(post, {"title": {"en": "a"}, "code": None})
    at.publish(post)
    at.update(post, {"title": {"it": None}, "code": "x"})
    answer = state(at, post)
    assert answer["data"]["type"] == "item_current_vs_published_state"
    assert answer["data"]["attributes"] == {
        "current_version_locales": ["it"],
        "published_version_locales": ["en"],
        "changed_locales": [],
        "added_locales": ["it"],
        "removed_locales": ["en"],
        "non_localized_fields_changed": True,
        "current_version_invalid_locales": ["it"],
        "current_version_non_localized_fields_invalid": False,
    }
    assert answer["included"][0]["meta"]["is_published"] is True


def test_state_names_changed_locales() -> None:
    """A locale in both contents is changed when one of its values is."""
    at, post = scheduled_lab()
    at.publish(post)
    at.update(post, {"title": {"en": "a", "it": "other"}})
    assert state(at, post)["data"]["attributes"]["changed_locales"] == ["it"]
