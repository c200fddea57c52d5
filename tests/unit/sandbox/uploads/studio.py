"""A project with nothing but assets, and short ways to ask its endpoints."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.state import Environment, Item, Project, Version, World
from datosnap.sandbox.uploads.blobs import put_blob
from datosnap.sandbox.uploads.endpoints import ENDPOINTS

BASE_URL = "http://127.0.0.1:4010"
TOKEN = {"type": "access_token", "id": "12"}
PROJECT_ID = "64001"
_START = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@dataclass(slots=True)
class Watch:
    """A clock that is set by hand."""

    now: datetime = _START

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


def _environment(name: str) -> Environment:
    site = {"attributes": {"locales": ["en", "it"]}, "meta": {"non_localized_focal_points": True}}
    return Environment(id=name, created_at="2026-01-01T00:00:00.000Z", site=site)


def _project() -> Project:
    environments = {"main": _environment("main")}
    return Project(PROJECT_ID, "Studio", "2026-01-01T00:00:00.000Z", "main", environments)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answered, whose body is always an object here."""

    body: JsonObject
    status: int


@dataclass(slots=True)
class Studio:
    """The world the tests of assets play in."""

    watch: Watch = field(default_factory=Watch)
    project: Project = field(default_factory=_project)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        """Wind up the world."""
        numbers = itertools.count(1)
        self.world = World(self.watch, lambda size: next(numbers).to_bytes(size, "big"), BASE_URL)
        self.world.projects[self.project.id] = self.project

    @property
    def main(self) -> Environment:
        """Give the primary environment."""
        return self.project.environments["main"]

    def ask(
        self,
        method: str,
        path: str,
        *,
        data: Json = None,
        query: JsonObject | None = None,
        **variables: str,
    ) -> Answer:
        """Call the endpoint of a row of the table."""
        row = next(row for row in ENDPOINTS if (row.method, row.path) == (method, path))
        body = {} if data is None else {"data": data}
        reply = row.handler(
            Call(self.world, self.project, self.main, TOKEN, variables, query or {}, body)
        )
        assert isinstance(reply.body, dict)
        return Answer(reply.body, reply.status)

    def list(self, **query: Json) -> list[str]:
        """List the basenames of uploads."""
        data = self.ask("GET", "/uploads", query=query).body["data"]
        return [upload["attributes"]["basename"] for upload in data]

    def find(self, upload_id: str) -> JsonObject:
        """Give an upload's attributes."""
        found = self.ask("GET", "/uploads/{id}", id=upload_id).body["data"]
        attributes: JsonObject = found["attributes"]
        return attributes

    def reserve(self, file_name: str) -> str:
        """Ask for a path."""
        attributes = {"filename": file_name}
        data = {"type": "upload_request", "attributes": attributes}
        path: str = self.ask("POST", "/upload-requests", data=data).body["data"]["id"]
        return path

    def send(self, file_name: str, body: bytes) -> str:
        """Ask for a path and put bytes there."""
        path = self.reserve(file_name)
        assert put_blob(self.world, PROJECT_ID, path.rpartition("/")[2], body) == 200
        return path

    def create(self, path: str, *, upload_id: str | None = None, **attributes: Json) -> JsonObject:
        """Create an upload of what was put at a path."""
        data: JsonObject = {"type": "upload", "attributes": {"path": path, **attributes}}
        if upload_id is not None:
            data["id"] = upload_id
        created: JsonObject = self.ask("POST", "/uploads", data=data).body["data"]
        return created

    def add(self, file_name: str, body: bytes = b"words", **attributes: Json) -> str:
        """Make an upload of a file and give its id; a second later than anything before."""
        self.watch.advance(1)
        upload_id: str = self.create(self.send(file_name, body), **attributes)["id"]
        return upload_id

    def update(
        self,
        upload_id: str,
        relationships: JsonObject | None = None,
        query: JsonObject | None = None,
        **attributes: Json,
    ) -> JsonObject:
        """Change an upload."""
        data: JsonObject = {"type": "upload", "id": upload_id, "attributes": attributes}
        if relationships is not None:
            data["relationships"] = {name: {"data": to} for name, to in relationships.items()}
        reply = self.ask("PUT", "/uploads/{id}", data=data, query=query, id=upload_id)
        updated: JsonObject = reply.body["data"]
        return updated

    def collection(self, collection_id: str) -> JsonObject:
        """Make a collection and give its identity."""
        identity = {"type": "upload_collection", "id": collection_id}
        self.main.of_type("upload_collection")[collection_id] = identity
        return identity

    def model(self, model_id: str, fields: Mapping[str, str], *, block: bool = False) -> None:
        """Make a model with fields given by api_key and type."""
        links = []
        for key, field_type in fields.items():
            identity = {"type": "field", "id": f"{model_id}-{key}"}
            attributes = {"api_key": key, "label": key, "field_type": field_type}
            self.main.of_type("field")[identity["id"]] = {**identity, "attributes": attributes}
            links.append(identity)
        attributes_of_model = {"api_key": model_id, "modular_block": block}
        self.main.of_type("item_type")[model_id] = {
            "type": "item_type",
            "id": model_id,
            "attributes": attributes_of_model,
            "relationships": {"fields": {"data": links}},
        }

    def record(
        self, record_id: str, model_id: str, current: JsonObject, published: JsonObject | None
    ) -> None:
        """Put a record in, a second later than anything before."""
        self.watch.advance(1)
        now = self.watch.now.isoformat()
        versions = tuple(
            Version(f"{record_id}-{number}", content, now, TOKEN)
            for number, content in enumerate([published, current])
            if content is not None
        )
        live = versions[0] if published is not None else None
        self.main.items[record_id] = Item(record_id, model_id, TOKEN, now, now, versions, live)


def refused(act: pytest.ExceptionInfo[ApiFailure]) -> tuple[str, JsonObject]:
    """Give the code and the details of a refusal."""
    return act.value.problems[0]
