"""Hold who asks to what their role lets them see and do with records.

A record that may not be read is not there: lists leave it out and count without it. What may be
read and not done is refused. A role that is limited to some locales writes those only; the rest
of a record stays as it is, and must not be sent. Source: the API's description of roles; that
unreadable records are hidden, not refused, is inferred.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.access import Access, Subject, access_of
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.content import flatten
from datosnap.sandbox.records.schema_view import ModelView, Schema, schema_of
from datosnap.sandbox.state import Item


@dataclass(frozen=True, slots=True)
class Rights:
    """What one actor may do with the records of an environment; `access` None is everything."""

    access: Access | None
    schema: Schema

    @property
    def key(self) -> Json:
        """Give what tells lists for different readers apart."""
        if self.access is None:
            return None
        return [self.access.actor, self.access.positive, self.access.negative]

    def sees(self, item: Item) -> bool:
        """Tell whether a record may be read."""
        return self.access is None or self.access.allows("read", self._subject(item))

    def seen(self, items: list[Item]) -> list[Item]:
        """Give the records that may be read."""
        return items if self.access is None else [item for item in items if self.sees(item)]

    def check(self, action: str, item: Item, **facts: Json) -> None:
        """Refuse an action on a record.

        Raises: ApiFailure INSUFFICIENT_PERMISSIONS.
        """
        if self.access is not None and not self.access.allows(action, self._subject(item, facts)):
            raise _insufficient()

    def check_new(self, action: str, model: ModelView) -> None:
        """Refuse an action on a record that is yet to be made.

        Raises: ApiFailure INSUFFICIENT_PERMISSIONS.
        """
        if self.access is not None and not self.access.allows(action, self._of_model(model)):
            raise _insufficient()

    def check_parts(self, action: str, item: Item, parts: Iterable[str | None]) -> None:
        """Refuse an action on some locales of a record, and on what has no locale (None).

        Raises: ApiFailure INSUFFICIENT_PERMISSIONS.
        """
        if self.access is None:
            return
        locales = self.schema.locales
        if set(parts) - self.access.parts(action, self._subject(item), locales):
            raise _insufficient()

    def writable(self, model: ModelView, given: JsonObject, item: Item | None) -> JsonObject:
        """Give what a request sends, with the locales added that its sender may not touch.

        Raises: ApiFailure INSUFFICIENT_PERMISSIONS when it sends what it may not.
        """
        if self.access is None:
            return given
        action = "create" if item is None else "update"
        subject = self._of_model(model) if item is None else self._subject(item)
        parts = self.access.parts(action, subject, self.schema.locales)
        _check_sent(model, given, parts)
        kept = {} if item is None else flatten(model, item.current.attributes)
        return {key: _joined(model, key, value, kept, parts) for key, value in given.items()}

    def _subject(self, item: Item, more: dict[str, Json] | None = None) -> Subject:
        facts = {**self._of_model(self.schema.model(item.item_type_id)).facts}
        return Subject({**facts, "on_stage": item.stage, **(more or {})}, item.creator)

    def _of_model(self, model: ModelView) -> Subject:
        actor = self.access.actor if self.access else None
        return Subject({"item_type": model.id, "workflow": model.workflow_id}, actor)


def rights_of(call: Call) -> Rights:
    """Give what the actor of a request may do with records."""
    access = access_of(call.project, call.environment, call.actor, "item_type")
    return Rights(access, schema_of(call.environment))


def _check_sent(model: ModelView, given: JsonObject, parts: set[str | None]) -> None:
    for key, value in given.items():
        field = model.fields.get(key)
        by_locale = field is not None and field.localized and isinstance(value, dict)
        if (set(value) if by_locale else {None}) - parts:
            raise _insufficient()


def _joined(
    model: ModelView, key: str, value: Json, kept: JsonObject, parts: set[str | None]
) -> Json:
    field = model.fields.get(key)
    if field is None or not field.localized or not isinstance(value, dict):
        return value
    others = {one: old for one, old in (kept.get(key) or {}).items() if one not in parts}
    return {**others, **value}


def _insufficient() -> ApiFailure:
    return ApiFailure("INSUFFICIENT_PERMISSIONS")
