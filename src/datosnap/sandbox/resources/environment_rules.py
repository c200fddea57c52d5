"""Let the rules of roles follow the environments they name.

Roles belong to the project, but their rules name an environment each, so that what people may do
in a sandbox can be prepared before it is promoted. A fork therefore starts with the rules of its
source. Source: inferred. The official tool that compares two environments compares these rules
too, and has nothing to tell about a fresh fork.
"""

from __future__ import annotations

from collections.abc import Callable

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.role_shapes import RULE_ARRAYS
from datosnap.sandbox.state import Project

_Rules = list[JsonObject]


def copy_rules(project: Project, source: str, fork: str) -> None:
    """Give a fork the rules of its source."""

    def copied(rules: _Rules) -> _Rules:
        return [*rules, *(_moved(rule, fork) for rule in rules if _names(rule, source))]

    _change(project, copied)


def rename_rules(project: Project, old: str, new: str) -> None:
    """Keep the rules of an environment that has another name now."""
    _change(
        project,
        lambda rules: [_moved(rule, new) if _names(rule, old) else rule for rule in rules],
    )


def drop_rules(project: Project, gone: str) -> None:
    """Take away the rules of an environment that is destroyed."""
    _change(project, lambda rules: [rule for rule in rules if not _names(rule, gone)])


def _change(project: Project, change: Callable[[_Rules], _Rules]) -> None:
    roles = project.of_type("role")
    for role_id, role in list(roles.items()):
        attributes = role["attributes"] | _changed(role["attributes"], change)
        final = role["meta"]["final_permissions"]
        meta = {**role["meta"], "final_permissions": final | _changed(final, change)}
        roles[role_id] = {**role, "attributes": attributes, "meta": meta}


def _changed(holder: JsonObject, change: Callable[[_Rules], _Rules]) -> JsonObject:
    return {name: change(holder[name]) for name in RULE_ARRAYS}


def _names(rule: JsonObject, environment: str) -> bool:
    return rule.get("environment") == environment


def _moved(rule: JsonObject, environment: str) -> JsonObject:
    return {**rule, "environment": environment}
