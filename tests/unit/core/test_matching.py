"""What becomes of a record, by what is wanted, what is there, and what an import left there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from datosnap.core.entities import read_schema
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.matching import (
    SKIP,
    UNCHANGED,
    Action,
    Base,
    Held,
    OnConflict,
    Publish,
    Sight,
    Wanted,
    Work,
    creation,
    decide,
    sight,
    wanted_status,
    without_empty,
)
from tests.unit.core.test_schema_matching import resource

# Contents, by their hashes.
A, B, C = b"a", b"b", b"c"
DRAFT = Wanted("draft", A)
PUBLISHED = Wanted("published", A, A)
UPDATED = Wanted("updated", A, B)
HELD_DRAFT = Held("m", "draft", "v1", A)
HELD_PUBLISHED = Held("m", "published", "v1", A, A)
HELD_UPDATED = Held("m", "updated", "v1", A, B)
BASE, PUBLISH, NEWER = {"base": True}, {"publish": True}, {"draft": True}


def base_of(held: Held) -> Base:
    """Give what an import that left `held` remembers."""
    return Base(held.status, held.version, held.current, held.published, held.stage, held.parent)


def decided(wanted: Wanted, held: Held, *, drafts: bool = True) -> Work:
    """Decide where everything may be overwritten."""
    return decide(wanted, held, None, OnConflict.UPDATE, drafts=drafts)


@pytest.mark.parametrize(
    ("status", "drafts", "work"),
    [
        ("draft", True, {}),
        ("published", True, PUBLISH),
        ("updated", True, PUBLISH | NEWER),
        ("published", False, {}),
    ],
)
def test_what_is_not_there_is_created(status: str, work: JsonObject, *, drafts: bool) -> None:
    """The content that is published goes first, a newer draft after it."""
    expected = Work(Action.CREATE, base=True, stage=True, **work)

    assert decide(Wanted(status, A), None, None, OnConflict.SKIP, drafts=drafts) == expected
    assert creation(status, drafts=drafts) == expected


@pytest.mark.parametrize(
    ("wanted", "held"),
    [(DRAFT, HELD_DRAFT), (PUBLISHED, HELD_PUBLISHED), (UPDATED, HELD_UPDATED)],
)
def test_what_is_there_already_is_left_alone(wanted: Wanted, held: Held) -> None:
    """Equal content and status cost nothing, whoever wrote them."""
    assert decided(wanted, held) is UNCHANGED


@pytest.mark.parametrize(
    ("wanted", "held", "work"),
    [
        (DRAFT, replace(HELD_DRAFT, current=C), BASE),
        (DRAFT, HELD_PUBLISHED, {"unpublish": True}),
        (DRAFT, replace(HELD_UPDATED, current=C), BASE | {"unpublish": True}),
        (PUBLISHED, HELD_DRAFT, PUBLISH),
        (PUBLISHED, HELD_UPDATED, PUBLISH),
        (PUBLISHED, replace(HELD_PUBLISHED, current=C, published=C), BASE | PUBLISH),
        (UPDATED, HELD_PUBLISHED, BASE | PUBLISH | NEWER),
        (UPDATED, replace(HELD_PUBLISHED, current=B, published=B), NEWER),
        (UPDATED, replace(HELD_UPDATED, current=C), NEWER),
        (UPDATED, replace(HELD_DRAFT, current=B), PUBLISH | NEWER),
        (UPDATED, HELD_DRAFT, BASE | PUBLISH | NEWER),
        (replace(PUBLISHED, stage="s"), HELD_PUBLISHED, {"stage": True}),
        (replace(PUBLISHED, parent="p"), HELD_PUBLISHED, BASE | PUBLISH),
    ],
)
def test_only_what_differs_is_written(wanted: Wanted, held: Held, work: JsonObject) -> None:
    """Each state of the target is brought to the source's with the fewest writes."""
    assert decided(wanted, held) == Work(Action.UPDATE, **work)


def test_without_drafts_only_content_counts() -> None:
    """A model whose records are always public has nothing to publish."""
    held = replace(HELD_PUBLISHED, current=C, published=C)

    assert decided(PUBLISHED, held, drafts=False) == Work(Action.UPDATE, base=True)


@pytest.mark.parametrize(
    ("edit", "works"),
    [
        ({}, True),
        ({"version": "v2"}, True),
        ({"version": "v2", "current": C}, False),
        ({"status": "draft"}, False),
        ({"stage": "s"}, False),
        ({"parent": "p"}, False),
    ],
)
def test_only_our_own_work_is_overwritten(edit: dict[str, Json], *, works: bool) -> None:
    """A record that is no longer as an import left it is somebody's, and needs the policy."""
    left = replace(HELD_PUBLISHED, current=B, published=B)
    held = replace(left, **edit)

    kept = decide(PUBLISHED, held, base_of(left), OnConflict.SKIP, drafts=True)
    forced = decide(PUBLISHED, held, base_of(left), OnConflict.UPDATE, drafts=True)

    assert (kept is not SKIP) == works
    assert forced.action is Action.UPDATE


def test_what_was_never_written_by_us_is_not_ours() -> None:
    """Without a memory of it a record that differs is a conflict, under `fail` as well."""
    held = replace(HELD_DRAFT, current=C)

    for policy in (OnConflict.SKIP, OnConflict.FAIL):
        assert decide(DRAFT, held, None, policy, drafts=True) is SKIP


def test_an_api_without_versions_is_not_believed_unchanged() -> None:
    """Where no version is told only equal content counts as ours."""
    left = replace(HELD_DRAFT, version="", current=B)

    work = decide(DRAFT, replace(left, current=C), base_of(left), OnConflict.SKIP, drafts=True)

    assert work is SKIP


@pytest.mark.parametrize("wanted", [DRAFT, PUBLISHED, UPDATED])
def test_a_server_may_answer_other_bytes_than_it_was_sent(wanted: Wanted) -> None:
    """While the version is the one our write was answered with, its content is what was sent."""
    sent = Base(wanted.status, "v1", wanted.current, wanted.published)
    answered = b"x" if wanted.published else b""
    held = Held("m", wanted.status, "v1", b"x", answered)

    assert decide(wanted, held, sent, OnConflict.SKIP, drafts=True) is UNCHANGED


@pytest.mark.parametrize(
    ("publish", "held", "expected"),
    [
        (Publish.AS_SOURCE, HELD_DRAFT, "updated"),
        (Publish.ALL, HELD_DRAFT, "published"),
        (Publish.NONE, None, "draft"),
    ],
)
def test_the_status_follows_what_was_asked_for(
    publish: Publish, held: Held | None, expected: str
) -> None:
    """By default it is the source's."""
    assert wanted_status("updated", publish, held) == expected


@pytest.mark.parametrize("held", [HELD_DRAFT, HELD_PUBLISHED, HELD_UPDATED])
def test_with_none_the_status_stays(held: Held) -> None:
    """What readers see is not touched; new content waits as a draft."""
    wanted = Wanted(wanted_status("published", Publish.NONE, held), C)

    assert decided(wanted, held) == Work(Action.UPDATE, base=True)
    assert decided(replace(wanted, current=A), held) is UNCHANGED


ARTICLE, QUOTE = "article", "quote"


def seen(locales: tuple[str, ...] = ("en", "it"), complete: tuple[str, ...] = ()) -> Sight:
    """Give the sight of a source whose models have other ids in the target."""
    fields = [("title", "string", True), ("plain", "string", False), ("body", "rich_text", False)]
    schema = read_schema(
        [resource("item_type", one, api_key=one) for one in ("a", "q")],
        [
            *(
                resource(
                    "field", key, {"item_type": "a"}, api_key=key, field_type=kind, localized=l10n
                )
                for key, kind, l10n in fields
            ),
            resource("field", "text", {"item_type": "q"}, api_key="text", field_type="string"),
        ],
    )
    return sight(schema, {"a": ARTICLE, "q": QUOTE}, locales, complete)


def block(text: str, **more: Json) -> JsonObject:
    """Write a block as the target has it."""
    linkage = {"item_type": {"data": {"type": "item_type", "id": QUOTE}}}
    return {"type": "item", "attributes": {"text": text}, "relationships": linkage, **more}


CONTENT: JsonObject = {"title": {"en": "x", "it": None}, "plain": None, "body": [block("b")]}


@pytest.mark.parametrize(
    "other",
    [
        {**CONTENT, "body": [block("b", id="any")]},
        {**CONTENT, "further": "field"},
        {**CONTENT, "title": {"fr": "y", "it": None, "en": "x"}},
        {"title": {"en": "x", "it": None}, "body": [block("b")]},
        {**CONTENT, "body": [block("b") | {"attributes": {"text": "b", "new": 1}}]},
    ],
)
def test_what_is_no_difference(other: JsonObject) -> None:
    """Ids of blocks, fields and locales of the target alone, and empty members count nothing."""
    assert seen().digest(other, ARTICLE) == seen().digest(CONTENT, ARTICLE)


@pytest.mark.parametrize(
    "other",
    [
        {**CONTENT, "plain": ""},
        {**CONTENT, "plain": 0},
        {**CONTENT, "title": {"en": "x"}},
        {**CONTENT, "title": {"en": "x", "it": ""}},
        {**CONTENT, "body": [block("c")]},
        {**CONTENT, "body": [block("b"), block("b")]},
        {**CONTENT, "body": []},
    ],
)
def test_what_is_a_difference(other: JsonObject) -> None:
    """Empty text, zero, a locale more or less and every word of a block count."""
    assert seen().digest(other, ARTICLE) != seen().digest(CONTENT, ARTICLE)


def test_records_that_have_every_locale_do_not_differ_by_one() -> None:
    """Where a model requires all locales the target adds those that were not sent."""
    short = {**CONTENT, "title": {"en": "x"}}

    assert seen(complete=(ARTICLE,)).digest(short, ARTICLE) == seen(complete=(ARTICLE,)).digest(
        CONTENT, ARTICLE
    )


def test_empty_members_go_and_empty_elements_stay() -> None:
    """Only members of objects that hold nothing are left out."""
    given: JsonObject = {"a": None, "b": [None, {}, 0], "c": {"d": []}, "e": False, "f": ""}

    assert without_empty(given) == {"b": [None, {}, 0], "e": False, "f": ""}
