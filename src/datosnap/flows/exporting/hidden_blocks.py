"""Fetch records again, nested, whose blocks came as mere ids.

A model none of whose fields may hold blocks is read flat, 500 records a page. A structured text
whose lists of allowed block models were emptied still holds the blocks it had: their content is
asked for again, of these records only, so that emptying a validator loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from datosnap.api.client import Query
from datosnap.api.endpoints import NESTED_PAGE
from datosnap.core.entities import ItemType
from datosnap.core.jsontext import Json, decode_object, read_head, slice_page
from datosnap.core.planning import batches
from datosnap.flows.exporting.run import ExportRun

# How a node of structured text that stands for a block looks in the API's bytes.
_BLOCK_NODE = re.compile(rb'"type"\s*:\s*"(?:block|inlineBlock)"')
_BLOCK_TYPES = frozenset({"block", "inlineBlock"})


def may_hide_blocks(model: ItemType) -> bool:
    """Tell whether records of a model are read flat and have structured texts all the same."""
    has_texts = any(one.field_type == "structured_text" for one in model.fields.values())
    return has_texts and not model.may_hold_blocks


def hides_blocks(model: ItemType, row: bytes) -> bool:
    """Tell whether a record, or version, that was read flat holds blocks all the same."""
    if _BLOCK_NODE.search(row) is None or not may_hide_blocks(model):
        return False
    texts = (one.api_key for one in model.fields.values() if one.field_type == "structured_text")
    attributes = decode_object(row)["attributes"]
    return any(_has_hollow_node(attributes.get(one)) for one in texts)


async def with_blocks(
    run: ExportRun, model: ItemType, rows: Sequence[bytes], version: str
) -> list[bytes]:
    """Give records as they were read, nested ones in place of those whose blocks are mere ids.

    One that cannot be had nested is a gap.
    """
    hollow = [read_head(row).id for row in rows if hides_blocks(model, row)]
    if not hollow:
        return list(rows)
    pages = list(batches(hollow, NESTED_PAGE))
    run.plan(len(pages))
    whole: dict[str, bytes] = {}
    for ids in pages:
        query: Query = {
            "filter": {"ids": ",".join(ids)},
            "version": version,
            "nested": True,
            "page": {"limit": NESTED_PAGE},
        }
        found, _ = slice_page(await run.client.get("/items", query))
        whole |= {read_head(row).id: row for row in found if not hides_blocks(model, row)}
    for one in hollow:
        if one not in whole:
            run.note_gap("blocks", one, "its blocks came as ids, without their content")
    return [whole.get(read_head(row).id, row) for row in rows]


def _has_hollow_node(value: Json) -> bool:
    """Tell whether a structured text, in any locale, has a node whose block is a mere id."""
    if isinstance(value, list):
        return any(map(_has_hollow_node, value))
    if not isinstance(value, dict):
        return False
    if value.get("type") in _BLOCK_TYPES and isinstance(value.get("item"), str):
        return True
    return any(map(_has_hollow_node, value.values()))
