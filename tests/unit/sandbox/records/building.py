"""Build small worlds out of state objects, and call the handlers of records as the app does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from datosnap.core.ids import from_random
from datosnap.core.jsontext import Json, JsonObject, decode
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.endpoints import ENDPOINTS
from datosnap.sandbox.routing import Routes
from datosnap.sandbox.state import Environment, Project, World

START = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
ACTOR: JsonObject = {"type": "access_token", "id": "7"}
UPLOAD = "upload-1"
_ROUTES = Routes(ENDPOINTS)


@dataclass(slots=True)
class Ticking:
    """A clock that moves one second with every look."""

    moment: datetime = START

    def __call__(self) -> datetime:
        """Read the clock."""
        self.moment += timedelta(seconds=1)
        return self.moment


@dataclass(slots=True)
class Counting:
    """A source of bytes that never repeats itself."""

    last: int = 0

    def __call__(self, size: int) -> bytes:
        """Give the next bytes."""
        self.last += 1
        return self.last.to_bytes(size, "big")


class F(NamedTuple):
    """A field to build: its key, type, and what is not as usual."""

    api_key: str
    field_type: str = "string"
    localized: bool = False
    validators: JsonObject = {}  # noqa: RUF012 - read only
    default: Json = None


@dataclass(slots=True)
class Lab:
    """One environment and the calls that can be made to it."""

    world: World
    project: Project
    environment: Environment
    clock: Ticking
    models: dict[str, str] = field(default_factory=dict)

    def model(self, api_key: str, *fields: F, title: str | None = None, **flags: Json) -> str:
        """Add a model or block model, drafts on unless told otherwise; give its id."""
        model_id = f"model-{api_key}"
        block = bool(flags.get("modular_block"))
        attributes = {"api_key": api_key, "name": api_key, "draft_mode_active": not block, **flags}
        workflow = attributes.pop("workflow", None)
        self.environment.of_type("item_type")[model_id] = {
            "type": "item_type",
            "id": model_id,
            "attributes": attributes,
            "relationships": {
                "fields": {"data": []},
                "singleton_item": {"data": None},
                "title_field": {"data": _link("field", title and f"{api_key}.{title}")},
                "workflow": {"data": _link("workflow", workflow)},
            },
            "meta": {"has_singleton_item": False},
        }
        for one in fields:
            self.field(model_id, one)
        return model_id

    def field(self, model_id: str, one: F) -> JsonObject:
        """Add a field to a model, without telling records; give its object."""
        model = self.environment.of_type("item_type")[model_id]
        field_id = f"{model['attributes']['api_key']}.{one.api_key}"
        made: JsonObject = {
            "type": "field",
            "id": field_id,
            "attributes": {
                "api_key": one.api_key,
                "label": one.api_key.title(),
                "field_type": one.field_type,
                "localized": one.localized,
                "validators": one.validators,
                "default_value": one.default,
            },
            "relationships": {"item_type": {"data": {"type": "item_type", "id": model_id}}},
        }
        self.environment.of_type("field")[field_id] = made
        links = [*model["relationships"]["fields"]["data"], {"type": "field", "id": field_id}]
        self.put_model(
            {**model, "relationships": {**model["relationships"], "fields": {"data": links}}}
        )
        return made

    def put_model(self, resource: JsonObject) -> None:
        """Store a model's object."""
        self.environment.of_type("item_type")[resource["id"]] = resource

    def call(self, body: JsonObject | None = None, **query: Json) -> Call:
        """Make a request, for functions that are not endpoints."""
        return Call(self.world, self.project, self.environment, ACTOR, {}, query, body or {})

    def send(self, method: str, path: str, body: JsonObject | None = None, **query: Json) -> Reply:
        """Send a request through the table of endpoints."""
        found = _ROUTES.find(method, path)
        assert found is not None, f"no endpoint for {method} {path}"
        endpoint, variables = found
        call = Call(self.world, self.project, self.environment, ACTOR, variables, query, body or {})
        return endpoint.handler(call)

    def answer(
        self, method: str, path: str, body: JsonObject | None = None, **query: Json
    ) -> JsonObject:
        """Send a request and give the answer's body."""
        found = self.send(method, path, body, **query).body
        answered: JsonObject = decode(found) if isinstance(found, bytes) else found
        return answered

    def data(self, method: str, path: str, body: JsonObject | None = None, **query: Json) -> Json:
        """Send a request and give the answer's data."""
        return self.answer(method, path, body, **query)["data"]

    def create(self, model: str, attributes: JsonObject, /, **more: Json) -> JsonObject:
        """Create a record; `id`, `meta` and `creator` may be given."""
        data: JsonObject = {
            "type": "item",
            "attributes": attributes,
            "relationships": {"item_type": {"data": {"type": "item_type", "id": f"model-{model}"}}},
        }
        if "creator" in more:
            data["relationships"]["creator"] = {"data": more.pop("creator")}
        created: JsonObject = self.data("POST", "/items", {"data": {**data, **more}})
        return created

    def update(
        self, item_id: str, attributes: JsonObject | None = None, **more: Json
    ) -> JsonObject:
        """Update a record; `meta` and `relationships` may be given."""
        data: JsonObject = {"type": "item", "id": item_id, **more}
        if attributes is not None:
            data["attributes"] = attributes
        updated: JsonObject = self.data("PUT", f"/items/{item_id}", {"data": data})
        return updated

    def get(self, item_id: str, **query: Json) -> JsonObject:
        """Read a record."""
        found: JsonObject = self.data("GET", f"/items/{item_id}", **query)
        return found

    def list_ids(self, **query: Json) -> list[str]:
        """List records and give their ids."""
        return [one["id"] for one in self.data("GET", "/items", **query)]

    def publish(self, item_id: str, body: JsonObject | None = None, **query: Json) -> JsonObject:
        """Publish a record."""
        published: JsonObject = self.data("PUT", f"/items/{item_id}/publish", body, **query)
        return published


def lab(*, locales: Iterable[str] = ("en",), **site_meta: Json) -> Lab:
    """Make an empty environment with one upload."""
    clock = Ticking()
    world = World(clock=clock, new_bytes=Counting())
    site = {
        "attributes": {"locales": list(locales), "timezone": "Europe/London"},
        "meta": site_meta,
    }
    environment = Environment("main", "2026-01-01T00:00:00.000Z", site)
    project = Project("1", "Lab", "2026-01-01T00:00:00.000Z", "main", {"main": environment})
    world.projects["1"] = project
    made = Lab(world, project, environment, clock)
    upload(made, UPLOAD)
    return made


def upload(at: Lab, upload_id: str, **attributes: Json) -> str:
    """Add an upload; give its id."""
    usual = {"format": "png", "size": 2048, "width": 200, "height": 100, "is_image": True}
    at.environment.of_type("upload")[upload_id] = {
        "type": "upload",
        "id": upload_id,
        "attributes": {**usual, **attributes},
    }
    return upload_id


def block(model: str, attributes: JsonObject | None = None, **more: Json) -> JsonObject:
    """Make the form of a new block; with `id` that of an update."""
    return {
        "type": "item",
        "attributes": attributes or {},
        "relationships": {"item_type": {"data": {"type": "item_type", "id": f"model-{model}"}}},
        **more,
    }


def document(*children: JsonObject) -> JsonObject:
    """Make a structured text of top-level nodes."""
    return {"schema": "dast", "document": {"type": "root", "children": list(children)}}


def paragraph(*children: JsonObject | str) -> JsonObject:
    """Make a paragraph; texts become spans."""
    nodes = [{"type": "span", "value": one} if isinstance(one, str) else one for one in children]
    return {"type": "paragraph", "children": nodes}


def blocks_of(*models: str) -> JsonObject:
    """Name block models or models the way validators do."""
    return {"item_types": [f"model-{one}" for one in models]}


def new_id(number: int) -> str:
    """Make an id of the form that the API takes."""
    return from_random(number.to_bytes(16, "big"))


def refusal(failure: ApiFailure) -> tuple[str, JsonObject]:
    """Give the first code and its details."""
    return failure.problems[0]


def _link(kind: str, linked: str | None) -> JsonObject | None:
    return {"type": kind, "id": linked} if linked else None


def included_of(answer: JsonObject) -> list[JsonObject]:
    """Give what came along with an answer."""
    found: list[JsonObject] = answer["included"]
    return found
