"""Cases for imports: trees, sorted models, singletons, and where records are beside each other."""

from __future__ import annotations

from tests.support.authoring import Author
from tests.support.case import Case


def deep_tree(author: Author) -> None:
    """Make a tree six deep, and siblings out of order."""
    model = author.model("page", tree=True)
    author.field(model, "title")
    parent: str | None = None
    for depth in range(6):
        siblings = [
            author.published(model, {"title": f"{depth}.{at}", "parent_id": parent})
            for at in range(3)
        ]
        author.update(siblings[2], {"position": 1})
        parent = siblings[1]


def child_of_draft(author: Author) -> None:
    """Put a published record, and one with a newer draft, under a parent that nobody sees."""
    model = author.model("page", tree=True)
    author.field(model, "title")
    parent = author.create(model, {"title": "hidden"})
    for title in ("public", "changed"):
        child = author.published(model, {"title": title})
        author.update(child, {"parent_id": parent, "position": 1})
        if title == "changed":
            author.update(child, {"title": "newer"})
    author.create(model, {"title": "hidden too", "parent_id": parent, "position": 2})


def sorted_records(author: Author) -> None:
    """Sort records otherwise than they were made, drafts among them."""
    model = author.model("note", sortable=True)
    author.field(model, "title")
    made = [author.create(model, {"title": str(number)}) for number in range(8)]
    author.publish(*made[::2])
    for place, number in enumerate((5, 2, 7, 0), start=1):
        author.update(made[number], {"position": place})


def singleton(author: Author) -> None:
    """Make singletons with and without drafts, and one model whose single record is not there."""
    for key, drafts in (("home", True), ("footer", False), ("empty", True)):
        model = author.model(key, singleton=True, draft_mode_active=drafts)
        author.field(model, "title")
        if key != "empty":
            author.create(model, {"title": key})


CASES = (
    Case("trees 6 deep", deep_tree),
    Case("published under an unpublished parent", child_of_draft),
    Case("sortable positions", sorted_records),
    Case("singletons", singleton),
)
