"""Real payloads of the CMS are taken by the sandbox and read back equal.

What is compared is the recorded state itself, with ids translated and with what drifted since
2022 set aside: keys of attributes that are gone, members that came later, locales of the site.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Literal

import httpx
import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.server import running
from datosnap.sandbox.worlds import create_project, new_world
from tests.support.real_payloads import (
    Counts,
    Loader,
    content_of,
    load_recorded_content,
    read_recordings,
    recordings,
    renamed,
)

_RECORDINGS = recordings()
pytestmark = pytest.mark.skipif(
    _RECORDINGS is None, reason="the recorded exchanges do not lie beside the checkout"
)
# What the recordings hold, counted apart from the extractor, so that nothing falls through it.
_ALL = Counts(models=22, fields=34, uploads=17, records=14, blocks=5)
_SAME_FACTS = ("size", "format", "mime_type", "is_image", "filename", "basename")
_SAME_WORDS = ("author", "copyright", "notes", "tags")


@pytest.fixture(scope="module", params=["sync", "async"])
def loader(request: pytest.FixtureRequest) -> Iterator[Loader]:
    """Give a loader that has written everything recorded into a fresh project."""
    mode: Literal["sync", "async"] = request.param
    assert _RECORDINGS is not None
    recorded = read_recordings(_RECORDINGS.read_bytes().splitlines())
    world = new_world(seed=12)
    _, token = create_project(world, "Recorded")
    with running(world, jobs=mode) as sandbox, Loader(sandbox.base_url, token, recorded) as made:
        made.load()
        yield made


def _without_block_ids(value: Json) -> Json:
    if isinstance(value, dict):
        hidden = {"id"} if value.get("type") == "item" else set()
        return {key: _without_block_ids(value[key]) for key in value.keys() - hidden}
    return [_without_block_ids(entry) for entry in value] if isinstance(value, list) else value


def _without_later_members(value: Json) -> Json:
    """Set aside the poster time of files, which came after the recordings."""
    if isinstance(value, dict):
        later = {"poster_time"} if "upload_id" in value else set()
        return {key: _without_later_members(value[key]) for key in value.keys() - later}
    return [_without_later_members(entry) for entry in value] if isinstance(value, list) else value


def test_recordings_are_read_whole() -> None:
    """Every model, field, upload, record and block that occurs is found."""
    assert _RECORDINGS is not None
    recorded = read_recordings(_RECORDINGS.read_bytes().splitlines())

    assert recorded.counts() == _ALL
    assert recorded.locales == ["en", "it"]


def test_everything_can_be_loaded_at_once() -> None:
    """One call fills an empty project and says how much there is."""
    world = new_world(seed=13)
    _, token = create_project(world, "Recorded")

    with running(world) as sandbox:
        assert load_recorded_content(sandbox.base_url, token) == _ALL


def test_totals_of_the_api_agree(loader: Loader) -> None:
    """The project lists as many models, uploads, records and blocks as were recorded."""
    everything = {"page[limit]": "500", "version": "current"}
    uploads = loader.client.get("/uploads", params=everything).json()
    items = loader.client.get("/items", params=everything).json()

    assert len(loader.send("GET", "/item-types")) == _ALL.models
    assert uploads["meta"]["total_count"] == len(uploads["data"]) == _ALL.uploads
    assert items["meta"]["total_count"] == len(items["data"]) == _ALL.records + _ALL.blocks


def test_models_read_back_equal(loader: Loader) -> None:
    """Each model has the recorded settings and the recorded fields in their order."""
    for model_id, model in loader.recorded.states["item_type"].items():
        found = loader.send("GET", f"/item-types/{loader.ids[model_id]}")["attributes"]
        recorded = {**model["attributes"], "api_key": found["api_key"]}
        # tells whether there is a record, not how the model is set
        recorded.pop("has_singleton_item")
        fields = loader.send("GET", f"/item-types/{loader.ids[model_id]}/fields")
        wanted = [loader.ids[one["id"]] for one in loader.recorded.fields_of(model_id)]

        assert {key: found[key] for key in recorded} == recorded
        assert found["api_key"].startswith(f"{model['attributes']['api_key']}_")
        assert [one["id"] for one in sorted(fields, key=_position)] == wanted


def _position(one: JsonObject) -> int:
    position: int = one["attributes"]["position"]
    return position


def test_fields_read_back_equal(loader: Loader) -> None:
    """Each field has the recorded type, validators, appearance and default."""
    for field_id, one in loader.recorded.states["field"].items():
        found = loader.send("GET", f"/fields/{loader.ids[field_id]}")["attributes"]
        recorded = renamed(one["attributes"], loader.ids)
        for appearance in (recorded["appearance"], recorded["appeareance"]):
            appearance.pop("type", None)

        assert {key: found[key] for key in recorded} == recorded


def test_uploads_read_back_equal(loader: Loader) -> None:
    """Each upload has the recorded facts, words and default metadata."""
    for upload_id, upload in loader.recorded.states["upload"].items():
        found = loader.send("GET", f"/uploads/{loader.ids[upload_id]}")["attributes"]
        recorded = upload["attributes"]
        same = [*_SAME_FACTS, *_SAME_WORDS, *(["width", "height"] if recorded["is_image"] else [])]
        metadata = recorded["default_field_metadata"]

        assert {key: found[key] for key in same} == {key: recorded[key] for key in same}
        for name in ("alt", "title", "custom_data"):
            told = {locale: found["default_field_metadata"][name][locale] for locale in metadata}
            assert told == {locale: values[name] for locale, values in metadata.items()}
        points = [values["focal_point"] for values in metadata.values() if values["focal_point"]]
        assert found["default_field_metadata"]["focal_point"] == next(iter(points), None)


def test_bytes_read_back_equal(loader: Loader) -> None:
    """Each asset is served with the bytes that were sent, and its MD5 is theirs."""
    for upload_id, upload in loader.recorded.states["upload"].items():
        found = loader.send("GET", f"/uploads/{loader.ids[upload_id]}")["attributes"]
        body = httpx.get(found["url"], trust_env=False).content

        assert body == loader.bytes_of(upload)
        assert hashlib.md5(body, usedforsecurity=False).hexdigest() == found["md5"]


def test_recorded_texts_have_their_recorded_md5(loader: Loader) -> None:
    """Where the bytes themselves were recorded, even the MD5 is the real one."""
    texts = [one for one in loader.recorded.states["upload"].values() if _is_text(loader, one)]
    assert len(texts) == 4

    for text in texts:
        found = loader.send("GET", f"/uploads/{loader.ids[text['id']]}")["attributes"]
        assert found["md5"] == text["attributes"]["md5"]


def _is_text(loader: Loader, upload: JsonObject) -> bool:
    return upload["attributes"]["path"] in loader.recorded.texts


def test_records_read_back_equal(loader: Loader) -> None:
    """Each record has the recorded content, blocks nested, its status and its dates."""
    for record_id, record in loader.recorded.records.items():
        found = loader.send("GET", f"/items/{loader.ids[record_id]}?nested=true&version=current")
        wanted = content_of(record, loader.recorded, loader.ids)
        meta = ("status", "created_at", "first_published_at", "is_valid", "stage")

        content = _without_later_members(_without_block_ids(found["attributes"]))
        assert content == wanted
        assert {key: found["meta"][key] for key in meta} == {
            key: record["meta"][key] for key in meta
        }


def test_references_are_known(loader: Loader) -> None:
    """The record that a recorded reference came from is told for its upload."""
    used = loader.ids["43554724"]

    users = loader.send("GET", f"/uploads/{used}/references")

    assert [item["id"] for item in users] == [loader.ids["112935564"]]
