"""Cases for imports: uploads, their metadata, and where they are used."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from tests.support.authoring import Author, block
from tests.support.case import Case


def used_deep(author: Author) -> None:
    """Use uploads only inside blocks, only in SEO fields, or nowhere at all."""
    box = author.block_model("box")
    author.field(box, "files", "gallery")
    author.field(box, "seo", "seo")
    model = author.model("page")
    author.field(model, "boxes", "rich_text", blocks=[box])
    author.field(model, "seo", "seo")
    made = [author.upload(f"{number}.txt", b"%d" % number) for number in range(5)]
    inside = block(box, files=[{"upload_id": made[0]}], seo={"image": made[1]})
    author.published(model, {"boxes": [inside], "seo": {"image": made[2], "title": "t"}})
    author.create(model, {"boxes": [block(box, files=[{"upload_id": made[3]}] * 2)]})


def metadata(author: Author) -> None:
    """Describe uploads in every way, in locales that only some of them have."""
    author.locales("en", "it")
    described: JsonObject = {
        "alt": {"en": "Ünï", "it": None},
        "title": {"en": "", "it": "T"},
        "custom_data": {"en": {"k": "v"}, "it": {}},
    }
    author.upload(
        "naïve file (1).TXT",
        b"described",
        author="A",
        copyright="©",
        notes="n\nm",
        tags=["b", "a b"],
        default_field_metadata=described,
    )
    author.upload("plain", b"", tags=[])


def same_bytes(author: Author) -> None:
    """Have several uploads of the same bytes, under the same and another name."""
    model = author.model("page")
    author.field(model, "files", "gallery")
    names = ("a.txt", "a.txt", "b.txt")
    made = [author.upload(name, b"the same", author=name) for name in names]
    author.published(model, {"files": [{"upload_id": one} for one in reversed(made)]})


def collections(author: Author) -> None:
    """Put uploads into collections within collections."""
    parent: str | None = None
    for label in ("outer", "inner", "innermost"):
        links = {"parent": {"type": "upload_collection", "id": parent}} if parent else None
        made = author.api.make("/upload-collections", "upload_collection", links, label=label)
        parent = made.data["id"]
    upload = author.upload("a.txt", b"in a collection")
    relation = {"upload_collection": {"data": {"type": "upload_collection", "id": parent}}}
    data = {"type": "upload", "id": upload, "attributes": {}, "relationships": relation}
    assert author.api.put(f"/uploads/{upload}", {"data": data}).status == 200


CASES = (
    Case("uploads used only in blocks or SEO", used_deep),
    Case("metadata of uploads", metadata),
    Case("uploads of the same bytes", same_bytes),
    Case("collections", collections),
)
