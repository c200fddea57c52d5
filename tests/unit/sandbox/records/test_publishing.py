"""Publishing and unpublishing: whole, selective, recursive, and what links demand."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.records.building import (
    F,
    Lab,
    blocks_of,
    document,
    lab,
    paragraph,
    refusal,
)


def unpublish(at: Lab, item_id: str, body: JsonObject | None = None, **query: Json) -> JsonObject:
    """Unpublish a record."""
    data: JsonObject = at.data("PUT", f"/items/{item_id}/unpublish", body, **query)
    return data


def status(at: Lab, item_id: str) -> str:
    """Read a record's status."""
    return str(at.get(item_id)["meta"]["status"])


def test_publication_moves_its_own_dates_only() -> None:
    """`published_at` moves each time, `first_published_at` once; version and `updated_at` stay."""
    at = lab()
    at.model("post", F("title"))
    draft = at.create("post", {"title": "a"})
    first = at.publish(draft["id"])
    again = at.publish(draft["id"])

    assert first["meta"]["status"] == "published"
    assert first["meta"]["is_published_version_valid"] is True
    assert first["meta"]["first_published_at"] == first["meta"]["published_at"]
    assert again["meta"]["published_at"] > first["meta"]["published_at"]
    assert again["meta"]["first_published_at"] == first["meta"]["first_published_at"]
    for name in ("updated_at", "current_version", "created_at"):
        assert again["meta"][name] == draft["meta"][name]


def test_unpublishing_keeps_the_first_date() -> None:
    """An unpublished record is a draft that once was published."""
    at = lab()
    at.model("post", F("title"))
    public = at.publish(at.create("post", {"title": "a"})["id"])
    after = unpublish(at, public["id"])
    assert after["meta"]["status"] == "draft"
    assert after["meta"]["published_at"] is None
    assert after["meta"]["is_published_version_valid"] is None
    assert after["meta"]["first_published_at"] == public["meta"]["first_published_at"]
    with pytest.raises(ApiFailure) as refused:
        at.get(public["id"], version="published")
    assert refused.value.status == 404


def test_empty_body_is_no_selection() -> None:
    """The old clients' empty object publishes everything."""
    at = lab()
    at.model("post", F("title"))
    assert at.publish(at.create("post", {})["id"], {})["meta"]["status"] == "published"


def test_invalid_draft_cannot_be_published() -> None:
    """What validators refuse may be saved as a draft, and goes no further."""
    at = lab()
    at.model("post", F("title", validators={"required": {}}), draft_saving_active=True)
    draft = at.create("post", {})
    with pytest.raises(ApiFailure) as refused:
        at.publish(draft["id"])
    code, details = refusal(refused.value)
    assert (code, details["item_id"]) == ("INVALID_DRAFT", draft["id"])
    assert details["errors"][0]["field"] == "title"


def test_older_projects_publish_invalid_records() -> None:
    """Without the opt-in flag an invalid record is published, and flagged."""
    at = lab(improved_validation_at_publishing=False)
    at.model("post", F("title", validators={"required": {}}), draft_saving_active=True)
    public = at.publish(at.create("post", {})["id"])
    assert public["meta"]["is_published_version_valid"] is False


def selection(*locales: str, rest: bool | None = None) -> JsonObject:
    """Make the body of a selective operation; with `rest` that of a publication."""
    kind = "unpublish" if rest is None else "publish"
    attributes: JsonObject = {"content_in_locales": list(locales)}
    if rest is not None:
        attributes["non_localized_content"] = rest
    return {"data": {"type": f"selective_{kind}_operation", "attributes": attributes}}


def selective_lab() -> tuple[Lab, str]:
    """Make a lab with one draft in two locales of three."""
    at = lab(locales=("en", "it", "de"))
    at.model("post", F("title", localized=True), F("code"))
    post = at.create("post", {"title": {"en": "a", "it": "b"}, "code": "x"})
    return at, post["id"]


def test_one_locale_is_published() -> None:
    """Only the chosen locales, and the rest on request, become public."""
    at, post = selective_lab()
    at.publish(post, selection("it", rest=True))
    assert at.get(post, version="published")["attributes"] == {"title": {"it": "b"}, "code": "x"}
    assert status(at, post) == "updated"

    at.update(post, {"code": "y"})
    at.publish(post, selection("en", rest=False))
    public = at.get(post, version="published")["attributes"]
    assert public == {"title": {"en": "a", "it": "b"}, "code": "x"}

    at.publish(post, selection("en", "it", rest=True))
    assert status(at, post) == "published"


def test_nothing_but_a_locale_is_published_first() -> None:
    """A first publication without the rest has it empty."""
    at, post = selective_lab()
    at.publish(post, selection("en", rest=False))
    assert at.get(post, version="published")["attributes"] == {"title": {"en": "a"}, "code": None}


def test_removed_locale_is_taken_out_by_publishing_it() -> None:
    """A locale that the draft lost is lost in public once it is among the selected."""
    at, post = selective_lab()
    at.publish(post)
    at.update(post, {"title": {"it": "b"}})
    at.publish(post, selection("en", rest=True))
    assert at.get(post, version="published")["attributes"]["title"] == {"it": "b"}


def test_locales_are_unpublished_one_by_one() -> None:
    """Some locales go; when none is left the record is a draft."""
    at, post = selective_lab()
    at.publish(post)
    unpublish(at, post, selection("en"))
    assert at.get(post, version="published")["attributes"]["title"] == {"it": "b"}
    assert status(at, post) == "updated"
    unpublish(at, post, selection("it"))
    assert status(at, post) == "draft"


@pytest.mark.parametrize(
    "body",
    [
        selection("fr", rest=True),
        {"data": {"type": "selective_publish_operation", "attributes": {}}},
        {"data": {"type": "item", "attributes": {}}},
        {"data": {}},
    ],
)
def test_malformed_selections_are_refused(body: JsonObject) -> None:
    """A selection has its closed schema and known locales."""
    at, post = selective_lab()
    with pytest.raises(ApiFailure) as refused:
        at.publish(post, body)
    assert refusal(refused.value)[0] == "INVALID_FORMAT"


def test_published_part_must_be_valid() -> None:
    """A selection that leaves a required value empty is refused."""
    at = lab(locales=("en", "it"))
    at.model("post", F("title", localized=True), F("code", validators={"required": {}}))
    post = at.create("post", {"title": {"en": "a", "it": "b"}, "code": "x"})["id"]
    with pytest.raises(ApiFailure) as refused:
        at.publish(post, selection("en", rest=False))
    assert refusal(refused.value)[0] == "INVALID_DRAFT"


def linked_lab(**strategies: str) -> Lab:
    """Make a lab with a model that links to itself by link, links and text."""
    at = lab()
    to_post = {**blocks_of("post"), **strategies}
    at.model(
        "post",
        F("title"),
        F("link", "link", validators={"item_item_type": to_post}),
        F("links", "links", validators={"items_item_type": to_post}),
        F("body", "structured_text", validators={"structured_text_links": to_post}),
    )
    return at


def linking(kind: str, target: str) -> JsonObject:
    """Point to a record by a link, by links or from a text."""
    node: JsonObject = {
        "type": "itemLink",
        "item": target,
        "children": [{"type": "span", "value": "x"}],
    }
    values = {"link": target, "links": [target], "body": document(paragraph("a ", node))}
    return {kind: values[kind]}


@pytest.mark.parametrize("kind", ["link", "links", "body"])
def test_unpublished_target_stops_a_publication(kind: str) -> None:
    """By default a record that links to a draft cannot be published."""
    at = linked_lab()
    target = at.create("post", {})["id"]
    source = at.create("post", linking(kind, target))["id"]
    with pytest.raises(ApiFailure) as refused:
        at.publish(source)
    assert refusal(refused.value) == ("UNPUBLISHED_LINK", {"field": kind, "item_id": target})
    at.publish(target)
    assert at.publish(source)["meta"]["status"] == "published"


def test_targets_are_published_along() -> None:
    """With `publish_references` whole circles of drafts are published at once."""
    at = linked_lab(on_publish_with_unpublished_references_strategy="publish_references")
    a = at.create("post", {})["id"]
    b = at.create("post", linking("link", a))["id"]
    at.update(a, {"links": [b, a]})
    at.publish(b)
    assert [status(at, one) for one in (a, b)] == ["published", "published"]


def test_link_to_itself_is_no_obstacle() -> None:
    """A record may link to itself and be published."""
    at = linked_lab()
    post = at.create("post", {})["id"]
    at.update(post, {"link": post})
    assert at.publish(post)["meta"]["status"] == "published"
    assert unpublish(at, post)["meta"]["status"] == "draft"


def published_pair(kind: str, **strategies: str) -> tuple[Lab, str, str]:
    """Make two published records, the second linking to the first."""
    at = linked_lab(**strategies)
    target = at.create("post", {"title": "target"})["id"]
    source = at.create("post", linking(kind, target))["id"]
    at.publish(target)
    at.publish(source)
    return at, target, source


@pytest.mark.parametrize("kind", ["link", "links"])
def test_published_reference_stops_an_unpublishing(kind: str) -> None:
    """By default a record that published records link to cannot be unpublished."""
    at, target, source = published_pair(kind)
    with pytest.raises(ApiFailure) as refused:
        unpublish(at, target)
    assert refusal(refused.value) == ("PUBLISHED_REFERENCES", {"field": kind, "item_id": source})
    unpublish(at, source)
    assert unpublish(at, target)["meta"]["status"] == "draft"


def test_references_are_unpublished_along() -> None:
    """With `unpublish` those that link go with it."""
    at, target, source = published_pair("link", on_reference_unpublish_strategy="unpublish")
    unpublish(at, target)
    assert [status(at, one) for one in (target, source)] == ["draft", "draft"]


def test_text_loses_its_link_by_default() -> None:
    """Texts keep the words of a link whose record is unpublished, and lose the link."""
    at, target, source = published_pair("body")
    unpublish(at, target)
    after = at.get(source)
    assert after["meta"]["status"] == "published"
    assert after["attributes"]["body"] == document(paragraph("a ", "x"))
    assert at.get(source, version="published")["attributes"] == after["attributes"]


def test_references_are_deleted_from_draft_and_public() -> None:
    """With `delete_references` the link goes from both contents of an updated record."""
    at, target, source = published_pair(
        "links", on_reference_unpublish_strategy="delete_references"
    )
    at.update(source, {"title": "newer"})
    unpublish(at, target)
    assert at.get(source)["attributes"]["links"] == []
    assert at.get(source, version="published")["attributes"] == {
        "title": None,
        "link": None,
        "links": [],
        "body": None,
    }
    assert status(at, source) == "updated"


def test_reference_only_in_public_is_deleted_there() -> None:
    """A link that the draft no longer has goes from what is public alone."""
    at, target, source = published_pair("link", on_reference_unpublish_strategy="delete_references")
    draft = at.update(source, {"link": None, "title": "newer"})
    unpublish(at, target)
    assert at.get(source, version="published")["attributes"]["link"] is None
    assert at.get(source)["meta"]["current_version"] == draft["meta"]["current_version"]


def tree_lab() -> tuple[Lab, str, str, str]:
    """Make a tree of three drafts, one below the other."""
    at = lab()
    at.model("page", F("title"), tree=True)
    top = at.create("page", {})["id"]
    middle = at.create("page", {"parent_id": top})["id"]
    leaf = at.create("page", {"parent_id": middle})["id"]
    return at, top, middle, leaf


def test_unpublished_parent_stops_a_publication() -> None:
    """A page below a draft is published only together with its ancestors."""
    at, top, middle, leaf = tree_lab()
    with pytest.raises(ApiFailure) as refused:
        at.publish(leaf)
    assert refusal(refused.value) == ("UNPUBLISHED_PARENT", {"parent_id": middle})
    at.publish(leaf, recursive="true")
    assert {status(at, one) for one in (top, middle, leaf)} == {"published"}


def test_published_children_stop_an_unpublishing() -> None:
    """A page above published ones is unpublished only together with them."""
    at, top, middle, leaf = tree_lab()
    at.publish(leaf, recursive="true")
    with pytest.raises(ApiFailure) as refused:
        unpublish(at, top)
    assert refusal(refused.value) == ("PUBLISHED_CHILDREN", {"item_id": middle})
    unpublish(at, leaf)
    unpublish(at, top, recursive="true")
    assert {status(at, one) for one in (top, middle, leaf)} == {"draft"}


def test_refused_publication_leaves_no_trace() -> None:
    """When one of many cannot be published, none is."""
    at = linked_lab(on_publish_with_unpublished_references_strategy="publish_references")
    at.model("strict", F("title", validators={"required": {}}), draft_saving_active=True)
    at.environment.of_type("field")["post.link"]["attributes"]["validators"] = {
        "item_item_type": {
            **blocks_of("strict"),
            "on_publish_with_unpublished_references_strategy": "publish_references",
        }
    }
    at.environment.derived.clear()
    good = at.create("post", {})["id"]
    bad = at.create("strict", {})["id"]
    source = at.create("post", {"links": [good], "link": bad})["id"]
    with pytest.raises(ApiFailure):
        at.publish(source)
    assert {status(at, one) for one in (good, bad, source)} == {"draft"}


def test_circles_are_unpublished_together() -> None:
    """Records that link to each other go as one where their fields say so."""
    at, target, source = published_pair("link", on_reference_unpublish_strategy="unpublish")
    at.update(target, {"links": [source]})
    at.publish(target)
    unpublish(at, target)
    assert {status(at, one) for one in (target, source)} == {"draft"}


def test_draft_reference_is_deleted_from_the_draft_alone() -> None:
    """A deleted record's link goes from the draft; what is public never had it and stays."""
    at = linked_lab()
    source = at.create("post", {"title": "a"})["id"]
    public = at.publish(source)["meta"]
    target = at.create("post", {})["id"]
    at.update(source, {"link": target})
    at.data("DELETE", f"/items/{target}")
    after = at.get(source)
    assert after["attributes"]["link"] is None
    assert after["meta"]["status"] == "updated"
    assert after["meta"]["published_at"] == public["published_at"]
