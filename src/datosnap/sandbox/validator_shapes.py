"""The parameters every validator takes, as rules, and how the server completes them.

Source: the field documentation's validator table; the completed forms are recorded answers.
`extension` is read back with an empty list beside a predefined one. Inferred: the empty list may be
sent again, since the official tool's migrations copy what they read; a filled one may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.schemas import (
    FLAG,
    NUMBER,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    WHOLE,
    Rule,
    choice,
    shape,
    violations,
)

_UNIT = choice("B", "KB", "MB")
_PUBLISH = "on_publish_with_unpublished_references_strategy"
_UNPUBLISH = "on_reference_unpublish_strategy"
_DELETE = "on_reference_delete_strategy"
_RATIOS = tuple(
    f"{bound}_ar_{part}" for bound in ("min", "eq", "max") for part in ("numerator", "denominator")
)
_SIDES = tuple(f"{side}_{bound}_value" for side in ("width", "height") for bound in ("min", "max"))


@dataclass(frozen=True, slots=True)
class ValidatorShape:
    """One validator: its parameters, of which at least one or exactly one must be there.

    `names` tells what the ids in the parameters stand for; `completed` are the parameters that
    the server adds.
    """

    rule: Rule
    some_of: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    names: str | None = None
    completed: Mapping[str, str] = field(default_factory=dict)

    def faults(self, name: str, parameters: JsonObject) -> list[str]:
        """Say what is wrong with the parameters."""
        found = list(violations(self.rule, parameters, f"#/{name}", f"#/definitions/{name}"))
        if self.some_of and not any(key in parameters for key in self.some_of):
            found.append(f"#/{name}: needs one of {', '.join(self.some_of)}")
        if self.one_of and len(self._chosen(parameters)) != 1:
            found.append(f"#/{name}: needs exactly one of {', '.join(self.one_of)}")
        return found

    def _chosen(self, parameters: JsonObject) -> list[str]:
        present = [key for key in self.one_of if key in parameters]
        return [key for key in present if parameters[key]] or present


def _bare() -> ValidatorShape:
    return ValidatorShape(shape({}))


def _bounds(rule: Rule, *keys: str) -> ValidatorShape:
    return ValidatorShape(shape(dict.fromkeys(keys, rule)), some_of=keys)


def _blocks() -> ValidatorShape:
    return ValidatorShape(shape({"item_types": TEXTS}, required=("item_types",)), names="block")


def _links(unpublish: str) -> ValidatorShape:
    rule = shape(
        {
            "item_types": TEXTS,
            _PUBLISH: choice("fail", "publish_references"),
            _UNPUBLISH: choice("fail", "unpublish", "delete_references"),
            _DELETE: choice("fail", "delete_references"),
        },
        required=("item_types",),
    )
    strategies = {_PUBLISH: "fail", _UNPUBLISH: unpublish, _DELETE: "delete_references"}
    return ValidatorShape(rule, names="model", completed=MappingProxyType(strategies))


def _flags(*keys: str) -> ValidatorShape:
    return ValidatorShape(shape(dict.fromkeys(keys, FLAG)))


VALIDATORS: Mapping[str, ValidatorShape] = MappingProxyType(
    {
        "required": _bare(),
        "unique": _bare(),
        "length": _bounds(WHOLE, "min", "eq", "max"),
        "size": _bounds(WHOLE, "min", "eq", "max", "multiple_of"),
        "number_range": _bounds(NUMBER, "min", "max"),
        "date_range": _bounds(TEXT, "min", "max"),
        "date_time_range": _bounds(TEXT, "min", "max"),
        "title_length": _bounds(WHOLE, "min", "max"),
        "description_length": _bounds(WHOLE, "min", "max"),
        "enum": ValidatorShape(shape({"values": TEXTS}, required=("values",))),
        "format": ValidatorShape(
            shape(
                {
                    "custom_pattern": TEXT,
                    "predefined_pattern": choice("email", "url"),
                    "description": TEXT_OR_NULL,
                }
            ),
            one_of=("custom_pattern", "predefined_pattern"),
        ),
        "slug_format": ValidatorShape(
            shape({"custom_pattern": TEXT, "predefined_pattern": choice("webpage_slug")}),
            one_of=("custom_pattern", "predefined_pattern"),
        ),
        "slug_title_field": ValidatorShape(
            shape({"title_field_id": TEXT}, required=("title_field_id",)), names="title"
        ),
        "extension": ValidatorShape(
            shape(
                {
                    "extensions": TEXTS,
                    "predefined_list": choice("image", "transformable_image", "video", "document"),
                }
            ),
            one_of=("extensions", "predefined_list"),
        ),
        "file_size": ValidatorShape(
            shape(
                {
                    "min_value": NUMBER,
                    "min_unit": _UNIT,
                    "max_value": NUMBER,
                    "max_unit": _UNIT,
                }
            ),
            some_of=("min_value", "max_value"),
        ),
        "image_dimensions": _bounds(WHOLE, *_SIDES),
        "image_aspect_ratio": _bounds(WHOLE, *_RATIOS),
        "required_alt_title": _flags("title", "alt"),
        "required_seo_fields": _flags("title", "description", "image", "twitter_card"),
        "sanitized_html": ValidatorShape(
            shape({"sanitize_before_validation": FLAG}, required=("sanitize_before_validation",))
        ),
        "rich_text_blocks": _blocks(),
        "single_block_blocks": _blocks(),
        "structured_text_blocks": _blocks(),
        "structured_text_inline_blocks": _blocks(),
        "item_item_type": _links("fail"),
        "items_item_type": _links("fail"),
        "structured_text_links": _links("delete_references"),
    }
)


def completed(name: str, parameters: JsonObject) -> JsonObject:
    """Give a validator's parameters as they are read back."""
    if name == "extension" and "predefined_list" in parameters:
        return {"extensions": [], **parameters}
    return {**parameters, **_missing(VALIDATORS[name].completed, parameters)}


def _missing(wanted: Mapping[str, str], parameters: JsonObject) -> dict[str, str]:
    return {key: value for key, value in wanted.items() if key not in parameters}
