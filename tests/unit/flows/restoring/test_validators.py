"""Validators in the way of content are set aside and put back, whatever happens in between."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import Json, JsonObject, encode
from datosnap.core.schema_matching import SchemaPolicy
from tests.support.importing import Asked, CarryOut, Hook, Imported, exported, fork_of, imported
from tests.support.schema_project import change
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.resources.shelf import field, model

_OURS: JsonObject = {"required": {}, "length": {"min": 1, "max": 80}}
_THEIRS: JsonObject = {"required": {}, "length": {"min": 2, "max": 99}}
_REFUSAL: JsonObject = {
    "data": [{"type": "api_error", "attributes": {"code": "NOT_ALLOWED", "details": {}}}]
}
# So many writes an import of the one record takes: relax, create, put back.
_WRITES = 3


class Killed(BaseException):
    """The run ended here, without a chance to clean up."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A snapshot with a record that its validators would not let in, and a fork without it."""

    fork: Client
    snapshot: Path
    record: str
    title: str

    def put(self, schema: str = "create", hook: Hook | None = None) -> Imported:
        """Import into the fork."""
        hooked: dict[str, Hook] = {} if hook is None else {"hook": hook}
        return imported(self.fork, self.snapshot, **hooked, schema=SchemaPolicy(schema))

    @property
    def validators(self) -> Json:
        """Give the validators of the fork's field."""
        return self.fork.get(f"/fields/{self.title}").attributes["validators"]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Make a record invalid by a rule that came later; forget it in a fork with other rules."""
    api = Client.fresh()
    post = model(api, "post")["id"]
    title = field(api, "post", "title", "string")["id"]
    of_post = {"item_type": {"type": "item_type", "id": post}}
    record = api.make("/items", "item", of_post, title=None).data["id"]
    change(api, f"/fields/{title}", "field", validators=_OURS)
    exported(api, tmp_path / "out")
    fork = fork_of(api, "fork")
    change(fork, f"/fields/{title}", "field", validators=_THEIRS)
    assert fork.delete(f"/items/{record}").status == 200
    return Scene(fork, tmp_path / "out", record, title)


@pytest.mark.parametrize(("schema", "wanted"), [("create", _THEIRS), ("match", _OURS)])
def test_a_record_that_the_rules_refuse_comes_and_the_rules_stay(
    scene: Scene, schema: str, wanted: JsonObject
) -> None:
    """The target's own rules are back as they were, or the source's where that was asked for."""
    done = scene.put(schema)

    assert done.gaps == []
    assert scene.fork.get(f"/items/{scene.record}").attributes["title"] is None
    assert scene.validators == wanted
    assert len(done.wires.writes) == _WRITES


def test_rules_are_left_alone_where_they_refuse_nothing(scene: Scene) -> None:
    """A second import writes nothing, and so touches no validator."""
    scene.put()

    assert scene.put().wires.writes == []


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("at", range(_WRITES))
@pytest.mark.parametrize(("schema", "wanted"), [("create", _THEIRS), ("match", _OURS)])
def test_rules_are_put_back_also_after_a_kill(
    scene: Scene,
    schema: str,
    wanted: JsonObject,
    at: int,
    carried_out: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    """Killed before or after any write, the same command goes on and leaves nothing relaxed."""
    writes: list[Asked] = []

    def kill(asked: Asked, carry_out: CarryOut) -> Answer:
        if asked.is_write:
            writes.append(asked)
            if len(writes) == at + 1:
                if carried_out:
                    carry_out()
                raise Killed
        return carry_out()

    with pytest.raises(Killed):
        scene.put(schema, kill)
    done = scene.put(schema)

    assert done.gaps == []
    assert scene.validators == wanted
    assert scene.fork.get(f"/items/{scene.record}").status == 200
    assert scene.put(schema).wires.writes == []


def test_a_schema_that_may_not_be_touched_leaves_the_record_to_its_rules(scene: Scene) -> None:
    """Who may write records but no schema is told of both, and nothing else is lost."""
    refused: list[Asked] = []

    def refuse(asked: Asked, carry_out: CarryOut) -> Answer:
        if asked.is_write and asked.path.startswith("/fields/"):
            refused.append(asked)
            return Answer(422, encode(_REFUSAL), request_id="1", limit=10_000)
        return carry_out()

    done = scene.put(hook=refuse)

    assert len(refused) == 1
    assert [kind for kind, _, _ in done.gaps] == ["field", "record"]
    assert scene.validators == _THEIRS
