"""A fresh project, and the few steps that lead up to a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.uploads.blobs import put_blob
from tests.unit.sandbox.client import Answer, Client
from tests.unit.sandbox.resources.shelf import field, model


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a refusal is played."""

    api: Client

    def model(self, api_key: str, *fields: str, **attributes: Json) -> str:
        """Make a model with text fields; give its id."""
        made = model(self.api, api_key, **attributes)
        for one in fields:
            field(self.api, api_key, one, "string")
        identifier: str = made["id"]
        return identifier

    def link_field(self, owner: str, target: str, **strategies: str) -> None:
        """Give a model a field `to` that links to records of a model."""
        validators = {"item_item_type": {"item_types": [target], **strategies}}
        field(self.api, owner, "to", "link", validators=validators)

    def make(self, model_id: str, **attributes: Json) -> Answer:
        """Create a record."""
        links: JsonObject = {"item_type": {"type": "item_type", "id": model_id}}
        return self.api.make("/items", "item", links, **attributes)

    def record(self, model_id: str, **attributes: Json) -> str:
        """Create a record; give its id."""
        made: str = self.make(model_id, **attributes).data["id"]
        return made

    def change(self, item: str, *, meta: JsonObject | None = None, **attributes: Json) -> Answer:
        """Update a record."""
        data: JsonObject = {"type": "item", "id": item, "attributes": attributes}
        return self.api.put(
            f"/items/{item}", {"data": {**data, **({"meta": meta} if meta else {})}}
        )

    def put_file(self, name: str = "a.txt", body: bytes = b"words") -> str:
        """Put bytes where an upload may be made of them; give the path."""
        path: str = self.api.make("/upload-requests", "upload_request", filename=name).data["id"]
        assert put_blob(self.api.world, self.api.project.id, path.rpartition("/")[2], body) == 200
        return path

    def upload(self, name: str = "a.txt") -> str:
        """Make an upload; give its id."""
        made: str = self.api.make("/uploads", "upload", None, path=self.put_file(name)).data["id"]
        return made

    def fork(self, name: str = "fork", query: str = "") -> Answer:
        """Fork the primary environment."""
        body = {"data": {"type": "environment", "id": name}}
        return self.api.post(f"/environments/main/fork{query}", body)

    def slow_down(self) -> None:
        """Let forks take an hour from now on."""
        self.api.world.job_delay = timedelta(hours=1)

    def user(self, identifier: str = "5") -> JsonObject:
        """Put a person of full rights into the project; give who it is."""
        admin = self.api.get("/roles").data[1]["id"]
        self.api.project.of_type("user")[identifier] = {
            "type": "user",
            "id": identifier,
            "attributes": {"email": "a@example.com"},
            "relationships": {"role": {"data": {"type": "role", "id": admin}}},
        }
        return {"type": "user", "id": identifier}


Scene: TypeAlias = Callable[[Stage], Answer]
