"""What every change of a record needs at hand: schema, index, clock, ids, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass

from datosnap.core import ids
from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure, not_found
from datosnap.sandbox.records.block_places import owner_of_block
from datosnap.sandbox.records.facts import Facts
from datosnap.sandbox.records.index import RecordIndex, index_of
from datosnap.sandbox.records.rights import Rights, rights_of
from datosnap.sandbox.records.schema_view import ModelView, Schema, schema_of
from datosnap.sandbox.state import Environment, Item, Version, offset_time

_UUID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Desk:
    """One request's place of work."""

    call: Call
    schema: Schema
    index: RecordIndex
    rights: Rights

    @property
    def environment(self) -> Environment:
        """Give the environment that the request is about."""
        return self.call.environment

    def facts(self, item_id: str) -> Facts:
        """Gather what validators may look at for a record."""
        return Facts(self.environment, self.schema, self.index, item_id)

    def now(self) -> str:
        """Read the clock, the way records carry times."""
        return offset_time(self.call.world.clock())

    def new_id(self) -> str:
        """Draw a new id."""
        return ids.from_random(self.call.world.new_bytes(_UUID_BYTES))

    def block_id(self, wanted: str) -> str | None:
        """Give the id of a new block for which a request names one; None where it may not."""
        policy = self.call.world.policy.block_ids
        if policy == "ignore":
            return self.new_id()
        is_free = self.index.get(wanted) is None and owner_of_block(self.index, wanted) is None
        return wanted if policy == "keep" and ids.is_portable(wanted) and is_free else None

    def actor(self) -> JsonObject:
        """Tell who is asking, as a relationship names it."""
        return {"type": self.call.actor["type"], "id": self.call.actor["id"]}

    def version(self, attributes: JsonObject, now: str, *, is_valid: bool) -> Version:
        """Make a new state of a record's content."""
        return Version(self.new_id(), attributes, now, self.actor(), is_valid)

    def model_of(self, item: Item) -> ModelView:
        """Give a record's model."""
        return self.schema.model(item.item_type_id)

    def asked_item(self) -> Item:
        """Give the record that the path names.

        Raises: ApiFailure when there is none, or when it is a block.
        """
        return self.readable_item(self.call.path["id"])

    def readable_item(self, item_id: str) -> Item:
        """Give a record that who asks may read; one that may not be read is not there.

        Raises: ApiFailure when there is none, or when it is a block.
        """
        item = self.item(item_id)
        if not self.rights.sees(item):
            raise not_found()
        return item

    def item(self, item_id: str) -> Item:
        """Give a record.

        Raises: ApiFailure when there is none; blocks live only inside their record.
        """
        item = self.index.get(item_id)
        if item is None:
            raise block_refused() if owner_of_block(self.index, item_id) else not_found()
        return item


def desk_of(call: Call) -> Desk:
    """Set out what a request needs."""
    schema = schema_of(call.environment)
    return Desk(call, schema, index_of(call.environment), rights_of(call))


def block_refused() -> ApiFailure:
    """Refuse to treat a block as a record of its own."""
    message = "blocks can only be created, updated and deleted within the record they live in"
    return ApiFailure("INVALID_REQUEST", {"message": message})
