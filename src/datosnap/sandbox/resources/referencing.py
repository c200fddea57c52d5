"""Know where a model is named: in the validators of fields and in filters.

A model that goes is taken out of the lists that name it, as the official tools rely on when they
destroy models one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.resources.changes import linked_id, with_attributes
from datosnap.sandbox.resources.models import model_of, store
from datosnap.sandbox.state import Environment
from datosnap.sandbox.validator_shapes import VALIDATORS

_NAMING = tuple(name for name, shape in VALIDATORS.items() if shape.names in {"model", "block"})


def referencing_fields(environment: Environment, model_id: str) -> list[JsonObject]:
    """Give the fields whose validators name a model."""
    return [
        field
        for field in environment.of_type("field").values()
        if any(model_id in named for named in _named_lists(field))
    ]


def referencing_models(environment: Environment, model_id: str) -> list[JsonObject]:
    """Give the models with such a field."""
    fields = referencing_fields(environment, model_id)
    found = {model["id"]: model for model in (model_of(environment, field) for field in fields)}
    return list(found.values())


def without_model(environment: Environment, model_id: str) -> None:
    """Take a model that is gone out of all validators, and its filters with it."""
    for field in referencing_fields(environment, model_id):
        validators = {
            name: _without(parameters, model_id) if name in _NAMING else parameters
            for name, parameters in field["attributes"]["validators"].items()
        }
        store(environment, with_attributes(field, {"validators": validators}))
    filters = environment.of_type("item_type_filter")
    for kept in list(filters.values()):
        if linked_id(kept, "item_type") == model_id:
            del filters[kept["id"]]


def _named_lists(field: JsonObject) -> Iterator[list[str]]:
    validators = field["attributes"]["validators"]
    return (validators[name]["item_types"] for name in _NAMING if name in validators)


def _without(parameters: JsonObject, model_id: str) -> JsonObject:
    return {
        **parameters,
        "item_types": [each for each in parameters["item_types"] if each != model_id],
    }
