"""Judge a whole content: every validator of every value, in every locale, in blocks too.

The findings are of two kinds. Structural ones (a block or link of a model that is not permitted)
are refused whatever the model says; the others make a draft invalid where the model saves
incomplete drafts, and are refused elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.composing import Problem, field_problem
from datosnap.sandbox.records.content import Spot, blocks_in, nodes_in, spots
from datosnap.sandbox.records.facts import Facts, Rule, Subject
from datosnap.sandbox.records.file_rules import FILE_RULES
from datosnap.sandbox.records.link_rules import LINK_RULES, STRUCTURAL_RULES
from datosnap.sandbox.records.references import LINK_NODES
from datosnap.sandbox.records.schema_view import FieldView, ModelView
from datosnap.sandbox.records.structured_text import plain_text
from datosnap.sandbox.records.text_rules import TEXT_RULES

# Validators that a structured text has whether its field names them or not.
_ALWAYS = {
    "structured_text": ("structured_text_blocks", "structured_text_inline_blocks"),
    "slug": ("slug_format",),
}
_ASSUMED: dict[str, JsonObject] = {
    "structured_text_blocks": {},
    "structured_text_inline_blocks": {},
    "slug_format": {"predefined_pattern": "webpage_slug"},
}

# Rules that judge a null too; every other rule is silent about what is not there.
_JUDGE_NULL = frozenset({"required_seo_fields"})

_RULES: dict[str, Rule] = {**TEXT_RULES, **FILE_RULES, **LINK_RULES, **STRUCTURAL_RULES}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a validator holds against a content."""

    details: JsonObject
    is_structural: bool
    locale: str | None

    @property
    def problem(self) -> Problem:
        """Give the finding as a problem of the API."""
        return ("INVALID_FIELD", self.details)


def findings(facts: Facts, model: ModelView, attributes: JsonObject) -> Iterator[Finding]:
    """Walk through everything that validators hold against a content."""
    for spot in spots(facts.schema, model, attributes):
        for name, params in _validators(spot.field).items():
            complaint = _complaint(name, params, spot, facts)
            if complaint:
                yield _finding(name, complaint, spot)


def is_valid(facts: Facts, model: ModelView, attributes: JsonObject) -> bool:
    """Tell whether validators hold nothing against a content."""
    return next(findings(facts, model, attributes), None) is None


def checked(facts: Facts, model: ModelView, attributes: JsonObject) -> bool:
    """Tell whether a content that is to be saved is valid.

    Raises: ApiFailure when it may not even be saved.
    """
    found = list(findings(facts, model, attributes))
    refused = [one.problem for one in found if one.is_structural or not model.keeps_invalid_drafts]
    if refused:
        raise ApiFailure.of(refused)
    return not found


def is_blank(field: FieldView, value: Json) -> bool:
    """Tell whether `required` would complain about a value."""
    if field.field_type == "structured_text" and value:
        holds_items = any(node["type"] in LINK_NODES for node in nodes_in(value))
        return not plain_text(value).strip() and not holds_items and not blocks_in(field, value)
    return value is None or value in ("", [])


def _validators(field: FieldView) -> dict[str, JsonObject]:
    assumed = {name: _ASSUMED[name] for name in _ALWAYS.get(field.field_type, ())}
    return {**assumed, **field.validators}


def _complaint(name: str, params: JsonObject, spot: Spot, facts: Facts) -> str | None:
    if name == "required":
        return "can't be blank" if is_blank(spot.field, spot.value) else None
    rule = _RULES.get(name)
    is_absent = spot.value is None or spot.value == ""
    if rule is None or (is_absent and name not in _JUDGE_NULL):
        return None
    subject = Subject(spot.model.id, spot.field, spot.locale, spot.value, spot.in_block)
    return rule(params or {}, subject, facts)


def _finding(name: str, complaint: str, spot: Spot) -> Finding:
    details = field_problem(
        spot.field, spot.path, spot.value, code=f"VALIDATION_{name.upper()}", message=complaint
    )
    return Finding(details, name in STRUCTURAL_RULES, spot.locale)
