"""At its end an import looks at what it wrote, and tells what others made of it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from datosnap.api.wire import Answer
from datosnap.core.matching import OnConflict
from datosnap.core.retrying import Failure
from tests.support.importing import Asked, CarryOut, fork_of, imported
from tests.support.newsroom import Newsroom, change, delete
from tests.unit.sandbox.client import Client


@dataclass(slots=True)
class Editor:
    """Edits one record and deletes another when the import, done, looks at what it wrote."""

    place: Client
    edited: str
    deleted: str
    was_public: bool = False
    has_come: bool = False

    def __call__(self, asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        """Come before the first look at either that follows the publication, and carry out."""
        looks = self.edited in asked.query or self.deleted in asked.query
        if self.was_public and looks and not self.has_come:
            self.has_come = True
            change(self.place, self.edited, title="Mine")
            delete(self.place, self.deleted)
        self.was_public = self.was_public or asked.path == "/items/bulk/publish"
        return carry_out()


def test_what_was_written_and_then_edited_or_deleted_is_told(
    room: Newsroom, tmp_path: Path
) -> None:
    """Both are left as somebody else wanted them, and the edit counts as one ever after."""
    place = fork_of(room.api, "busy")
    change(place, room.id("ann"), title="Anna")
    delete(place, room.id("two"))
    editor = Editor(place, room.id("ann"), room.id("two"))

    done = imported(
        place,
        tmp_path / "out",
        state=tmp_path / "state",
        on_conflict=OnConflict.UPDATE,
        hook=editor,
    )

    assert editor.has_come
    told = {one: reason for _, one, reason in done.gaps}
    # The API takes a deleted record out of those that link to it, which edits them too.
    assert set(told) == set(room.ids("ann", "two", "one"))
    assert "then edited in the target by somebody else" in told[room.id("ann")]
    assert "then deleted in the target by somebody else" in told[room.id("two")]
    again = imported(place, tmp_path / "out", state=tmp_path / "state").report.plan
    edited = {f"record {room.id('ann')} of writer", f"record {room.id('one')} of article"}
    assert set(again.conflicts) == edited
