"""A small newsroom in a sandbox: what people clone on Friday and have restored on Monday.

It has records of every status, links, blocks, pictures, a tree, a sorted list and a singleton, in
two locales; few enough of each that a test can name them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.state import Environment
from tests.support.authoring import Author, block
from tests.support.importing import environment_of
from tests.unit.sandbox.client import Client


@dataclass(slots=True)
class Newsroom:
    """The project, and what is in it by name."""

    api: Client
    author: Author
    models: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, str] = field(default_factory=dict)

    def id(self, name: str) -> str:
        """Give a record's id."""
        return self.records[name]

    def ids(self, *names: str) -> list[str]:
        """Give the ids of several records."""
        return [self.records[one] for one in names]


def newsroom() -> Newsroom:
    """Build it."""
    api = Client.fresh()
    room = Newsroom(api, Author(api))
    room.author.locales("en", "it")
    _schema(room)
    _content(room)
    return room


def _schema(room: Newsroom) -> None:
    author, models = room.author, room.models
    models["quote"] = author.block_model("quote")
    author.field("quote", "text")
    models["writer"] = author.model("writer")
    models["article"] = author.model("article")
    models["topic"] = author.model("topic", tree=True)
    models["rank"] = author.model("rank", sortable=True)
    models["about"] = author.model("about", singleton=True, draft_mode_active=False)
    for key in ("writer", "article", "topic", "rank", "about"):
        author.field(key, "title", localized=key == "article")
    author.field("article", "code", validators={"unique": {}})
    author.field("article", "body", "rich_text", localized=True, blocks=[models["quote"]])
    author.field("article", "writer", "link", to=[models["writer"]])
    author.field("article", "see", "links", to=[models["article"]])
    author.field("article", "hero", "file")


def _content(room: Newsroom) -> None:
    author, records, api = room.author, room.records, room.api
    for name in ("sun", "moon"):
        room.uploads[name] = author.upload(f"{name}.txt", f"{name} shines".encode(), author=name)
    for name in ("ann", "bob"):
        records[name] = author.published(room.models["writer"], {"title": name})
    for number, name in enumerate(("one", "two", "three", "four")):
        records[name] = author.create(room.models["article"], article(room, name, number))
    author.update(records["one"], {"see": room.ids("two", "one")})
    author.publish(*room.ids("two", "one", "three"))
    author.update(records["three"], {"code": "three, newer"})
    parent = None
    for name in ("world", "europe", "rome"):
        parent = author.create(room.models["topic"], {"title": name, "parent_id": parent})
        records[name] = parent
    author.publish(*room.ids("world", "europe"))
    for name in ("first", "second", "third", "fourth"):
        records[name] = author.published(room.models["rank"], {"title": name})
    assert api.put(f"/items/{room.id('fourth')}/unpublish").status == 200
    records["about"] = author.create(room.models["about"], {"title": "About us"})


def article(room: Newsroom, name: str, number: int) -> JsonObject:
    """Give an article's content."""
    quote = block(room.models["quote"], text=f"says {name}")
    return {
        "title": {"en": name, "it": f"{name} it"},
        "code": name,
        "body": {"en": [quote, quote], "it": [quote]},
        "writer": room.id("bob" if number % 2 else "ann"),
        "hero": {"upload_id": room.uploads["moon" if number % 2 else "sun"]},
    }


def delete(api: Client, *record_ids: str) -> None:
    """Delete records of a place."""
    for one in record_ids:
        assert api.delete(f"/items/{one}").status < 300


def change(api: Client, record_id: str, **attributes: Json) -> None:
    """Edit a record of a place."""
    body = {"data": {"type": "item", "id": record_id, "attributes": attributes}}
    answered = api.put(f"/items/{record_id}", body)
    assert answered.status == 200, answered.json


def value(api: Client, record_id: str, name: str) -> Json:
    """Give a record's value in a place."""
    return environment_of(api).items[record_id].current.attributes[name]


def records_of(place: Environment) -> set[str]:
    """Give the ids of all records of a place."""
    return set(place.items)
