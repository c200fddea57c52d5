"""What lost its links when others were taken back from readers has them again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject, encode
from datosnap.core.matching import OnConflict
from datosnap.core.retrying import Failure
from datosnap.core.schema_matching import SchemaPolicy
from tests.support.authoring import Author
from tests.support.importing import (
    Asked,
    CarryOut,
    Hook,
    Imported,
    environment_of,
    exported,
    fork_of,
    imported,
)
from tests.support.newsroom import change, value
from tests.unit.sandbox.client import Client

_DROPPING = {"on_reference_unpublish_strategy": "delete_references"}


class CutError(Exception):
    """The end of a run in its midst."""


class Family:
    """A tree of two, public in a fork, of which the source made drafts that link to each other."""

    def __init__(self, folder: Path) -> None:
        author = Author(Client.fresh())
        author.locales("en", "it")
        model = author.model("person", tree=True)
        author.field(model, "name", localized=True)
        rules = {"items_item_type": {"item_types": [model], **_DROPPING}}
        author.field(model, "family", "links", validators=rules)
        names = {"name": {"en": "a", "it": "b"}}
        self.parent = author.published(model, names)
        self.child = author.published(model, {**names, "parent_id": self.parent})
        self.links = {self.parent: [self.child], self.child: [self.parent]}
        for one, family in self.links.items():
            author.update(one, {"family": family})
            author.publish(one)
        self.place = fork_of(author.api, "behind")
        for one in (self.child, self.parent):
            assert author.api.put(f"/items/{one}/unpublish").status == 200
        for one, family in self.links.items():
            author.update(one, {"family": family})
        exported(author.api, folder / "out")
        self.folder = folder

    def bring(self, hook: Hook) -> Imported:
        """Import into the fork."""
        return imported(
            self.place,
            self.folder / "out",
            state=self.folder / "state",
            on_conflict=OnConflict.UPDATE,
            hook=hook,
        )

    @property
    def held(self) -> dict[str, object]:
        """Give the links that the fork has."""
        return {one: value(self.place, one, "family") for one in self.links}


@pytest.fixture
def family(tmp_path: Path) -> Family:
    """Make one."""
    return Family(tmp_path)


def fairly(_: Asked, carry_out: CarryOut) -> Answer | Failure:
    """Answer everything."""
    return carry_out()


def test_links_in_circles_outlive_what_is_taken_back(family: Family) -> None:
    """The API dropped them with the publications; the second import has nothing to write."""
    done = family.bring(fairly)

    items = environment_of(family.place).items
    assert done.gaps == []
    assert {one.status for one in items.values()} == {"draft"}
    assert family.held == family.links
    assert done.report.written.second_writes >= 1
    assert family.bring(fairly).wires.writes == []


@pytest.mark.parametrize("is_written", [True, False])
def test_links_are_written_again_after_a_crash(family: Family, *, is_written: bool) -> None:
    """The run ends when they are to be written, or when they just were; the next one goes on."""

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method == "PUT" and b'"family"' in asked.content:
            if is_written:
                carry_out()
            raise CutError
        return carry_out()

    with pytest.raises(CutError):
        family.bring(hook)
    done = family.bring(fairly)

    assert done.gaps == []
    assert family.held == family.links
    assert family.bring(fairly).wires.writes == []


def test_what_was_edited_meanwhile_is_left_to_its_editor(family: Family) -> None:
    """A record that somebody changed at that moment loses its links, and that is told."""
    edited: list[str] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        answer = carry_out()
        if "unpublish" in asked.path and not edited:
            edited.append(family.parent)
            change(family.place, family.parent, name={"en": "edited", "it": "b"})
        return answer

    done = family.bring(hook)

    assert edited
    assert [(kind, one) for kind, one, _ in done.gaps] == [("record", family.parent)]
    assert "was edited" in done.gaps[0][2]
    assert value(family.place, family.parent, "name") == {"en": "edited", "it": "b"}


def test_links_that_are_refused_are_told(family: Family) -> None:
    """What the API will not take back is a gap, and no end."""
    told: JsonObject = {"type": "api_error", "id": "1"}
    told["attributes"] = {"code": "INVALID_FIELD", "details": {"field": "family"}}
    refused: list[str] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method == "PUT" and b'"family"' in asked.content:
            refused.append(asked.path)
            return Answer(422, encode({"data": [told]}), request_id="1")
        return carry_out()

    done = family.bring(hook)

    assert refused
    assert {kind for kind, _, _ in done.gaps} == {"record"}


def test_what_is_always_public_keeps_its_links_to_drafts(tmp_path: Path) -> None:
    """A record of a model without drafts is written again, also one that needed no writing."""
    author = Author(Client.fresh())
    author.locales("en", "it")
    hidden = author.model("hidden")
    plain = author.model("plain", draft_mode_active=False)
    rules = {"item_item_type": {"item_types": [hidden], **_DROPPING}}
    author.field(plain, "to", "link", validators=rules, localized=True)
    target = author.published(hidden)
    record = author.create(plain, {"to": {"en": target, "it": None}})
    place = fork_of(author.api, "behind")
    assert author.api.put(f"/items/{target}/unpublish").status == 200
    author.update(record, {"to": {"en": target, "it": None}})
    exported(author.api, tmp_path / "out")

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    assert environment_of(place).items[target].status == "draft"
    assert value(place, record, "to") == {"en": target, "it": None}
    assert environment_of(place).items[record].status == "published"


def test_what_is_always_public_lets_a_draft_go(tmp_path: Path) -> None:
    """Where links forbid to take back what they lead to, they are out of the way meanwhile."""
    author = Author(Client.fresh())
    hidden = author.model("hidden")
    plain = author.model("plain", draft_mode_active=False)
    author.field(plain, "to", "link", to=[hidden])
    target = author.published(hidden)
    records = [author.create(plain, {"to": one}) for one in (target, None)]
    place = fork_of(author.api, "behind")
    author.update(records[0], {"to": None})
    assert author.api.put(f"/items/{target}/unpublish").status == 200
    for one in records:
        author.update(one, {"to": target})
    exported(author.api, tmp_path / "out")
    bring = partial(imported, place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    done = bring(state=tmp_path / "state")

    assert done.gaps == []
    assert environment_of(place).items[target].status == "draft"
    assert [value(place, one, "to") for one in records] == [target, target]
    assert bring(state=tmp_path / "state").wires.writes == []


@pytest.mark.parametrize("schema", [SchemaPolicy.CREATE, SchemaPolicy.SKIP])
def test_a_required_link_gives_way_with_its_validators(
    tmp_path: Path, schema: SchemaPolicy
) -> None:
    """Where the schema is left alone the link stays, and what it links to public; that is told."""
    author = Author(Client.fresh())
    hidden = author.model("hidden")
    plain = author.model("plain", draft_mode_active=False)
    field = author.field(plain, "to", "link", to=[hidden])
    target, other = author.published(hidden), author.published(hidden)
    record = author.create(plain, {"to": target})
    author.validate(field, required={})
    place = fork_of(author.api, "behind")
    author.update(record, {"to": other})
    assert author.api.put(f"/items/{target}/unpublish").status == 200
    author.update(record, {"to": target})
    exported(author.api, tmp_path / "out")

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE, schema=schema)

    may_write = schema is SchemaPolicy.CREATE
    assert [one for _, one, _ in done.gaps] == ([] if may_write else [target])
    assert ["PUBLISHED_REFERENCES" in reason for *_, reason in done.gaps] == [True] * (
        not may_write
    )
    assert value(place, record, "to") == target
    assert environment_of(place).items[target].status == ("draft" if may_write else "published")
    validators = environment_of(place).of_type("field")[field]["attributes"]["validators"]
    assert "required" in validators
