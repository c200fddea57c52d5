"""Hold links and blocks to the models their field permits, and unique values to being so.

The rules about models are structural: no draft may break them, however incomplete it may be.
"""

from __future__ import annotations

from collections.abc import Iterable

from datosnap.core.jsontext import Json, JsonObject, encode_canonical
from datosnap.sandbox.records.backlinks import contents
from datosnap.sandbox.records.content import block_model_id, blocks_in, nodes_in
from datosnap.sandbox.records.facts import Facts, Rule, Subject
from datosnap.sandbox.records.index import RecordIndex
from datosnap.sandbox.records.references import linked_items
from datosnap.sandbox.state import Item

_DOCUMENT_BLOCKS = {
    "structured_text_blocks": "block",
    "structured_text_inline_blocks": "inlineBlock",
}


def _permitted_targets(params: JsonObject, subject: Subject, facts: Facts) -> str | None:
    models = {facts.model_of(one) for one in linked_items(subject.field, subject.value)}
    return _foreign(models - {None}, params)


def _permitted_blocks(params: JsonObject, subject: Subject, _facts: Facts) -> str | None:
    return _foreign(map(block_model_id, blocks_in(subject.field, subject.value)), params)


def _permitted_nodes(kind: str) -> Rule:
    def rule(params: JsonObject, subject: Subject, _facts: Facts) -> str | None:
        nodes = (node for node in nodes_in(subject.value) if node["type"] == kind)
        return _foreign((block_model_id(node["item"]) for node in nodes), params)

    return rule


def _foreign(models: Iterable[str | None], params: JsonObject) -> str | None:
    allowed = params.get("item_types") or ()
    foreign = sorted(str(one) for one in models if one not in allowed)
    return f"item types not permitted here: {', '.join(foreign)}" if foreign else None


def _unique(_params: JsonObject, subject: Subject, facts: Facts) -> str | None:
    if subject.in_block:
        return None
    holders = unique_values(facts.index, subject.model_id, subject.field.api_key)
    others = holders.of(subject.locale, subject.value) - {facts.item_id}
    return "must be unique" if others else None


class UniqueValues:
    """Which records of one model hold which value of one field, in current or published content."""

    def __init__(self, model_id: str, api_key: str) -> None:
        self._model_id = model_id
        self._api_key = api_key
        self._holders: dict[bytes, set[str]] = {}
        self._held: dict[str, set[bytes]] = {}

    def learn(self, item: Item) -> None:
        """Take in a record's values."""
        if item.item_type_id != self._model_id:
            return
        held = {key for version in contents(item) for key in self._keys(version.attributes)}
        self._held[item.id] = held
        for key in held:
            self._holders.setdefault(key, set()).add(item.id)

    def forget(self, item: Item) -> None:
        """Take out a record's values."""
        for key in self._held.pop(item.id, ()):
            self._holders[key].discard(item.id)

    def of(self, locale: str | None, value: Json) -> set[str]:
        """Give the ids of the records that hold a value in a locale."""
        return self._holders.get(encode_canonical([locale, value]), set())

    def _keys(self, attributes: JsonObject) -> list[bytes]:
        value = attributes.get(self._api_key)
        by_locale = value if isinstance(value, dict) else {None: value}
        return [
            encode_canonical([one, each]) for one, each in by_locale.items() if each is not None
        ]


def unique_values(index: RecordIndex, model_id: str, api_key: str) -> UniqueValues:
    """Give what a model's records hold in one field."""
    name = f"unique/{model_id}/{api_key}"
    return index.follower(name, lambda: UniqueValues(model_id, api_key))


# Structural rules, which no draft may break.
STRUCTURAL_RULES: dict[str, Rule] = {
    "item_item_type": _permitted_targets,
    "items_item_type": _permitted_targets,
    "structured_text_links": _permitted_targets,
    "rich_text_blocks": _permitted_blocks,
    "single_block_blocks": _permitted_blocks,
    **{name: _permitted_nodes(kind) for name, kind in _DOCUMENT_BLOCKS.items()},
}

LINK_RULES: dict[str, Rule] = {"unique": _unique}
