"""Which uploads of a target are a source's, and what becomes of each."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.core.matching import OnConflict
from datosnap.core.matching_uploads import (
    HeldUpload,
    UploadAct,
    decide_upload,
    in_locales,
    pair_uploads,
    said_of,
)


def held(**md5s: str) -> dict[str, HeldUpload]:
    """Give a target's uploads by id, each with its bytes."""
    return {one: HeldUpload(md5, b"") for one, md5 in md5s.items()}


@pytest.mark.parametrize(
    ("sources", "there", "pairs"),
    [
        ([("a", "1")], held(a="1", b="1"), {"a": "a"}),
        ([("a", "1")], held(a="2"), {"a": "a"}),
        ([("a", "1")], held(a2="1", b="1"), {"a": "a2"}),
        ([("a", "1")], held(b="1"), {"a": "b"}),
        ([("a", "1"), ("c", "1"), ("d", "1")], held(b="1", e="1"), {"a": "b", "c": "e"}),
        ([("a", "1"), ("b", "1")], held(b="1", e="1"), {"b": "b", "a": "e"}),
        ([("a", "")], held(b=""), {}),
        ([("a", "1")], {}, {}),
    ],
)
def test_uploads_are_known_by_id_or_by_their_bytes(
    sources: list[tuple[str, str]], there: dict[str, HeldUpload], pairs: dict[str, str]
) -> None:
    """An id says it best; bytes are used again once for each, and unknown bytes never."""
    assert pair_uploads(sources, there, lambda one: (one, f"{one}2")) == pairs


@pytest.mark.parametrize(
    ("there", "base", "policy", "act"),
    [
        (None, None, OnConflict.SKIP, UploadAct.SEND),
        (HeldUpload("1", b"w"), None, OnConflict.SKIP, UploadAct.REUSE),
        (HeldUpload("1", b"x"), None, OnConflict.SKIP, UploadAct.SKIP),
        (HeldUpload("1", b"x"), b"x", OnConflict.SKIP, UploadAct.UPDATE),
        (HeldUpload("1", b"x"), b"y", OnConflict.SKIP, UploadAct.SKIP),
        (HeldUpload("1", b"x"), None, OnConflict.UPDATE, UploadAct.UPDATE),
        (HeldUpload("2", b"w"), b"w", OnConflict.UPDATE, UploadAct.SKIP),
    ],
)
def test_what_becomes_of_an_upload(
    there: HeldUpload | None, base: bytes | None, policy: OnConflict, act: UploadAct
) -> None:
    """Words are changed where they are ours or it was asked for; bytes never."""
    assert decide_upload(HeldUpload("1", b"w"), there, base, policy) is act


SHARED: JsonObject = {
    "alt": {"en": "sun", "it": "sole"},
    "custom_data": {"en": {}, "it": {"a": "b"}},
    "focal_point": {"x": 0.5, "y": 0.5},
}
BY_LOCALE: JsonObject = {"en": {"alt": "sun"}, "it": {"alt": "sole"}}


def test_metadata_is_seen_in_the_locales_that_are_taken_over() -> None:
    """Both shapes are cut to them; what has no locale stays."""
    assert in_locales(SHARED, ["en"]) == {
        "alt": {"en": "sun"},
        "custom_data": {"en": {}},
        "focal_point": {"x": 0.5, "y": 0.5},
    }
    assert in_locales(BY_LOCALE, ["en"]) == {"en": {"alt": "sun"}}
    assert in_locales(None, ["en"]) is None


@pytest.mark.parametrize(
    ("other", "collection", "same"),
    [
        ({"tags": ["b", "a"], "notes": None, "size": 3}, None, True),
        ({"tags": ["a"]}, None, False),
        ({"tags": ["a", "b"], "author": "ann"}, None, False),
        ({"tags": ["a", "b"]}, "folder", False),
    ],
)
def test_what_is_said_of_an_upload(
    other: JsonObject, collection: str | None, *, same: bool
) -> None:
    """Tags in any order, who made it and where it lies count; what the server says does not."""
    ours = said_of({"tags": ["a", "b"], "default_field_metadata": SHARED}, None, ["en"])

    given = {**other, "default_field_metadata": {**SHARED, "alt": {"en": "sun", "it": "-"}}}
    assert (said_of(given, collection, ["en"]) == ours) is same
