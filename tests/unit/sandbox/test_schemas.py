"""Closed schemas refuse what they do not name, in the API's words."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json
from datosnap.sandbox import tables
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.request_schemas import SCHEMAS
from datosnap.sandbox.schemas import (
    FLAG,
    NUMBER,
    OPEN,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    Body,
    Rule,
    check,
    choice,
    each,
    many,
    one,
    one_or_none,
    shape,
    violations,
)

_THING = Body(
    "thing",
    attributes={"name": TEXT, "hint": TEXT_OR_NULL, "on": FLAG, "size": choice("s", "l")},
    needed=("name",),
    relationships={"owner": one("user"), "boss": one_or_none("user"), "tags": many("tag")},
    bound=("owner",),
).rule()
_OWNER = {"owner": {"data": {"type": "user", "id": "1"}}}


def _messages(rule: Rule, value: Json) -> list[str]:
    return [message.split(": ", 2)[2] for message in violations(rule, value, "#", "#/x")]


def test_body_that_follows_its_schema_passes() -> None:
    """What a schema names may be sent."""
    attributes = {"name": "a", "hint": None, "on": True, "size": "l"}
    links = {**_OWNER, "boss": {"data": None}, "tags": {"data": []}}
    check(
        _THING,
        "thing.create",
        {"data": {"type": "thing", "id": "x", "attributes": attributes, "relationships": links}},
    )


def test_unknown_key_is_named_with_its_place() -> None:
    """The refusal says where the key stands and which schema forbids it."""
    body = {"data": {"type": "thing", "attributes": {"name": "a", "x": 1}, "relationships": _OWNER}}

    with pytest.raises(ApiFailure) as caught:
        check(_THING, "thing.create", body)

    place = "#/definitions/thing/create/properties/data/properties/attributes"
    message = f'#/data/attributes: failed schema {place}: "x" is not a permitted key.'
    assert caught.value.problems == [("INVALID_FORMAT", {"messages": [message]})]
    assert caught.value.status == 422


def test_all_violations_are_told_at_once() -> None:
    """A person mends a body in one go."""
    body = {"data": {"type": "other", "attributes": {"on": 1, "a": 1, "b": 2}}}

    assert _messages(_THING, body) == [
        '"relationships" wasn\'t supplied.',
        '"other" is not a member of ["thing"].',
        '"a", "b" are not permitted keys.',
        '"name" wasn\'t supplied.',
        "1 is not of type boolean.",
    ]


@pytest.mark.parametrize(
    ("rule", "value", "messages"),
    [
        (TEXTS, ["a", 1], ["1 is not of type string."]),
        (NUMBER, 1, []),
        (NUMBER, 1.5, []),
        (NUMBER, True, ["true is not of type integer or number."]),
        (choice("a").or_null(), None, []),
        (choice("a").or_null(), "b", ['"b" is not a member of ["a",null].']),
        (OPEN, {"anything": 1}, []),
        (OPEN, [], ["[] is not of type object."]),
        (Rule(("object",), values=TEXT), {"a": 1}, ["1 is not of type string."]),
        (each(shape({}, required=("a", "b"))), [{}], ['"a", "b" weren\'t supplied.']),
        (one("a"), {"data": {"type": "a", "id": "1", "x": 1}}, ['"x" is not a permitted key.']),
    ],
)
def test_rules(rule: Rule, value: Json, messages: list[str]) -> None:
    """Types, members, keys and items are checked at every depth."""
    assert _messages(rule, value) == messages


def _named_schemas() -> set[str]:
    named = {row.schema for row in tables.ENDPOINTS} | {row.schema for row in tables.DASHBOARD}
    return {name for name in named if name is not None}


def test_every_schema_that_a_table_names_exists() -> None:
    """No row names a schema that is not there."""
    assert _named_schemas() <= SCHEMAS.keys()


def test_every_schema_is_used() -> None:
    """No schema describes a body that nobody reads."""
    assert SCHEMAS.keys() <= _named_schemas()
