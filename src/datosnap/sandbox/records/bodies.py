"""Hold request bodies to their closed schemas, and read them into plain values.

Record attributes depend on the model and are not looked at here; everything around them is
closed: an unexpected key anywhere is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import invalid_format
from datosnap.sandbox.schemas import (
    ANY,
    FLAG,
    OPEN,
    TEXT,
    TEXTS,
    Rule,
    check,
    choice,
    each,
    linkage,
    one,
    one_or_none,
    shape,
)

BULK_MAX = 200

_CREATORS = ("account", "access_token", "user", "sso_user", "organization")
_WHOLE = ("data",)

# Accepted on every write, since a read object is sent back whole; two of them have an effect.
_META = dict.fromkeys(
    (
        "created_at",
        "updated_at",
        "published_at",
        "first_published_at",
        "publication_scheduled_at",
        "status",
        "is_valid",
        "is_current_version_valid",
        "is_published_version_valid",
        "current_version",
    ),
    ANY,
)
_META_ON_UPDATE = {**_META, "stage": ANY, "unpublishing_scheduled_at": ANY, "has_children": ANY}


def _item_rule(meta: dict[str, Rule], *, needs_model: bool) -> Rule:
    keys = {
        "type": choice("item"),
        "id": TEXT,
        "attributes": OPEN,
        "relationships": shape(
            {"item_type": one("item_type"), "creator": one_or_none(*_CREATORS)},
            required=("item_type",) if needs_model else (),
        ),
        "meta": shape(meta),
    }
    needed = ("type", "relationships") if needs_model else ("type",)
    return shape({"data": shape(keys, required=needed)}, required=_WHOLE)


def _operation_rule(kind: str, attributes: dict[str, Rule], *needed: str) -> Rule:
    keys = {"type": choice(kind), "attributes": shape(attributes, required=needed)}
    return shape({"data": shape(keys, required=("type", "attributes"))}, required=_WHOLE)


def _bulk_rule(kind: str, attributes: dict[str, Rule] | None = None) -> Rule:
    items = shape({"data": each(linkage("item"))}, required=_WHOLE)
    keys = {"type": choice(kind), "relationships": shape({"items": items}, required=("items",))}
    needed = ["type", "relationships"]
    if attributes is not None:
        keys["attributes"] = shape(attributes, required=tuple(attributes))
        needed.append("attributes")
    return shape({"data": shape(keys, required=needed)}, required=_WHOLE)


_SELECTION = {"content_in_locales": TEXTS, "non_localized_content": FLAG}
_PARTS = shape(_SELECTION, required=tuple(_SELECTION)).or_null()

RULES: dict[str, Rule] = {
    "item.create": _item_rule(_META, needs_model=True),
    "item.update": _item_rule(_META_ON_UPDATE, needs_model=False),
    "item.publish": _operation_rule("selective_publish_operation", _SELECTION, *_SELECTION),
    "item.unpublish": _operation_rule(
        "selective_unpublish_operation", {"content_in_locales": TEXTS}, "content_in_locales"
    ),
    "item.bulk_publish": _bulk_rule("item_bulk_publish_operation"),
    "item.bulk_unpublish": _bulk_rule("item_bulk_unpublish_operation"),
    "item.bulk_destroy": _bulk_rule("item_bulk_destroy_operation"),
    "item.bulk_move_to_stage": _bulk_rule("item_bulk_move_to_stage_operation", {"stage": TEXT}),
    "scheduled_publication.create": _operation_rule(
        "scheduled_publication",
        {"publication_scheduled_at": TEXT, "selective_publication": _PARTS},
        "publication_scheduled_at",
    ),
    "scheduled_unpublishing.create": _operation_rule(
        "scheduled_unpublishing",
        {"unpublishing_scheduled_at": TEXT, "content_in_locales": TEXTS.or_null()},
        "unpublishing_scheduled_at",
    ),
}


@dataclass(frozen=True, slots=True)
class ItemBody:
    """What a request says about one record."""

    id: str | None = None
    attributes: JsonObject = field(default_factory=dict)
    meta: JsonObject = field(default_factory=dict)
    model_id: str | None = None
    creator: JsonObject | None = None
    names_creator: bool = False


def item_body(body: JsonObject, rule: str) -> ItemBody:
    """Read the body that creates or updates a record.

    Raises: ApiFailure with `INVALID_FORMAT` when it does not follow the closed schema.
    """
    check(RULES[rule], rule, body)
    data = body["data"]
    relationships = data.get("relationships", {})
    model = relationships.get("item_type", {}).get("data")
    return ItemBody(
        id=data.get("id"),
        attributes=data.get("attributes", {}),
        meta=data.get("meta", {}),
        model_id=model["id"] if model else None,
        creator=relationships.get("creator", {}).get("data"),
        names_creator="creator" in relationships,
    )


def operation(body: JsonObject, rule: str) -> JsonObject:
    """Read the attributes of an operation's body.

    Raises: ApiFailure with `INVALID_FORMAT` when it does not follow the closed schema.
    """
    check(RULES[rule], rule, body)
    attributes: JsonObject = body["data"].get("attributes", {})
    return attributes


def selection(body: JsonObject, rule: str) -> JsonObject | None:
    """Read what a selective operation selects; None where the request has no body.

    Raises: ApiFailure with `INVALID_FORMAT` when it does not follow the closed schema.
    """
    return operation(body, rule) if body else None


def bulk_ids(body: JsonObject, rule: str) -> list[str]:
    """Read which records a bulk operation is about.

    Raises: ApiFailure when the body is malformed or names more than 200.
    """
    check(RULES[rule], rule, body)
    links: list[Json] = body["data"]["relationships"]["items"]["data"]
    if len(links) > BULK_MAX:
        raise invalid_format(
            f"#/data/relationships/items/data: no more than {BULK_MAX} items are allowed; "
            f"{len(links)} were supplied."
        )
    return [link["id"] for link in links]
