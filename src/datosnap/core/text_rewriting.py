"""Write addresses of assets and ids of records and uploads anew where they stand inside text.

References that the schema knows are rewritten elsewhere; people also paste addresses into markdown
and plugins put ids into JSON. Only what certainly is one counts: an address that is an upload's
from host to last letter of its path, whatever query follows, and a whole word of 22 characters
that is the id of something that came over. A word that merely contains an id stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from datosnap.core.entities import ItemType, Schema, related_id
from datosnap.core.jsontext import Json, JsonObject

# An address up to its query, slashes escaped as JSON may have them; or what may be an id.
_ADDRESS = r"(?P<scheme>(?:https?:)?(?:\\?/){2})(?P<rest>(?:\\/|[^\s\"'<>()\[\]{}|\\^`?#,;!*])+)"
_WORD = r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])"
_ADDRESS_OR_WORD = re.compile(f"{_ADDRESS}|{_WORD}")
_WORD_ONLY = re.compile(_WORD)
# May end a sentence, and never ends the path of an upload.
_PUNCTUATION = ".:_~"
_ESCAPED, _PLAIN = "\\/", "/"
# What of a node of structured text people type.
_TYPED = {"span": "value", "code": "code", "link": "url"}

# Gives what a word became in the target, None for whatever is none of the source's.
Find = Callable[[str], str | None]


@dataclass(slots=True)
class Replaced:
    """How many addresses and ids were written anew."""

    addresses: int = 0
    ids: int = 0


@dataclass(frozen=True, slots=True)
class TextRewriter:
    """Rewrites the text in records of one schema; `replaced` counts what that came to.

    Shape: `find_address` gets an address from its host on and without a query, as that of an
    upload is (`www.datocms-assets.com/205/1-a.png`). `within_locale` tells that the content
    is part of a localized value, where blocks hold the fields' plain values.
    """

    schema: Schema
    find_address: Find
    find_id: Find
    replaced: Replaced = field(default_factory=Replaced)
    within_locale: bool = False

    def content(self, attributes: JsonObject, item_type: ItemType) -> JsonObject:
        """Rewrite the text in a record's or block's attributes, at any depth, in every locale."""
        rebuilt = dict(attributes)
        for key, one in item_type.fields.items():
            rewrite = _BY_FIELD_TYPE.get(one.field_type)
            value = attributes.get(key)
            if rewrite is None or value is None:
                continue
            if one.localized and not self.within_locale and isinstance(value, dict):
                inside = replace(self, within_locale=True)
                rebuilt[key] = {locale: rewrite(inside, inner) for locale, inner in value.items()}
            else:
                rebuilt[key] = rewrite(self, value)
        return rebuilt

    def text(self, value: Json) -> Json:
        """Rewrite one text."""
        return _ADDRESS_OR_WORD.sub(self._found, value) if isinstance(value, str) else value

    def block(self, value: Json) -> Json:
        """Rewrite the text in a block."""
        if not isinstance(value, dict) or not isinstance(value.get("attributes"), dict):
            return value
        item_type = self.schema.item_types.get(related_id(value, "item_type") or "")
        if item_type is None:
            return value
        return {**value, "attributes": self.content(value["attributes"], item_type)}

    def blocks(self, value: Json) -> Json:
        """Rewrite the text in a list of blocks."""
        return [self.block(one) for one in value] if isinstance(value, list) else value

    def structured_text(self, value: Json) -> Json:
        """Rewrite what people typed into a structured text: spans, code, addresses of links."""
        if not isinstance(value, dict) or not isinstance(value.get("document"), dict):
            return value
        return {**value, "document": self._node(value["document"])}

    def _node(self, node: Json) -> Json:
        if not isinstance(node, dict):
            return node
        rebuilt = dict(node)
        typed = _TYPED.get(str(node.get("type")))
        if typed in node:
            rebuilt[typed] = self.text(node[typed])
        if "item" in node:
            rebuilt["item"] = self.block(node["item"])
        if isinstance(node.get("children"), list):
            rebuilt["children"] = [self._node(one) for one in node["children"]]
        return rebuilt

    def _found(self, found: re.Match[str]) -> str:
        if found["rest"] is None:
            return self._word(found)
        rest: str = found["rest"]
        for known in (rest, rest.rstrip(_PUNCTUATION)):
            target = self.find_address(known.replace(_ESCAPED, _PLAIN))
            if target is not None:
                self.replaced.addresses += 1
                written = target.replace(_PLAIN, _ESCAPED) if _ESCAPED in rest else target
                return f"{found['scheme']}{written}{rest[len(known) :]}"
        return found["scheme"] + _WORD_ONLY.sub(self._word, rest)

    def _word(self, found: re.Match[str]) -> str:
        target = self.find_id(found[0])
        if target is None or target == found[0]:
            return found[0]
        self.replaced.ids += 1
        return target


def bare_address(url: str) -> str:
    """Give an address from its host on, without scheme, query and fragment."""
    return re.split(r"[?#]", url.partition("//")[2] or url, maxsplit=1)[0]


_BY_FIELD_TYPE: dict[str, Callable[[TextRewriter, Json], Json]] = {
    "string": TextRewriter.text,
    "text": TextRewriter.text,
    "json": TextRewriter.text,
    "structured_text": TextRewriter.structured_text,
    "rich_text": TextRewriter.blocks,
    "single_block": TextRewriter.block,
}
