"""Environments: list, find, fork, rename, promote, destroy; and maintenance mode.

A fork shares every stored object with its source, since none is ever changed in place: ids are
the same in both, as in the real one. Source: the environments reference and recorded exchanges.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.access import may_enter
from datosnap.sandbox.calls import Call, Endpoint, Reply, Wait
from datosnap.sandbox.failures import ApiFailure, not_found
from datosnap.sandbox.queries import is_true
from datosnap.sandbox.quotas import check_quota
from datosnap.sandbox.records.locks import SESSIONS
from datosnap.sandbox.resources.editing import check_nobody_edits
from datosnap.sandbox.resources.environment_rules import copy_rules, drop_rules, rename_rules
from datosnap.sandbox.resources.refusals import not_unique, refused
from datosnap.sandbox.state import Environment, Project, z_time

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


def shown(call: Call, environment: Environment, *, status: str | None = None) -> JsonObject:
    """Give an environment as a resource."""
    making = _is_before(call, environment.ready_at)
    frozen = environment.read_only or _is_before(call, environment.frozen_until)
    told = status or ("creating" if making else environment.status)
    meta = {
        "status": told,
        "primary": environment.id == call.project.primary_id,
        "read_only_mode": frozen,
        "created_at": environment.created_at,
        "last_data_change_at": environment.last_data_change_at,
        "forked_from": environment.forked_from,
    }
    if told == "creating":
        meta["fork_completion_percentage"] = 0
    return {"type": "environment", "id": environment.id, "meta": meta}


def _is_before(call: Call, moment: datetime | None) -> bool:
    return moment is not None and call.world.clock() < moment


def _found(call: Call) -> Environment:
    found = call.project.environments.get(call.path["id"])
    if found is None or not may_enter(call.project, call.actor, found):
        raise not_found()
    return found


def _list(call: Call) -> Reply:
    readable = [one for one in _all(call.project) if may_enter(call.project, call.actor, one)]
    return Reply({"data": [shown(call, each) for each in readable]})


def _find(call: Call) -> Reply:
    return Reply({"data": shown(call, _found(call))})


def _new_name(call: Call) -> str:
    name: str = call.data["id"]
    if not _NAME.fullmatch(name):
        raise refused("environment", "name", "INVALID_FORMAT", "lower-case letters, digits, dashes")
    if name in call.project.environments:
        raise not_unique("environment", "name")
    return name


def _fork(call: Call) -> Reply:
    source = _found(call)
    name = _new_name(call)
    check_quota(call, "sandbox_environments", len(call.project.environments) - 1)
    now = call.world.clock()
    if _is_before(call, source.ready_at):
        raise ApiFailure("ENVIRONMENT_NOT_READY")
    is_fast = is_true(call.query.get("fast"))
    if is_fast and not is_true(call.query.get("force")):
        check_nobody_edits(call, source)
    ready_at = now + call.world.job_delay if call.world.job_delay else None
    fork = forked(source, name, z_time(now))
    fork.ready_at = ready_at
    if is_fast:
        source.frozen_until = ready_at
    call.project.environments[name] = fork
    copy_rules(call.project, source.id, name)
    immediate = is_true(call.query.get("immediate_return"))
    status = "creating" if immediate else "ready"
    return Reply({"data": shown(call, fork, status=status)}, 201)


def forked(source: Environment, name: str, created_at: str) -> Environment:
    """Give a copy of an environment that shares its objects."""
    return replace(
        source,
        id=name,
        created_at=created_at,
        last_data_change_at=created_at,
        forked_from=source.id,
        read_only=False,
        frozen_until=None,
        resources={kind: dict(held) for kind, held in source.resources.items() if kind != SESSIONS},
        items=dict(source.items),
        originals=dict(source.originals),
    )


def _rename(call: Call) -> Reply:
    environment = _found(call)
    if call.data["id"] == environment.id:
        return Reply({"data": shown(call, environment)})
    name = _new_name(call)
    project, old = call.project, environment.id
    renamed = {(name if key == old else key): value for key, value in project.environments.items()}
    environment.id = name
    rename_rules(project, old, name)
    project.environments = renamed
    for other in renamed.values():
        other.forked_from = name if other.forked_from == old else other.forked_from
    if project.primary_id == old:
        project.primary_id = name
    return Reply({"data": shown(call, environment)})


def _promote(call: Call) -> Reply:
    environment = _found(call)
    if environment.id == call.project.primary_id:
        raise ApiFailure("ALREADY_PRIMARY_ENVIRONMENT")
    if _is_before(call, environment.ready_at):
        raise ApiFailure("ENVIRONMENT_NOT_READY")
    call.project.primary_id = environment.id
    return Reply({"data": shown(call, environment)})


def _destroy(call: Call) -> Reply:
    environment = _found(call)
    if environment.id == call.project.primary_id:
        raise ApiFailure("CANNOT_DESTROY_PRIMARY_ENVIRONMENT")
    if any(_being_made_from(call, environment, other) for other in _all(call.project)):
        raise ApiFailure("CANNOT_DESTROY_FORKING_ORIGIN")
    del call.project.environments[environment.id]
    drop_rules(call.project, environment.id)
    return Reply({"data": shown(call, environment, status="destroying")})


def _all(project: Project) -> list[Environment]:
    return list(project.environments.values())


def _being_made_from(call: Call, source: Environment, other: Environment) -> bool:
    return other.forked_from == source.id and _is_before(call, other.ready_at)


def _maintenance(call: Call) -> Reply:
    mode = {"active": call.project.maintenance}
    return Reply(
        {"data": {"type": "maintenance_mode", "id": "maintenance_mode", "attributes": mode}}
    )


def _activate(call: Call) -> Reply:
    if not is_true(call.query.get("force")):
        check_nobody_edits(call, call.project.environments[call.project.primary_id])
    call.project.maintenance = True
    return _maintenance(call)


def _deactivate(call: Call) -> Reply:
    call.project.maintenance = False
    return _maintenance(call)


_MANAGE = "can_manage_environments"
_PROMOTE = "can_promote_environments"
ENDPOINTS = (
    Endpoint("GET", "/environments", _list, changes=False),
    Endpoint("GET", "/environments/{id}", _find, changes=False),
    Endpoint(
        "POST",
        "/environments/{id}/fork",
        _fork,
        "environment.fork",
        Wait.JOB,
        changes=False,
        needs=_MANAGE,
    ),
    Endpoint(
        "PUT",
        "/environments/{id}/rename",
        _rename,
        "environment.rename",
        changes=False,
        needs=_MANAGE,
    ),
    Endpoint("PUT", "/environments/{id}/promote", _promote, changes=False, needs=_PROMOTE),
    Endpoint("DELETE", "/environments/{id}", _destroy, wait=Wait.JOB, changes=False, needs=_MANAGE),
    Endpoint("GET", "/maintenance-mode", _maintenance, changes=False),
    Endpoint("PUT", "/maintenance-mode/activate", _activate, changes=False, needs=_PROMOTE),
    Endpoint("PUT", "/maintenance-mode/deactivate", _deactivate, changes=False, needs=_PROMOTE),
)
