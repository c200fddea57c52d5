"""Old versions are written again in their order, around the content that is published."""

from __future__ import annotations

import pytest

from datosnap.core.history import OldVersion, Past, past_of, read_version
from datosnap.core.jsontext import JsonObject


def versions(*ids: str, published: str = "") -> list[OldVersion]:
    """Give versions as the API lists them, from the oldest to the newest id that is named."""
    made = [
        OldVersion(one, f"2026-01-{day:02d}T10:00:00.000+00:00", one == published)
        for day, one in enumerate(ids, start=1)
    ]
    return made[::-1]


@pytest.mark.parametrize(
    ("published", "is_updated", "past"),
    [
        ("", False, Past(("a", "b", "c"))),
        ("d", False, Past(("a", "b", "c"))),
        ("b", True, Past(("a",), ("c",))),
        ("a", True, Past((), ("b", "c"))),
        # The source did not say which one.
        ("", True, Past(("a", "b", "c"))),
    ],
)
def test_versions_stand_on_their_side_of_what_is_published(
    published: str, past: Past, *, is_updated: bool
) -> None:
    """The latest and the published one are written as content, and are no past."""
    listed = versions("a", "b", "c", "d", published=published)

    assert past_of(listed, current_id="d", is_updated=is_updated) == past
    assert past.count == len(past.before) + len(past.between)


def test_dates_come_before_the_order_of_the_list() -> None:
    """A list in another order, or with another zone, is put right; one moment keeps its order."""
    early = OldVersion("early", "2026-01-01T11:00:00+02:00", is_published=False)
    first = OldVersion("first", "2026-01-01T10:00:00.000Z", is_published=False)
    second = OldVersion("second", "2026-01-01T10:00:00.000Z", is_published=False)

    past = past_of([early, second, first], current_id="", is_updated=False)

    assert past.before == ("early", "first", "second")


def test_a_version_is_read_as_the_api_gives_it() -> None:
    """Its own id, not that of its record."""
    version: JsonObject = {
        "type": "item_version",
        "id": "v",
        "relationships": {"item": {"data": {"type": "item", "id": "r"}}},
        "meta": {"created_at": "2026-01-01T10:00:00Z", "is_published": True, "is_current": True},
    }
    assert read_version(version) == OldVersion("v", "2026-01-01T10:00:00Z", is_published=True)
    del version["meta"]["is_published"]
    assert not read_version(version).is_published
