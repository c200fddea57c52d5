"""Read structured text: what it says in plain words, what it points to, which blocks it holds.

The document stays the API's own JSON, but each block's object gives way to its id, as in the
API's flat answers: blocks have rows of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TypeAlias

import msgspec
import pyarrow as pa

from datosnap.store.columns.values import (
    AnyArray,
    Values,
    ValueType,
    texts_of,
)


class _Kind(Enum):
    """The kinds of nodes: reading one makes no text; what nobody knows yet is `OTHER`."""

    ROOT = "root"
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST = "list"
    LIST_ITEM = "listItem"
    BLOCKQUOTE = "blockquote"
    CODE = "code"
    RULE = "thematicBreak"
    SPAN = "span"
    LINK = "link"
    ITEM_LINK = "itemLink"
    INLINE_ITEM = "inlineItem"
    INLINE_BLOCK = "inlineBlock"
    BLOCK = "block"
    OTHER = ""

    @classmethod
    def _missing_(cls, _: object) -> _Kind:
        return cls.OTHER


_SPAN = _Kind.SPAN
# Each is a line of the plain text. Tuples are searched by identity, sets by a hash that is slow.
_LINES = (_Kind.PARAGRAPH, _Kind.HEADING, _Kind.CODE)
_TO_RECORDS = (_Kind.ITEM_LINK, _Kind.INLINE_ITEM)
_WITH_BLOCKS = (_Kind.BLOCK, _Kind.INLINE_BLOCK)
# Mostly as much of a block as has its id.
_BEGINNING = 64
_NO_ITEM = msgspec.Raw(b"null")
_FIELDS = [pa.field("document", pa.string()), pa.field("text", pa.string())]


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
    type: _Kind = _Kind.OTHER
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


# Where a node is: its number below the node above it, after those of all above; the root has none.
_Place: TypeAlias = tuple[int, ...]


def read_text(value: Dast) -> Text | None:
    """Read a structured text; None when it is none."""
    words: list[str] = []
    holders: list[tuple[_Node, _Place]] = []
    try:
        _take(_NODE.decode(value.document), (), words, holders)
        plain = "".join(words).removesuffix("\n")
        document = bytes(value.document)
        return _with_items(document, plain, holders) if holders else Text(document, plain, (), ())
    except _UNREADABLE:
        return None


def _take(
    node: _Node, place: _Place, words: list[str], holders: list[tuple[_Node, _Place]]
) -> None:
    """Take in the words of a node and those below it, and which of them hold items."""
    if node.item is not _NO_ITEM:
        holders.append((node, place))
    if node.code is not None:
        words.append(node.code)
    if node.children is not None:
        at = 0
        for child in node.children:
            if child.type is not _SPAN:
                _take(child, (*place, at), words, holders)
            elif child.value is not None:
                words.append(child.value)
            at += 1  # noqa: SIM113 - this runs for every node, and counting costs less than enumerate
    if node.type in _LINES:
        words.append("\n")


def _with_items(document: bytes, plain: str, holders: Iterable[tuple[_Node, _Place]]) -> Text:
    records: list[tuple[str, str]] = []
    blocks: list[tuple[str, Block]] = []
    swaps: list[tuple[bytes, str]] = []
    for node, place in holders:
        item = _ITEM.decode(node.item)
        if isinstance(item, str):
            if node.type in _TO_RECORDS:
                records.append((_path(place), item))
        elif item is not None and node.type in _WITH_BLOCKS:
            blocks.append((_path(place), item))
            if item.id is not None:
                swaps.append((bytes(node.item), item.id))
    # Nothing that holds nothing: the garbage collector looks at every list there is.
    return Text(_with_ids(document, swaps), plain, records or (), blocks or ())


def _path(place: _Place) -> str:
    return f".document{'.children.%d' * len(place) % place}.item"


def _with_ids(document: bytes, swaps: Sequence[tuple[bytes, str]]) -> bytes:
    """Put ids in the places of blocks' objects.

    The objects come in the order of the text, and no string can hold one as it is, since the
    quotes in it would be escaped there.
    """
    if not swaps:
        return document
    parts: list[bytes] = []
    done = 0
    for written, identifier in swaps:
        at = _index(document, written, done)
        parts += [document[done:at], _ENCODER.encode(identifier)]
        done = at + len(written)
    return b"".join([*parts, document[done:]])


def _index(document: bytes, written: bytes, start: int) -> int:
    """Find bytes that are there, by how they begin: searching for all takes five times as long."""
    beginning = written[:_BEGINNING]
    at = document.index(beginning, start)
    while not document.startswith(written, at):
        at = document.index(beginning, at + 1)
    return at


def _build(values: Values) -> AnyArray:
    """Build a column of `Text`s: whoever reads the values has read the texts for more than that."""
    texts = [(one.document, one.plain) if isinstance(one, Text) else _NOTHING for one in values]
    written, said = zip(*texts, strict=True) if texts else ((), ())
    documents = texts_of(written)
    mask = documents.is_null() if documents.null_count else None
    children = [documents, pa.array(said, pa.string())]
    return pa.StructArray.from_arrays(children, fields=_FIELDS, mask=mask)


STRUCTURED_TEXT = ValueType(Dast, pa.struct(_FIELDS), _build)
