"""Set validators aside that would refuse content on its way in, and put them back exactly.

Content arrives in parts: a link may have to wait for its record, a draft may be invalid as it was
in the source. Fields that the import makes get their validators last. Of the target's own fields
only those are relaxed whose validators could refuse what is about to be written; how they were is
remembered before the first is touched, so that a run that goes on after a crash puts them back.
"""

from __future__ import annotations

from functools import partial

from datosnap.core.jsontext import JsonObject
from datosnap.core.remapping import translate_resource
from datosnap.core.requests import change_body, definition, split_validators
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.schema_plan import Act
from datosnap.flows.model_lanes import each_in_turn
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.schema_finishing import path_of, read_schema_again
from datosnap.flows.restoring.schema_matching import permitting_known


async def relax(run: RestoreRun) -> None:
    """Set aside the validators of the target's own fields that the plan names."""

    async def set_aside(field: JsonObject) -> None:
        # Where that is refused, the records are told that the validators then refuse.
        refused = run.refusal("field", field["id"])
        await run.once(f"relax:{field['id']}", partial(_relax, run, field["id"]), refused)

    fields = (one for one in run.source.resources["fields"] if one["id"] in run.schema.relaxed)
    await each_in_turn(fields, set_aside)


async def _relax(run: RestoreRun, source_id: str) -> None:
    target_id = run.translate("field", source_id)
    now = await run.look_up(path_of("field", target_id))
    validators = {} if now is None else definition(now["data"])["validators"]
    await _set(run, source_id, split_validators(validators)[0])


async def tighten(run: RestoreRun) -> None:
    """Give every field the validators that it is to have."""
    owed = _owed(run)
    run.progress.start("validators", total=len(owed), unit="fields")
    found = await read_schema_again(run) if owed else {}

    async def put_back(field: JsonObject) -> None:
        source_id, validators = field["id"], owed[field["id"]]
        there = found.get(("field", run.translate("field", source_id)))
        if there is None or definition(there)["validators"] != validators:
            refused = run.refusal("validators", source_id)
            give = partial(_set, run, source_id, validators)
            await run.once(f"validators:{source_id}", give, refused)
        run.progress.advance()

    fields = (one for one in run.source.resources["fields"] if one["id"] in owed)
    await each_in_turn(fields, put_back)


def _owed(run: RestoreRun) -> dict[str, JsonObject]:
    """Give the validators that fields are still to get, by source id."""
    return {
        one["id"]: validators
        for one in run.source.resources["fields"]
        if (validators := _owed_to(run, one)) is not None
    }


def _owed_to(run: RestoreRun, field: JsonObject) -> JsonObject | None:
    act, relaxed = run.schema.act("field", field["id"]), run.schema.relaxed.get(field["id"])
    if act is Act.CREATE:
        wanted = _of_source(run, field)
        return wanted if split_validators(wanted)[1] else None
    if act is Act.UPDATE or (relaxed is not None and run.schema.policy is SchemaPolicy.MATCH):
        return _of_source(run, field)
    return relaxed


def _of_source(run: RestoreRun, field: JsonObject) -> JsonObject:
    known = permitting_known(field, run.source)
    validators: JsonObject = definition(translate_resource(known, run.translate))["validators"]
    return validators


async def _set(run: RestoreRun, source_id: str, validators: JsonObject) -> None:
    target_id = run.translate("field", source_id)
    body = change_body("field", target_id, {"validators": validators})
    await run.update(path_of("field", target_id), body)
