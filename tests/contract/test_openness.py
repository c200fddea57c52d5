"""Whatever may be written to the sandbox reads back as written, in every way of reading."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from datosnap.core.jsontext import Json, JsonObject
from tests.support.written_content import RECORD, Written, build, item_body, written
from tests.unit.sandbox.client import Client

# Drawing a whole schema with its content takes long by Hypothesis's measure, and is meant to.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(_UNHURRIED, max_examples=120)
@given(written())
def test_content_reads_back_as_written(drawn: Written) -> None:
    """Flat and nested, alone and in a list, both versions of a record are what was sent."""
    _live(drawn)


@pytest.mark.long
@settings(_UNHURRIED, max_examples=3000)
@given(written())
def test_a_lot_of_content_reads_back_as_written(drawn: Written) -> None:
    """As above, for a release."""
    _live(drawn)


def _live(drawn: Written) -> None:
    api = Client.fresh()
    build(api, drawn.fields)
    made = api.post("/items", item_body(RECORD, drawn.first))
    item_id = made.data["id"]
    _reads(api, item_id, "current", drawn.first)
    assert api.get(f"/items/{item_id}?version=published").status == 404

    assert api.put(f"/items/{item_id}/publish").data["meta"]["status"] == "published"
    changed = api.put(f"/items/{item_id}", item_body(RECORD, drawn.second, item_id))
    assert changed.status == 200, changed.json
    _reads(api, item_id, "current", drawn.second)
    _reads(api, item_id, "published", drawn.first)

    assert api.put(f"/items/{item_id}/publish").status == 200
    _reads(api, item_id, "published", drawn.second)


def _reads(api: Client, item_id: str, version: str, sent: JsonObject) -> None:
    flat = api.get(f"/items/{item_id}?version={version}").attributes
    nested = api.get(f"/items/{item_id}?version={version}&nested=true").attributes
    assert _without_ids(nested) == sent
    assert _flat(nested) == flat
    listed = f"/items?filter[ids]={item_id}&version={version}"
    assert [one["attributes"] for one in api.get(listed).data] == [flat]
    assert [one["attributes"] for one in api.get(f"{listed}&nested=true").data] == [nested]


def _without_ids(value: Json) -> Json:
    if isinstance(value, list):
        return [_without_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_ids(one)
        for key, one in value.items()
        if not (key == "id" and _is_block(value))
    }


def _flat(value: Json) -> Json:
    if isinstance(value, list):
        return [_flat(one) for one in value]
    if not isinstance(value, dict):
        return value
    return value["id"] if _is_block(value) else {key: _flat(one) for key, one in value.items()}


def _is_block(value: JsonObject) -> bool:
    return value.get("type") == "item" and "attributes" in value
