"""Refuse contents beyond the service's technical limits.

Source: the published limits: 500 blocks a record, all locales together; blocks 5 deep; 300 KB a
record, its blocks included.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject, encode
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.content import all_blocks, direct_blocks
from datosnap.sandbox.records.schema_view import ModelView, Schema

BLOCKS_MAX = 500
DEPTH_MAX = 5
SIZE_MAX_BYTES = 300 * 1024


def check_limits(schema: Schema, model: ModelView, attributes: JsonObject) -> None:
    """Hold a content to its size, and to the number and depth of its blocks.

    Raises: ApiFailure with `TECHNICAL_LIMIT_REACHED`.
    """
    count = sum(1 for _ in all_blocks(schema, model, attributes))
    if count > BLOCKS_MAX:
        raise _reached("blocks_per_item", BLOCKS_MAX)
    if len(encode(attributes)) > SIZE_MAX_BYTES:
        raise _reached("item_size_bytes", SIZE_MAX_BYTES)
    if count > DEPTH_MAX and _depth(schema, model, attributes) > DEPTH_MAX:
        raise _reached("blocks_depth", DEPTH_MAX)


def _depth(
    schema: Schema, model: ModelView, attributes: JsonObject, *, localized_outside: bool = False
) -> int:
    return max(
        (
            1
            + _depth(
                schema,
                placed.model,
                placed.block["attributes"],
                localized_outside=placed.localized_outside,
            )
            for placed in direct_blocks(
                schema, model, attributes, localized_outside=localized_outside
            )
        ),
        default=0,
    )


def _reached(limit: str, most: int) -> ApiFailure:
    return ApiFailure("TECHNICAL_LIMIT_REACHED", {"limit": limit, "max": most})
