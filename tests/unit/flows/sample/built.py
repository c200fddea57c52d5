"""The sample as it can be read back once it is built, for the tests to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject
from datosnap.flows.sample.builder import SampleCounts, build_sample
from tests.unit.flows.sample.direct import DirectCms, direct_sandbox

Call = tuple[str, str, JsonObject | None, bool]


@dataclass(frozen=True, slots=True)
class Built:
    """What the API answered after the build, and what it was asked during it."""

    counts: SampleCounts
    asked: tuple[Call, ...]
    site: JsonObject
    schema: list[JsonObject]
    items: list[JsonObject]
    uploads: list[JsonObject]
    collections: list[JsonObject]
    menu_items: list[JsonObject]
    versions: dict[str, list[JsonObject]]

    @property
    def models(self) -> dict[str, JsonObject]:
        """Give all models and block models by their api_key."""
        return {
            each["attributes"]["api_key"]: each
            for each in self.schema
            if each["type"] == "item_type"
        }

    @property
    def fields(self) -> list[JsonObject]:
        """Give all fields."""
        return [each for each in self.schema if each["type"] == "field"]

    def of_model(self, api_key: str) -> list[JsonObject]:
        """Give the records of one model."""
        model_id = self.models[api_key]["id"]
        return [item for item in self.items if model_of(item) == model_id]


async def build() -> Built:
    """Build the sample in a sandbox of its own and read it back."""
    async with direct_sandbox() as (cms, assets):
        counts = await build_sample(cms, assets)
        asked = tuple(cms.asked)
        site = await cms.get_object(
            "/site", {"include": "item_types,item_types.fields,item_types.fieldsets"}
        )
        items = await _all_items(cms, site["included"])
        return Built(
            counts=counts,
            asked=asked,
            site=site["data"],
            schema=site["included"],
            items=items,
            uploads=await cms.pages("/uploads", order_by="_created_at_ASC"),
            collections=(await cms.get_object("/upload-collections"))["data"],
            menu_items=(await cms.get_object("/menu-items"))["data"],
            versions={
                item["id"]: await cms.pages(f"/items/{item['id']}/versions", nested=True)
                for item in items
            },
        )


async def _all_items(cms: DirectCms, schema: list[JsonObject]) -> list[JsonObject]:
    models = [
        each["id"]
        for each in schema
        if each["type"] == "item_type" and not each["attributes"]["modular_block"]
    ]
    return [
        item
        for model_id in models
        for item in await cms.pages(
            "/items", nested=True, order_by="id_ASC", **{"filter[type]": model_id}
        )
    ]


def model_of(item: JsonObject) -> str:
    """Give the id of the model of a record or block."""
    model_id: str = item["relationships"]["item_type"]["data"]["id"]
    return model_id


def nodes_in(value: Json, is_wanted: Callable[[JsonObject], bool]) -> Iterator[JsonObject]:
    """Walk the objects inside a value that are wanted, outermost first."""
    if isinstance(value, dict):
        if is_wanted(value):
            yield value
        for member in value.values():
            yield from nodes_in(member, is_wanted)
    elif isinstance(value, list):
        for member in value:
            yield from nodes_in(member, is_wanted)


def is_block(node: JsonObject) -> bool:
    """Tell whether an object inside a value is a block."""
    return node.get("type") == "item" and "attributes" in node


def block_depth(value: Json) -> int:
    """Tell how many blocks deep a value goes."""
    if isinstance(value, dict):
        inner = max((block_depth(member) for member in value.values()), default=0)
        return inner + is_block(value)
    if isinstance(value, list):
        return max((block_depth(member) for member in value), default=0)
    return 0
