"""Read structured text: what it says in plain words, what it points to, which blocks it holds.

The document stays the API's own JSON, but each block's object gives way to its id, as in the
API's flat answers: blocks have rows of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import pyarrow as pa

from datosnap.store.columns.values import AnyArray, Values, ValueType, missing_in, struct_array

# Each is a line of the plain text.
_LINES = frozenset({"paragraph", "heading", "code"})
_TO_RECORDS = frozenset({"itemLink", "inlineItem"})
_WITH_BLOCKS = frozenset({"block", "inlineBlock"})
_NO_ITEM = msgspec.Raw(b"null")
_ARROW = pa.struct([("document", pa.string()), ("text", pa.string())])


class _Identity(msgspec.Struct, gc=False):
    id: str | None = None


class _Link(msgspec.Struct, gc=False):
    data: _Identity | None = None


class _Relationships(msgspec.Struct, gc=False):
    item_type: _Link | None = None


class Block(msgspec.Struct, gc=False):
    """A block inside a value: its id, its model's id, and its fields, not read yet."""

    id: str | None = None
    attributes: msgspec.Raw = msgspec.Raw(b"{}")
    relationships: _Relationships | None = None

    @property
    def model_id(self) -> str | None:
        """Give the id of its block model."""
        link = self.relationships.item_type if self.relationships else None
        return link.data.id if link and link.data else None


class Dast(msgspec.Struct, gc=False):
    """A structured text, its document not read yet."""

    document: msgspec.Raw


class _Node(msgspec.Struct, gc=False):
    type: str = ""
    value: str | None = None
    code: str | None = None
    item: msgspec.Raw = _NO_ITEM
    children: list[_Node] | None = None


_NODE = msgspec.json.Decoder(_Node)
_ITEM = msgspec.json.Decoder(Block | str | None)
_ENCODER = msgspec.json.Encoder()
_NOTHING = (None, None)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Text(msgspec.Struct, gc=False):
    """A structured text that was read; paths lead from the value to what an id or block is in.

    Shape: `plain` has one line for each paragraph, heading and piece of code.
    """

    document: bytes
    plain: str
    records: Sequence[tuple[str, str]]
    blocks: Sequence[tuple[str, Block]]


class _Reading:
    """What is found on the way through one structured text; `swaps` are blocks and their ids."""

    __slots__ = ("blocks", "records", "swaps", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.records: list[tuple[str, str]] = []
        self.blocks: list[tuple[str, Block]] = []
        self.swaps: list[tuple[bytes, str]] = []

    def take(self, node: _Node, path: str) -> None:
        """Take in a node and those below it."""
        if node.code is not None:
            self.words.append(node.code)
        if node.item is not _NO_ITEM:
            self._take_item(node, f"{path}.item")
        if node.children is not None:
            for index, child in enumerate(node.children):
                if child.type != "span":
                    self.take(child, f"{path}.children.{index}")
                elif child.value is not None:
                    self.words.append(child.value)
        if node.type in _LINES:
            self.words.append("\n")

    def _take_item(self, node: _Node, path: str) -> None:
        item = _ITEM.decode(node.item)
        if isinstance(item, str):
            if node.type in _TO_RECORDS:
                self.records.append((path, item))
        elif item is not None and node.type in _WITH_BLOCKS:
            self.blocks.append((path, item))
            if item.id is not None:
                self.swaps.append((bytes(node.item), item.id))


def read_text(value: Dast) -> Text | None:
    """Read a structured text; None when it is none."""
    found = _Reading()
    try:
        found.take(_NODE.decode(value.document), ".document")
    except _UNREADABLE:
        return None
    document = bytes(value.document)
    if found.swaps:
        document = _with_ids(document, found.swaps)
    plain = "".join(found.words).removesuffix("\n")
    # Nothing that holds nothing: the garbage collector looks at every list there is.
    return Text(document, plain, found.records or (), found.blocks or ())


def _with_ids(document: bytes, swaps: Iterable[tuple[bytes, str]]) -> bytes:
    """Put ids in the places of blocks' objects.

    The objects come in the order of the text, and no string can hold one as it is, since the
    quotes in it would be escaped there.
    """
    parts: list[bytes] = []
    done = 0
    for written, identifier in swaps:
        at = document.index(written, done)
        parts += [document[done:at], _ENCODER.encode(identifier)]
        done = at + len(written)
    return b"".join([*parts, document[done:]])


def _build(values: Values) -> AnyArray:
    missing = missing_in(values)
    texts = [(one.document, one.plain) if isinstance(one, Text) else _NOTHING for one in values]
    documents = pa.array([document for document, _ in texts], pa.string())
    plain = pa.array([words for _, words in texts], pa.string())
    return struct_array(_ARROW, [documents, plain], missing)


# A column is made of `Text`s: whoever reads the values has read the texts for more than that.
STRUCTURED_TEXT = ValueType(Dast, _ARROW, _build)
