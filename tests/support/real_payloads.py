"""Load the models, records and uploads of the recorded exchanges into a project, by its API.

The recordings are real answers of the CMS. Whatever occurs in any of them, in any session, is
taken in its latest state and written into one project as today's API wants it: models of
different sessions get api_keys of their own, decimal ids become derived ones, metadata of
assets its new shape, and keys that only answers have are left out. Files are stand-ins of the
recorded kind and size, except texts, whose bytes were recorded.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from datosnap.core.ids import derive
from datosnap.core.jsontext import Json, JsonObject, decode_object
from tests.support.stand_ins import stand_in

# The reference material lies beside the checkout; nothing of it is copied into the project.
_PLACE = Path("..", "shared", "cma", "recordings", "interactions.jsonl")
_KINDS = ("item_type", "field", "upload", "item")
# A record's attributes held these until 2022, and no field can be called so.
_GONE_ATTRIBUTES = ("created_at", "updated_at")
_MODEL_KEYS = (
    "name",
    "singleton",
    "all_locales_required",
    "sortable",
    "draft_mode_active",
    "tree",
    "ordering_direction",
    "ordering_meta",
    "collection_appearance",
    "hint",
)
_BLOCK_MODEL_KEYS = ("name", "hint")
_FIELD_KEYS = ("label", "field_type", "api_key", "localized", "hint", "validators", "default_value")
_APPEARANCE_KEYS = ("editor", "parameters", "addons")
_UPLOAD_KEYS = ("author", "copyright", "notes", "tags")
_POLLS_MAX = 100
_FIRST_ERROR_STATUS = 400
_ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was loaded; block models count as models."""

    models: int
    fields: int
    uploads: int
    records: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """The latest recorded states, by kind and recorded id, and the bytes of text files by path."""

    states: Mapping[str, dict[str, JsonObject]]
    texts: Mapping[str, bytes]

    @property
    def records(self) -> dict[str, JsonObject]:
        """Give the items that are no blocks."""
        return {key: one for key, one in self.states["item"].items() if not self.is_block(one)}

    @property
    def blocks(self) -> dict[str, JsonObject]:
        """Give the items that are blocks."""
        return {key: one for key, one in self.states["item"].items() if self.is_block(one)}

    @property
    def locales(self) -> list[str]:
        """Give the locales that any model's content needs, the main one first."""
        found = {
            locale
            for upload in self.states["upload"].values()
            for locale in upload["attributes"]["default_field_metadata"]
        }
        return sorted(found)

    def is_block(self, item: JsonObject) -> bool:
        """Tell whether an item is of a block model."""
        model = self.states["item_type"][_linked(item, "item_type")]
        return bool(model["attributes"]["modular_block"])

    def fields_of(self, model_id: str) -> list[JsonObject]:
        """List a model's fields by position, deleted ones too."""
        found = [f for f in self.states["field"].values() if _linked(f, "item_type") == model_id]
        return sorted(found, key=lambda one: int(one["attributes"]["position"]))

    def counts(self) -> Counts:
        """Count what there is."""
        states = self.states
        models, fields, uploads = (len(states[kind]) for kind in ("item_type", "field", "upload"))
        return Counts(models, fields, uploads, len(self.records), len(self.blocks))


def recordings() -> Path | None:
    """Find the recordings beside the checkout; None when they are not there."""
    path = Path(__file__).resolve().parents[2] / _PLACE
    return path if path.is_file() else None


def read_recordings(lines: Iterable[bytes]) -> Recorded:
    """Collect the latest state of everything that occurs in any recorded answer."""
    states: dict[str, dict[str, JsonObject]] = {kind: {} for kind in _KINDS}
    texts: dict[str, bytes] = {}
    for row in map(decode_object, lines):
        request, answer = row["req"] or {}, row["res"] or {}
        if row["kind"] == "s3" and "text" in request:
            texts[row["path"]] = request["text"].encode()
        for resource in _resources(answer.get("json")):
            known = states[resource["type"]]
            before = known.get(resource["id"])
            if before is None or not _age(resource) or _age(resource) >= _age(before):
                known[resource["id"]] = resource
    return Recorded(states, texts)


def load_recorded_content(base_url: str, token: str) -> Counts:
    """Write everything recorded into an empty project.

    Raises: AssertionError, when the API refuses anything or the recordings are not there.
    """
    path = recordings()
    assert path is not None, "the recordings do not lie beside the checkout"
    recorded = read_recordings(path.read_bytes().splitlines())
    with Loader(base_url, token, recorded) as loader:
        loader.load()
    return recorded.counts()


@dataclass(slots=True)
class Loader:
    """Write recorded content into a project; `ids` tells what each recorded id has become."""

    base_url: str
    token: str
    recorded: Recorded
    ids: dict[str, str] = field(default_factory=dict)
    client: httpx.Client = field(init=False)

    def __enter__(self) -> Self:
        """Open the connection."""
        headers = {
            "authorization": f"Bearer {self.token}",
            "accept": "application/json",
            "x-api-version": "3",
        }
        self.client = httpx.Client(base_url=self.base_url, headers=headers, trust_env=False)
        self.ids |= _new_ids(self.recorded)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.client.close()

    def load(self) -> None:
        """Write locales, schema, uploads and records, in this order."""
        site = {"type": "site", "attributes": {"locales": self.recorded.locales}}
        self.send("PUT", "/site", site)
        for key, model in zip(
            _suffixes(), self.recorded.states["item_type"].values(), strict=False
        ):
            self.send("POST", "/item-types", model_request(model, key, self.ids))
        for model_id in self.recorded.states["item_type"]:
            for one in self.recorded.fields_of(model_id):
                path = f"/item-types/{self.ids[model_id]}/fields"
                self.send("POST", path, field_request(one, self.recorded.locales, self.ids))
        for upload in self.recorded.states["upload"].values():
            self._upload(upload)
        self._write_records()

    def send(self, method: str, path: str, data: JsonObject | None = None) -> Json:
        """Carry out a request, waiting for its job; return the body's `data`."""
        body = None if data is None else {"data": data}
        answer = self.client.request(method, path, json=body)
        if answer.status_code == _ACCEPTED:
            return self._settled(answer.json()["data"]["id"])
        assert answer.status_code < _FIRST_ERROR_STATUS, f"{method} {path}: {answer.text}"
        return answer.json()["data"]

    def bytes_of(self, upload: JsonObject) -> bytes:
        """Give the bytes of a recorded upload, or those that stand in for them."""
        text = self.recorded.texts.get(upload["attributes"]["path"])
        return stand_in(upload["attributes"]) if text is None else text

    def _settled(self, job_id: str) -> Json:
        for _ in range(_POLLS_MAX):
            answer = self.client.get(f"/job-results/{job_id}")
            if answer.status_code < _FIRST_ERROR_STATUS:
                result = answer.json()["data"]["attributes"]
                assert result["status"] < _FIRST_ERROR_STATUS, f"job: {result['payload']}"
                return result["payload"]["data"]
        raise AssertionError(f"job {job_id} does not end")

    def _upload(self, upload: JsonObject) -> None:
        attributes = {"filename": upload["attributes"]["filename"]}
        asked = self.send(
            "POST", "/upload-requests", {"type": "upload_request", "attributes": attributes}
        )
        target = asked["attributes"]["url"]
        assert urlsplit(target).path == asked["id"]
        sent = httpx.put(target, content=self.bytes_of(upload), trust_env=False)
        assert sent.is_success, f"PUT {asked['id']}: {sent.status_code}"
        self.send("POST", "/uploads", upload_request(upload, asked["id"], self.ids))

    def _write_records(self) -> None:
        """Write records as soon as those they point to are there."""
        waiting = dict(self.recorded.records)
        while waiting:
            ready = [key for key in waiting if not waiting.keys() & _strings(waiting[key]) - {key}]
            assert ready, f"records point at each other: {sorted(waiting)}"
            for key in ready:
                record = waiting.pop(key)
                self.send("POST", "/items", record_request(record, self.recorded, self.ids))


def model_request(model: JsonObject, suffix: str, ids: Mapping[str, str]) -> JsonObject:
    """Give the request that creates a recorded model, under an api_key of its own."""
    recorded = model["attributes"]
    keys = _BLOCK_MODEL_KEYS if recorded["modular_block"] else _MODEL_KEYS
    attributes = {key: recorded[key] for key in keys}
    attributes["api_key"] = f"{recorded['api_key']}_{suffix}"
    attributes["modular_block"] = recorded["modular_block"]
    return {"type": "item_type", "id": ids[model["id"]], "attributes": attributes}


def field_request(one: JsonObject, locales: list[str], ids: Mapping[str, str]) -> JsonObject:
    """Give the request that creates a recorded field."""
    recorded = one["attributes"]
    attributes = {key: recorded[key] for key in _FIELD_KEYS}
    attributes["validators"] = renamed(_validators(recorded["validators"]), ids)
    attributes["appearance"] = {key: recorded["appearance"][key] for key in _APPEARANCE_KEYS}
    if recorded["localized"]:
        default = recorded["default_value"]
        attributes["default_value"] = {locale: default.get(locale) for locale in locales}
    return {"type": "field", "id": ids[one["id"]], "attributes": attributes}


def upload_request(upload: JsonObject, path: str, ids: Mapping[str, str]) -> JsonObject:
    """Give the request that creates a recorded upload from the bytes at `path`."""
    recorded = upload["attributes"]
    attributes = {key: recorded[key] for key in _UPLOAD_KEYS}
    metadata = metadata_by_property(recorded["default_field_metadata"])
    attributes |= {"path": path, "default_field_metadata": metadata}
    return {"type": "upload", "id": ids[upload["id"]], "attributes": attributes}


def record_request(record: JsonObject, recorded: Recorded, ids: Mapping[str, str]) -> JsonObject:
    """Give the request that creates a recorded record with its blocks."""
    meta = {key: record["meta"][key] for key in ("created_at", "first_published_at")}
    model = {"type": "item_type", "id": ids[_linked(record, "item_type")]}
    return {
        "type": "item",
        "id": ids[record["id"]],
        "attributes": content_of(record, recorded, ids),
        "relationships": {"item_type": {"data": model}},
        "meta": meta if meta["first_published_at"] else {"created_at": meta["created_at"]},
    }


def content_of(item: JsonObject, recorded: Recorded, ids: Mapping[str, str]) -> JsonObject:
    """Give a recorded item's content nested, with blocks as new ones and ids as they are now."""
    attributes = {k: v for k, v in item["attributes"].items() if k not in _GONE_ATTRIBUTES}
    content: JsonObject = _with_blocks(attributes, recorded, ids)
    return content


def metadata_by_property(recorded: JsonObject) -> JsonObject:
    """Give recorded default metadata in its present shape, with the main locale's focal point."""
    points = [values["focal_point"] for values in recorded.values() if values["focal_point"]]
    localized = ("alt", "title", "custom_data")
    by_property: JsonObject = {
        name: {locale: values[name] for locale, values in recorded.items()} for name in localized
    }
    return {**by_property, "focal_point": points[0] if points else None}


def renamed(value: Json, ids: Mapping[str, str]) -> Json:
    """Put today's ids in the place of recorded ones, wherever they stand."""
    if isinstance(value, dict):
        return {key: renamed(entry, ids) for key, entry in value.items()}
    if isinstance(value, list):
        return [renamed(entry, ids) for entry in value]
    return ids.get(value, value) if isinstance(value, str) else value


def _with_blocks(value: Json, recorded: Recorded, ids: Mapping[str, str]) -> Json:
    if isinstance(value, dict):
        if value.get("type") == "item":
            return _new_block(recorded.blocks[value["id"]], recorded, ids)
        return {key: _with_blocks(entry, recorded, ids) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_blocks(entry, recorded, ids) for entry in value]
    if isinstance(value, str) and value in recorded.blocks:
        return _new_block(recorded.blocks[value], recorded, ids)
    return renamed(value, ids)


def _new_block(block: JsonObject, recorded: Recorded, ids: Mapping[str, str]) -> JsonObject:
    model = {"type": "item_type", "id": ids[_linked(block, "item_type")]}
    return {
        "type": "item",
        "attributes": content_of(block, recorded, ids),
        "relationships": {"item_type": {"data": model}},
    }


def _validators(recorded: JsonObject) -> JsonObject:
    """Drop the empty list that answers have beside a predefined one, and requests must not."""
    return {
        name: {key: value for key, value in rule.items() if (key, value) != ("extensions", [])}
        for name, rule in recorded.items()
    }


def _new_ids(recorded: Recorded) -> dict[str, str]:
    """Derive an id for everything that may choose one; blocks may not."""
    kinds = [recorded.states[kind] for kind in _KINDS if kind != "item"]
    return {
        old: derive("recordings", "main", old)
        for old in [*(k for d in kinds for k in d), *recorded.records]
    }


def _suffixes() -> Iterator[str]:
    """Give as many different endings of api_keys as are needed, without digits."""
    letters = string.ascii_lowercase
    return (first + second for first in letters for second in letters)


def _resources(value: Json) -> Iterator[JsonObject]:
    """Walk through the resources in an answer, those inside others too."""
    entries = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    for entry in entries:
        yield from _resources(entry)
    if isinstance(value, dict) and value.get("type") in _KINDS and "attributes" in value:
        yield value


def _age(resource: JsonObject) -> str:
    """Tell when a resource last changed, as text that sorts; empty when it does not say."""
    told = resource.get("meta") or resource["attributes"]
    return str(told.get("updated_at", ""))


def _linked(resource: JsonObject, name: str) -> str:
    linked: str = resource["relationships"][name]["data"]["id"]
    return linked


def _strings(value: Json) -> set[str]:
    if isinstance(value, dict):
        return {text for entry in value.values() for text in _strings(entry)}
    if isinstance(value, list):
        return {text for entry in value for text in _strings(entry)}
    return {value} if isinstance(value, str) else set()
