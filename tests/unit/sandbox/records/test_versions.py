"""Versions: listed newest first, found by id, restored as new ones."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.records.building import ACTOR, F, Lab, block, blocks_of, lab, refusal


def history_lab(count: int = 1) -> tuple[Lab, str]:
    """Make a record with some versions, each with its number as title and one block."""
    at = lab()
    at.model("card", F("text"), modular_block=True)
    at.model(
        "post",
        F("title"),
        F("cards", "rich_text", validators={"rich_text_blocks": blocks_of("card")}),
        F("next", "link", validators={"item_item_type": blocks_of("post")}),
    )
    post = at.create("post", {"title": "1", "cards": [block("card", {"text": "x"})]})["id"]
    for number in range(2, count + 1):
        at.update(post, {"title": str(number)})
    return at, post


def test_version_reads_as_the_api_shows_it() -> None:
    """A version has the content, its record, its editor and what became of it."""
    at, post = history_lab()
    record = at.get(post)
    answer = at.answer("GET", f"/items/{post}/versions")
    assert answer == {
        "data": [
            {
                "type": "item_version",
                "id": record["meta"]["current_version"],
                "attributes": record["attributes"],
                "relationships": {
                    "item_type": {"data": {"type": "item_type", "id": "model-post"}},
                    "item": {"data": {"type": "item", "id": post}},
                    "editor": {"data": ACTOR},
                },
                "meta": {
                    "created_at": record["meta"]["created_at"],
                    "is_valid": True,
                    "is_published": False,
                    "published_from": None,
                    "published_until": None,
                    "is_current": True,
                },
            }
        ],
        "meta": {"total_count": 1},
    }


def test_versions_are_paged_newest_first() -> None:
    """15 a page by default, 50 at most, nested on request."""
    at, post = history_lab(20)
    path = f"/items/{post}/versions"
    page = at.answer("GET", path)
    assert page["meta"]["total_count"] == 20
    assert [one["attributes"]["title"] for one in page["data"]] == [
        str(number) for number in range(20, 5, -1)
    ]
    rest = at.data("GET", path, page={"offset": "15", "limit": "50"}, nested="true")
    assert [one["attributes"]["title"] for one in rest] == ["5", "4", "3", "2", "1"]
    assert rest[0]["attributes"]["cards"][0]["attributes"] == {"text": "x"}
    with pytest.raises(ApiFailure):
        at.data("GET", path, page={"limit": "51"})


def metas(at: Lab, post: str) -> list[JsonObject]:
    """Give the meta of all versions, oldest first."""
    return [one["meta"] for one in reversed(at.data("GET", f"/items/{post}/versions"))]


def test_versions_tell_when_they_were_published() -> None:
    """Publishing a newer version ends the older one's time."""
    at, post = history_lab()
    first = at.publish(post)["meta"]["published_at"]
    at.update(post, {"title": "2"})
    second = at.publish(post)["meta"]["published_at"]
    old, new = metas(at, post)
    assert (old["is_published"], new["is_published"]) == (False, True)
    assert (old["published_from"], old["published_until"]) == (first, second)
    assert (new["published_from"], new["published_until"]) == (second, None)

    at.data("PUT", f"/items/{post}/unpublish")
    assert metas(at, post)[1]["published_until"] > second
    again = at.publish(post)["meta"]["published_at"]
    assert metas(at, post)[1]["published_from"] == again


def test_publishing_again_keeps_since_when() -> None:
    """A version that is public already stays public since its first publication."""
    at, post = history_lab()
    since = at.publish(post)["meta"]["published_at"]
    at.publish(post)
    assert metas(at, post)[0]["published_from"] == since


def test_version_is_found_by_its_id() -> None:
    """A single version can be asked for, flat or nested."""
    at, post = history_lab(2)
    old = at.data("GET", f"/items/{post}/versions")[1]
    assert at.data("GET", f"/versions/{old['id']}") == old
    nested = at.data("GET", f"/versions/{old['id']}", nested="true")
    assert nested["attributes"]["cards"][0]["id"] == old["attributes"]["cards"][0]
    with pytest.raises(ApiFailure) as refused:
        at.data("GET", "/versions/ghost")
    assert refused.value.status == 404


def test_partly_published_content_is_a_version_too() -> None:
    """What a selective publication made is found under the id that the record's state names."""
    at = lab(locales=("en", "it"))
    at.model("post", F("title", localized=True))
    post = at.create("post", {"title": {"en": "a", "it": "b"}})["id"]
    body: JsonObject = {
        "type": "selective_publish_operation",
        "attributes": {"content_in_locales": ["en"], "non_localized_content": True},
    }
    at.publish(post, {"data": body})
    state = at.data("GET", f"/items/{post}/current-vs-published-state")
    public = state["relationships"]["published_version"]["data"]["id"]
    assert at.data("GET", f"/versions/{public}")["attributes"] == {"title": {"en": "a"}}


def test_restoring_adds_a_version() -> None:
    """The old content is current again, as a draft, and nothing of the history is lost."""
    at, post = history_lab(2)
    at.publish(post)
    old = at.data("GET", f"/items/{post}/versions")[1]
    record, version = at.data("POST", f"/versions/{old['id']}/restore")
    assert record["attributes"] == old["attributes"]
    assert record["meta"]["status"] == "updated"
    assert version["id"] == record["meta"]["current_version"]
    assert at.answer("GET", f"/items/{post}/versions")["meta"]["total_count"] == 3


def test_restoring_without_drafts_publishes() -> None:
    """A model that knows no drafts has its restored content public at once."""
    at = lab()
    at.model("post", F("title"), draft_mode_active=False)
    post = at.create("post", {"title": "1"})
    at.update(post["id"], {"title": "2"})
    record, _ = at.data("POST", f"/versions/{post['meta']['current_version']}/restore")
    assert (record["attributes"]["title"], record["meta"]["status"]) == ("1", "published")


def test_restoring_leaves_out_dead_links() -> None:
    """A link to a record that is gone by now does not come back."""
    at, post = history_lab()
    other = at.create("post", {})["id"]
    linked = at.update(post, {"next": other})
    at.data("DELETE", f"/items/{other}")
    record, _ = at.data("POST", f"/versions/{linked['meta']['current_version']}/restore")
    assert record["attributes"]["next"] is None


def test_versions_die_with_their_record() -> None:
    """Deleting a record deletes its history."""
    at, post = history_lab(2)
    version = at.get(post)["meta"]["current_version"]
    at.data("DELETE", f"/items/{post}")
    for path in (f"/versions/{version}", f"/items/{post}/versions"):
        with pytest.raises(ApiFailure) as refused:
            at.data("GET", path)
        assert refusal(refused.value)[0] == "NOT_FOUND"
