"""A small project in a sandbox, made without a socket, and an editor who never stops working.

The editor changes records, by the API, whenever a page of a list is asked for: what offset paging
fears most. What it does is drawn from a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from datosnap.core.ids import from_random
from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.fault_acts import Meddle
from datosnap.sandbox.faults import Fault
from datosnap.sandbox.state import World
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.resources.shelf import field as make_field
from tests.unit.sandbox.resources.shelf import model as make_model

# What a client asks for page by page.
PAGED = ("GET /items", "GET /items/{id}/versions", "GET /items/{id}/current-vs-published-state")


@dataclass(slots=True)
class SmallProject:
    """A project with one model that has blocks, one that has none and is sorted, and a draw."""

    api: Client
    draw: Random
    models: dict[str, str] = field(default_factory=dict)
    block: str = ""

    @property
    def world(self) -> World:
        """Give the world it is in."""
        return self.api.world

    @property
    def token(self) -> str:
        """Give a token of full rights."""
        return self.api.token

    def ids(self, model: str) -> list[str]:
        """Give the ids of a model's records."""
        items = self.api.main.items.values()
        return [one.id for one in items if one.item_type_id == self.models[model]]

    def create(self, model: str) -> str:
        """Create a record."""
        number = self.draw.randrange(10**6)
        attributes: JsonObject = {"title": f"№ {number}"}
        if model == "post":
            link = {"item_type": {"data": {"type": "item_type", "id": self.block}}}
            block = {"type": "item", "attributes": {"text": f"b {number}"}, "relationships": link}
            attributes["body"] = [block] * self.draw.randrange(3)
        item_type = {"type": "item_type", "id": self.models[model]}
        data: JsonObject = {
            "type": "item",
            "id": from_random(self.draw.randbytes(16)),
            "attributes": attributes,
            "relationships": {"item_type": {"data": item_type}},
        }
        created: str = self.api.post("/items", {"data": data}).data["id"]
        return created

    def edit(self, record_id: str) -> None:
        """Change a record's title."""
        title = f"edited {self.draw.randrange(10**6)}"
        self._put(f"/items/{record_id}", {"id": record_id, "attributes": {"title": title}})

    def reorder(self, record_id: str) -> None:
        """Move a record of the sorted model to another place."""
        place = self.draw.randrange(1, 1 + len(self.ids("note")))
        self._put(f"/items/{record_id}", {"id": record_id, "attributes": {"position": place}})

    def publish(self, record_id: str) -> None:
        """Publish a record."""
        assert self.api.put(f"/items/{record_id}/publish").status == 200

    def unpublish(self, record_id: str) -> None:
        """Take a record back."""
        assert self.api.put(f"/items/{record_id}/unpublish").status == 200

    def delete(self, record_id: str) -> None:
        """Delete a record."""
        assert self.api.delete(f"/items/{record_id}").status == 200

    def schedule(self, record_id: str) -> None:
        """Have a record published in a far future; one for which that is planned already stays."""
        attributes = {"publication_scheduled_at": "2031-01-01T10:00:00Z"}
        body = {"data": {"type": "scheduled_publication", "attributes": attributes}}
        answered = self.api.post(f"/items/{record_id}/scheduled-publication", body)
        assert answered.status in {200, 201, 422}, answered.json

    def _put(self, path: str, data: JsonObject) -> None:
        answered = self.api.put(path, {"data": {"type": "item", **data}})
        assert answered.status == 200, answered.json


def small_project(seed: int, *, posts: int = 70, notes: int = 20) -> SmallProject:
    """Make a project whose records have every status."""
    project = SmallProject(Client.fresh(), Random(seed))  # noqa: S311 - a repeatable draw is wanted
    api = project.api
    project.block = make_model(api, "quote", modular_block=True)["id"]
    make_field(api, "quote", "text", "string")
    for key in ("post", "note"):
        made = make_model(api, key, draft_mode_active=True, sortable=key == "note")
        project.models[key] = made["id"]
        make_field(api, key, "title", "string")
    blocks = {"rich_text_blocks": {"item_types": [project.block]}}
    make_field(api, "post", "body", "rich_text", validators=blocks)
    for key, count in (("post", posts), ("note", notes)):
        for number in range(count):
            record_id = project.create(key)
            if number % 3:
                project.publish(record_id)
            if number % 3 == 1:
                project.edit(record_id)
            if number % 20 == 0:
                project.schedule(record_id)
    return project


@dataclass(slots=True)
class Editor:
    """Someone who makes `per_page` changes before each page is answered, `limit` at most."""

    project: SmallProject
    per_page: int
    limit: int = 10**9
    done: list[tuple[str, str]] = field(default_factory=list)
    untouched: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Remember who was there from the first."""
        self.untouched.update(self.project.api.main.items)

    def faults(self) -> tuple[Fault, ...]:
        """Give the faults by which the editor is called."""
        return tuple(Fault(route, Meddle(self.work)) for route in PAGED)

    def work(self, world: World) -> None:
        """Make the changes that are due before one page."""
        assert world is self.project.world
        for _ in range(min(self.per_page, self.limit - len(self.done))):
            self._change()

    def _change(self) -> None:
        project, draw = self.project, self.project.draw
        model = draw.choice(("post", "post", "note"))
        ids = project.ids(model)
        acts: dict[str, Callable[[str], object]] = {
            "edit": project.edit,
            "delete": project.delete,
            "publish": project.publish,
            "unpublish": project.unpublish,
            "schedule": project.schedule,
            **({"reorder": project.reorder} if model == "note" else {}),
        }
        name = draw.choice(("create", *acts, "edit", "delete", "create"))
        if name == "create" or not ids:
            self.done.append(("create", project.create(model)))
            return
        record_id = draw.choice(ids)
        acts[name](record_id)
        if name == "delete":
            self.untouched.discard(record_id)
        self.done.append((name, record_id))
