"""Cases for imports: what of a record readers see, when that changes, and who made it."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from tests.support.authoring import Author
from tests.support.case import Case

_FAR = "2056-02-10T11:03:42.000Z"


def statuses(author: Author) -> None:
    """Make a record of each status, one that was taken back among them, with and without drafts."""
    model = author.model("post")
    author.field(model, "title")
    author.create(model, {"title": "draft"})
    author.published(model, {"title": "published"})
    updated = author.published(model, {"title": "before"})
    author.update(updated, {"title": "after"})
    back = author.published(model, {"title": "taken back"})
    assert author.api.put(f"/items/{back}/unpublish").status == 200
    plain = author.model("plain", draft_mode_active=False)
    author.field(plain, "title")
    author.create(plain, {"title": "public at once"})


def old_dates(author: Author) -> None:
    """Make records that are older than the project."""
    model = author.model("post")
    author.field(model, "title")
    dates: JsonObject = {
        "created_at": "2009-03-01T09:00:00.123+00:00",
        "first_published_at": "2010-04-01T09:00:00.000+00:00",
    }
    author.create(model, {"title": "old"}, meta=dates)
    author.published(model, {"title": "old and public"}, meta=dates)


def invalid_drafts(author: Author) -> None:
    """Save drafts that validators do not let be published, one over a good published content."""
    model = author.model("post", draft_saving_active=True)
    author.field(model, "title", validators={"required": {}, "length": {"min": 3}})
    author.create(model, {"title": None})
    author.create(model, {"title": "no"})
    author.update(author.published(model, {"title": "good"}), {"title": "x"})


def published_no_longer_valid(author: Author) -> None:
    """Let validators come after the content: published and updated records do not satisfy them."""
    model = author.model("post")
    title = author.field(model, "title")
    author.published(model, {"title": "ab"})
    author.update(author.published(model, {"title": "cd"}), {"title": "long enough"})
    author.update(author.published(model, {"title": "long enough too"}), {"title": "x"})
    author.published(model, {"title": None})
    author.validate(title, required={}, length={"min": 5})


def partly_published(author: Author) -> None:
    """Publish some locales only, in a model that needs them all and in one that does not."""
    author.locales("en", "it", "de")
    for key, needed in (("all", True), ("some", False)):
        model = author.model(key, all_locales_required=needed)
        author.field(model, "title", localized=True)
        author.field(model, "code")
        for part in (["en"], ["it", "de"]):
            title = {"en": "a", "it": "b", "de": "c"}
            record = author.create(model, {"title": title, "code": "x"})
            _publish_part(author, record, part, rest=True)
            author.update(record, {"title": {"en": "d", "it": "e", "de": "f"}, "code": "y"})
            _publish_part(author, record, part[:1], rest=False)


def _publish_part(author: Author, record: str, locales: list[str], *, rest: bool) -> None:
    part = {"content_in_locales": locales, "non_localized_content": rest}
    body = {"data": {"type": "selective_publish_operation", "attributes": part}}
    author.publish(record, body=body)


def schedules(author: Author) -> None:
    """Plan to publish, in part too, and to take back."""
    author.locales("en", "it")
    model = author.model("post")
    author.field(model, "title", localized=True)
    title = {"title": {"en": "a", "it": "b"}}
    whole, part = author.create(model, title), author.create(model, title)
    author.schedule(whole, "scheduled_publication", {"publication_scheduled_at": _FAR})
    selection = {"content_in_locales": ["it"], "non_localized_content": True}
    planned = {"publication_scheduled_at": _FAR, "selective_publication": selection}
    author.schedule(part, "scheduled_publication", planned)
    public = author.published(model, title)
    back = {"unpublishing_scheduled_at": _FAR, "content_in_locales": ["en"]}
    author.schedule(public, "scheduled_unpublishing", back)
    author.schedule(public, "scheduled_publication", {"publication_scheduled_at": _FAR})


def stages(author: Author) -> None:
    """Move records through a workflow."""
    workflow = author.workflow("to_write", "written", "checked")
    model = author.model("post", {"workflow": {"type": "workflow", "id": workflow}})
    author.field(model, "title")
    for stage in ("to_write", "written", "checked"):
        record = author.create(model, {"title": stage})
        author.update(record, meta={"stage": stage})
        author.update(author.published(model, {"title": f"public {stage}"}), meta={"stage": stage})


CASES = (
    Case("drafts, published, updated, taken back", statuses),
    Case("dates of creation and first publication", old_dates),
    Case("invalid drafts", invalid_drafts),
    Case("published content that no longer validates", published_no_longer_valid),
    Case("selective publication by locale", partly_published),
    Case("schedules in the future", schedules),
    Case("workflow stages", stages),
)
