"""Know the stages of a model's workflow: where records begin, where they may be moved."""

from __future__ import annotations

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import invalid_field
from datosnap.sandbox.records.desk import Desk
from datosnap.sandbox.records.schema_view import ModelView


def initial_stage(desk: Desk, model: ModelView) -> str | None:
    """Give the stage in which new records of a model begin; None without a workflow."""
    return next((one["id"] for one in _stages(desk, model) if one.get("initial")), None)


def checked_stage(desk: Desk, model: ModelView, stage: Json) -> str | None:
    """Give the stage that a record is to be moved to.

    Raises: ApiFailure when the model's workflow has no such stage.
    """
    known = {one["id"] for one in _stages(desk, model)}
    if stage is None and not known:
        return None
    if stage not in known:
        raise invalid_field(field="stage", code="VALIDATION_INVALID", failing_value=stage)
    return str(stage)


def _stages(desk: Desk, model: ModelView) -> list[JsonObject]:
    workflow = desk.environment.of_type("workflow").get(model.workflow_id or "")
    return list(workflow["attributes"]["stages"]) if workflow else []
