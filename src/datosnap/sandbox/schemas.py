"""Check a request's body against a closed schema, and word the refusal as the API does.

A schema is data: a tree of rules in `request_schemas/`. A key that no rule names is refused; that
is what breaks a client that sends a read object back, and therefore has to be true here.
Source: quoted answers of the API, whose messages are those of the Ruby library `json_schema`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from datosnap.core.jsontext import Json, JsonObject, encode
from datosnap.sandbox.failures import invalid_format

_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value may be: its JSON types, and what it may hold.

    `keys` closes an object: no other key may occur; None leaves it open. `values` is for objects
    whose keys are free.
    """

    types: tuple[str, ...]
    one_of: tuple[Json, ...] = ()
    keys: Mapping[str, Rule] | None = None
    required: tuple[str, ...] = ()
    items: Rule | None = None
    values: Rule | None = None

    def or_null(self) -> Rule:
        """Give the same rule, which null also satisfies."""
        one_of = (*self.one_of, None) if self.one_of else ()
        return Rule(
            (*self.types, "null"), one_of, self.keys, self.required, self.items, self.values
        )


ANY = Rule(("string", "integer", "number", "boolean", "object", "array", "null"))
TEXT = Rule(("string",))
TEXT_OR_NULL = TEXT.or_null()
FLAG = Rule(("boolean",))
FLAG_OR_NULL = FLAG.or_null()
WHOLE = Rule(("integer",))
NUMBER = Rule(("integer", "number"))
OPEN = Rule(("object",))
OPEN_OR_NULL = OPEN.or_null()
TEXTS = Rule(("array",), items=TEXT)


def choice(*values: str) -> Rule:
    """Allow one of the texts."""
    return Rule(("string",), one_of=values)


def shape(keys: Mapping[str, Rule], *, required: Iterable[str] = ()) -> Rule:
    """Allow an object with these keys only."""
    return Rule(("object",), keys=keys, required=tuple(required))


def each(rule: Rule) -> Rule:
    """Allow an array of what `rule` allows."""
    return Rule(("array",), items=rule)


def linkage(*kinds: str) -> Rule:
    """Allow `{"type", "id"}` of one of the kinds."""
    return shape({"type": choice(*kinds), "id": TEXT}, required=("type", "id"))


def one(*kinds: str) -> Rule:
    """Allow a relationship to one entity."""
    return shape({"data": linkage(*kinds)}, required=("data",))


def one_or_none(*kinds: str) -> Rule:
    """Allow a relationship to one entity or to none."""
    return shape({"data": linkage(*kinds).or_null()}, required=("data",))


def many(*kinds: str) -> Rule:
    """Allow a relationship to any number of entities."""
    return shape({"data": each(linkage(*kinds))}, required=("data",))


@dataclass(frozen=True, slots=True)
class Body:
    """The body of one operation: a resource object under `data`.

    `own_id` tells whether the caller may name the id; `needed` are the attributes and `bound` the
    relationships that must be there.
    """

    kind: str
    own_id: bool = True
    attributes: Mapping[str, Rule] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    relationships: Mapping[str, Rule] = field(default_factory=dict)
    bound: tuple[str, ...] = ()
    meta: Rule | None = None

    def rule(self) -> Rule:
        """Give the rule for the whole body."""
        keys: dict[str, Rule] = {
            "type": choice(self.kind),
            "attributes": shape(self.attributes, required=self.needed),
            "relationships": shape(self.relationships, required=self.bound),
        }
        if self.own_id:
            keys["id"] = TEXT
        if self.meta is not None:
            keys["meta"] = self.meta
        needed = ["type", *(["attributes"] if self.needed else [])]
        needed += ["relationships"] if self.bound else []
        return shape({"data": shape(keys, required=needed)}, required=("data",))


def check(rule: Rule, name: str, body: JsonObject) -> None:
    """Refuse a body that does not follow `rule`; `name` says which schema it is.

    Raises: ApiFailure INVALID_FORMAT with every violation.
    """
    messages = list(violations(rule, body, "#", f"#/definitions/{name.replace('.', '/')}"))
    if messages:
        raise invalid_format(*messages)


def violations(rule: Rule, value: Json, at: str, schema: str) -> Iterator[str]:
    """Yield a message for each thing in `value` that `rule` does not allow."""
    kind = _type(value)
    if kind not in rule.types and not (kind == "integer" and "number" in rule.types):
        allowed = " or ".join(rule.types)
        yield f"{at}: failed schema {schema}: {_shown(value)} is not of type {allowed}."
    elif rule.one_of and value not in rule.one_of:
        members = encode(list(rule.one_of)).decode()
        yield f"{at}: failed schema {schema}: {_shown(value)} is not a member of {members}."
    elif kind == "object":
        yield from _in_object(rule, value, at, schema)
    elif kind == "array" and rule.items is not None:
        for index, entry in enumerate(value):
            yield from violations(rule.items, entry, f"{at}/{index}", f"{schema}/items")


def _in_object(rule: Rule, value: JsonObject, at: str, schema: str) -> Iterator[str]:
    head = f"{at}: failed schema {schema}:"
    if rule.keys is not None and (extra := [key for key in value if key not in rule.keys]):
        yield f"{head} {_listed(extra)} {_plural(extra, 'is not a permitted key')}."
    if missing := [key for key in rule.required if key not in value]:
        phrase = _plural(missing, "wasn't supplied")
        yield f"{head} {_listed(missing)} {phrase}."
    for key, entry in value.items():
        inner = rule.values if rule.keys is None else rule.keys.get(key)
        if inner is not None:
            yield from violations(inner, entry, f"{at}/{key}", f"{schema}/properties/{key}")


_PLURALS = {
    "is not a permitted key": "are not permitted keys",
    "wasn't supplied": "weren't supplied",
}


def _plural(names: list[str], phrase: str) -> str:
    return phrase if len(names) == 1 else _PLURALS[phrase]


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _shown(value: Json) -> str:
    return encode(value).decode()[:_SHOWN_MAX]


def _type(value: Json) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")
