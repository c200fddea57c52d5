"""A small project whose import makes every kind of request that an import can make."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from tests.support.authoring import Author, block, paragraph, text
from tests.support.schema_project import SchemaProject, add_extras, schema_project
from tests.unit.sandbox.client import Client

_FAR = "2056-02-10T11:03:42.000Z"


def rich_project() -> Client:
    """Build the project: settings of every kind, and records in every state."""
    project = schema_project()
    add_extras(project)
    author = Author(project.api)
    _stories(author)
    _post(author, project)
    _places(author)
    return project.api


def _stories(author: Author) -> None:
    """Link records in a circle, with blocks and uploads, in every state."""
    box = author.block_model("box")
    author.field(box, "file", "file")
    story = author.model("story", draft_saving_active=True)
    title = author.field(story, "title", localized=True)
    author.field(story, "body", "structured_text", to=[story], blocks=[box], follow=True)
    author.field(story, "files", "gallery")
    uploads = [author.upload(name, name.encode()) for name in ("a.txt", "b.txt", "c d.txt")]
    made = [author.create(story, {"title": {"en": str(one), "it": None}}) for one in range(6)]
    for at, one in enumerate(made):
        link = {"type": "itemLink", "item": made[(at + 1) % 3], "children": []}
        inline = {"type": "inlineBlock", "item": block(box, file={"upload_id": uploads[0]})}
        files = [{"upload_id": uploads[at % 3]}]
        author.update(one, {"body": text(paragraph(link, inline)), "files": files})
    author.publish(made[0], *made[3:5])
    author.update(made[4], {"title": {"en": "newer", "it": "nuovo"}})
    author.schedule(made[5], "scheduled_publication", {"publication_scheduled_at": _FAR})
    author.schedule(made[3], "scheduled_unpublishing", {"unpublishing_scheduled_at": _FAR})
    author.validate(title, required={}, length={"min": 3})


def _post(author: Author, project: SchemaProject) -> None:
    """Fill the models of the schema, one record beyond the first stage and a singleton."""
    home = author.create(project.ids["home"], {"title": "Home"})
    upload = author.upload("cover.txt", b"the cover", author="A", tags=["t"])
    words: JsonObject = {"title": {"en": "Title", "it": "Titolo"}, "slug": "title", "of": home}
    quote = block(project.ids["quote"], text="said")
    more = {"body": [quote, quote], "tags": "[]", "cover": {"upload_id": upload}}
    record = author.create(project.ids["post"], {**words, **more, "at": "2026-01-01"})
    author.update(record, meta={"stage": "out"})


def _places(author: Author) -> None:
    """Put records into a tree and into an order, and publish some locales only."""
    page = author.model("page", tree=True)
    author.field(page, "title")
    parent = author.create(page, {"title": "parent"})
    for title in ("a", "b", "c"):
        child = author.published(page, {"title": title})
        author.update(child, {"parent_id": parent, "position": 1})
    news = author.model("news", all_locales_required=True)
    author.field(news, "title", localized=True)
    both = author.create(news, {"title": {"en": "a", "it": "b"}})
    part = {"content_in_locales": ["en"], "non_localized_content": True}
    body = {"data": {"type": "selective_publish_operation", "attributes": part}}
    author.publish(both, body=body)
