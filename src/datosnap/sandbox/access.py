"""Decide what a role lets its holder do: capabilities, environments, records and uploads.

Most tokens may do everything, and then there is nothing to look at: their access is None, found
with a few look-ups. Source: the API's own description of roles: what is granted is what a role
and the roles it inherits from allow, less what they forbid; every rule is about one environment.
An account stands above roles; a token or user without one may do nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.role_shapes import blank_role
from datosnap.sandbox.state import Environment, Project

_HOLDERS = frozenset({"access_token", "user"})
_NOTHING: Mapping[str, Json] = MappingProxyType({**blank_role(), "environments_access": "none"})
_ALL_SCOPES = (None, "all")
# What a rule says besides whom it is for: where it holds, for which action, for which content.
_NOT_ABOUT_SUBJECTS = frozenset({"environment", "action", "on_creator"}) | {
    "localization_scope",
    "locale",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A record or an upload as rules see it: `facts` by the names that rules use, its creator.

    A rule is held only to the facts that are told: the stage of a record that is yet to be
    created, or the goal of what is not moved, decides nothing.
    """

    facts: Mapping[str, Json] = field(default_factory=dict)
    creator: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """The rules that one holder of a role is held to in one environment, for one family."""

    project: Project
    actor: JsonObject
    positive: tuple[JsonObject, ...]
    negative: tuple[JsonObject, ...]

    def allows(self, action: str, subject: Subject) -> bool:
        """Tell whether an action is granted, be it for some of the content only."""
        forbidding = [one for one in self.negative if one.get("localization_scope") in _ALL_SCOPES]
        return self._any(self.positive, action, subject) and not self._any(
            forbidding, action, subject
        )

    def parts(self, action: str, subject: Subject, locales: Iterable[str]) -> set[str | None]:
        """Give the locales whose content an action may touch, and None for what has no locale."""
        return {
            part
            for part in (None, *locales)
            if self._any(_covering(self.positive, part), action, subject)
            and not self._any(_covering(self.negative, part), action, subject)
        }

    def _any(self, rules: Iterable[JsonObject], action: str, subject: Subject) -> bool:
        return any(self._holds(rule, action, subject) for rule in rules)

    def _holds(self, rule: JsonObject, action: str, subject: Subject) -> bool:
        if rule["action"] not in {"all", action}:
            return False
        facts = subject.facts
        if any(
            value is not None and key in facts and facts[key] != value
            for key, value in rule.items()
            if key not in _NOT_ABOUT_SUBJECTS
        ):
            return False
        return self._is_by(rule.get("on_creator"), subject.creator)

    def _is_by(self, whose: str | None, creator: JsonObject | None) -> bool:
        if whose in {None, "anyone"}:
            return True
        if creator is None:
            return False
        if whose == "role":
            return role_of(self.project, creator) is role_of(self.project, self.actor)
        return (creator["type"], creator["id"]) == (self.actor["type"], self.actor["id"])


def role_of(project: Project, actor: JsonObject) -> JsonObject | None:
    """Give the role of a token or a user, None when there is none."""
    if actor["type"] not in _HOLDERS:
        return None
    entity = project.of_type(actor["type"]).get(actor["id"], {})
    link = entity.get("relationships", {}).get("role", {}).get("data")
    return project.of_type("role").get(link["id"]) if link else None


def granted(project: Project, actor: JsonObject) -> Mapping[str, Json] | None:
    """Give an actor's final permissions, None when it stands above roles as an account does."""
    if actor["type"] not in _HOLDERS or actor["id"] not in project.of_type(actor["type"]):
        return None
    role = role_of(project, actor)
    found: Mapping[str, Json] = role["meta"]["final_permissions"] if role else _NOTHING
    return found


def may(project: Project, actor: JsonObject, right: str) -> bool:
    """Tell whether an actor's role grants `right`."""
    rights = granted(project, actor)
    return rights is None or bool(rights.get(right))


def require(call: Call, right: str) -> None:
    """Refuse a call whose actor lacks `right`.

    Raises: ApiFailure INSUFFICIENT_PERMISSIONS.
    """
    if not may(call.project, call.actor, right):
        raise ApiFailure("INSUFFICIENT_PERMISSIONS")


def may_enter(project: Project, actor: JsonObject, environment: Environment) -> bool:
    """Tell whether an actor's role lets it into an environment."""
    rights = granted(project, actor)
    if rights is None:
        return True
    own = "primary_only" if environment.id == project.primary_id else "sandbox_only"
    return rights["environments_access"] in {"all", own}


def access_of(
    project: Project, environment: Environment, actor: JsonObject, family: str
) -> Access | None:
    """Give what an actor may do with records (`item_type`) or uploads (`upload`); None: all.

    Memory: kept for each actor of an environment until its role changes.
    """
    rights = granted(project, actor)
    if rights is None:
        return None
    key = f"access/{family}/{actor['type']}/{actor['id']}"
    kept = environment.derived.get(key)
    if isinstance(kept, _Kept) and kept.rights is rights and kept.name == environment.id:
        return kept.access
    positive, negative = (
        _rules(rights[f"{sign}_{family}_permissions"], environment.id)
        for sign in ("positive", "negative")
    )
    unlimited = not negative and any(map(_grants_everything, positive))
    access = None if unlimited else Access(project, actor, positive, negative)
    environment.derived[key] = _Kept(rights, environment.id, access)
    return access


@dataclass(frozen=True, slots=True)
class _Kept:
    rights: Mapping[str, Json]
    name: str
    access: Access | None


def _rules(rules: Iterable[JsonObject], environment: str) -> tuple[JsonObject, ...]:
    return tuple(rule for rule in rules if rule["environment"] == environment)


def _grants_everything(rule: JsonObject) -> bool:
    narrowed = [value for key, value in rule.items() if key not in _NOT_ABOUT_SUBJECTS]
    return (
        rule["action"] == "all"
        and rule.get("on_creator") in {None, "anyone"}
        and rule.get("localization_scope") in _ALL_SCOPES
        and not any(narrowed)
    )


def _covering(rules: Iterable[JsonObject], part: str | None) -> list[JsonObject]:
    return [rule for rule in rules if _covers(rule, part)]


def _covers(rule: JsonObject, part: str | None) -> bool:
    scope = rule.get("localization_scope")
    if scope == "not_localized":
        return part is None
    if scope == "localized":
        return part is not None and rule.get("locale") in {None, part}
    return True
