"""A drill tells whether a snapshot can be restored, and finds what would be lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.jsontext import JsonObject
from tests.support.rewriting import rewrite
from tests.support.sample_dumps import FOLDER, FORMATS
from tests.support.sandboxes import datosnap


@pytest.mark.parametrize("chunk_format", FORMATS)
def test_the_sample_dumps_can_be_restored(chunk_format: str, tmp_path: Path) -> None:
    """Both dumps come back equal, with new ids for everything; nothing is left behind."""
    ended = datosnap("drill", FOLDER / chunk_format, "--json", folder=tmp_path)

    assert ended.code == 0, ended.err
    assert ended.document["equal"] is True
    assert ended.document["written"]["records"] == ended.document["compared"]["records"] > 100
    assert list(tmp_path.iterdir()) == []
    assert not list(FOLDER.glob("*.import-*"))


def test_a_snapshot_that_would_lose_something_is_told(tmp_path: Path) -> None:
    """A link to a record that is nowhere cannot come back: gap and difference, code 5."""
    spoiled: list[str] = []

    def point_nowhere(place: str, one: JsonObject) -> JsonObject:
        links = one.get("attributes", {}).get("goes_with")
        if place == "current" and not spoiled and isinstance(links, list) and links:
            spoiled.append(one["id"])
            one["attributes"]["goes_with"] = [*links, "AAAAAAAAQACAAAAAAAAAAA"]
        return one

    rewrite(FOLDER / "ndjson", tmp_path / "spoiled", point_nowhere, with_assets=True)

    ended = datosnap("drill", "spoiled", "--json", folder=tmp_path)

    assert spoiled
    assert ended.code == 5, ended.err
    assert ended.document["equal"] is False
    assert {(gap["kind"], gap["id"]) for gap in ended.document["gaps"]} == {("link", spoiled[0])}
    assert ended.document["total"] == 1


def test_a_damaged_snapshot_fails_the_drill(tmp_path: Path) -> None:
    """What does not verify is not restored."""
    (tmp_path / "empty").mkdir()

    assert datosnap("drill", "empty", folder=tmp_path).code == 10
