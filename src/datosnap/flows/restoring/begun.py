"""Tell from the journal of an interrupted run how far it came, for the plan of the next."""

from __future__ import annotations

from dataclasses import dataclass

from datosnap.core.jsontext import JsonObject

# The step that remembers what the run was to do about the schema.
SCHEMA_PLAN = "schema:plan"


@dataclass(slots=True)
class Begun:
    """How many steps are done, and what the run was to do about the schema when it began."""

    steps: int = 0
    schema: JsonObject | None = None

    def take(self, entry: JsonObject) -> None:
        """Take one step of the journal."""
        self.steps += 1
        if entry["step"] == SCHEMA_PLAN:
            self.schema = entry["facts"]
