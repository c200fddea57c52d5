"""Cases for imports: links in circles, to what is hidden, and values that must differ."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from tests.support.authoring import FOLLOWING, Author, block, paragraph, text
from tests.support.case import Case


def circles(author: Author) -> None:
    """Link records in a circle through every kind of link, and each to itself."""
    box = author.block_model("box")
    model = author.model("post")
    author.field(box, "to", "link", to=[model], follow=True)
    author.field(model, "next", "link", to=[model], follow=True)
    author.field(model, "all", "links", to=[model], follow=True)
    author.field(model, "body", "structured_text", to=[model], blocks=[box], follow=True)
    author.field(model, "boxes", "rich_text", blocks=[box])
    made = [author.create(model) for _ in range(4)]
    for at, one in enumerate(made):
        after = made[(at + 1) % len(made)]
        linked = {"type": "itemLink", "item": after, "children": []}
        inline = {"type": "inlineBlock", "item": block(box, to=one)}
        author.update(
            one,
            {
                "next": one,
                "all": [*made, one][1:],
                "body": text(paragraph(linked, {"type": "inlineItem", "item": one}, inline)),
                "boxes": [block(box, to=after), block(box, to=one)],
            },
        )
    author.publish(made[0])
    assert {one.status for one in author.api.main.items.values()} == {"published"}
    author.update(made[1], {"next": made[2]})


def required_circles(author: Author) -> None:
    """Require a link in a circle of two models, published and with a newer draft."""
    left, right = author.model("left"), author.model("right")
    back = author.field(left, "to", "link", to=[right])
    author.field(right, "to", "link", to=[left], follow=True)
    one, other = author.create(left), author.create(right)
    author.update(other, {"to": one})
    author.publish(other)
    author.update(one, {"to": other})
    author.publish(one)
    author.validate(back, required={})
    author.update(one, {"to": other})


def several_models(author: Author) -> None:
    """Let a link be of some models, with each strategy that a link can have."""
    one, two, other = (author.model(key) for key in ("one", "two", "other"))
    strategies: JsonObject = {
        **FOLLOWING,
        "on_reference_unpublish_strategy": "delete_references",
        "on_reference_delete_strategy": "fail",
    }
    rules = {"items_item_type": {"item_types": [one, two], **strategies}}
    author.field(other, "some", "links", validators=rules)
    made = [author.published(model) for model in (one, two, two, one)]
    author.published(other, {"some": made})
    author.published(other, {"some": list(reversed(made))})


def to_unpublished(author: Author) -> None:
    """Link to drafts from records that are public, since their model knows no drafts."""
    hidden = author.model("hidden")
    box = author.block_model("box")
    author.field(box, "to", "link", to=[hidden])
    plain = author.model("plain", draft_mode_active=False)
    author.field(plain, "to", "links", to=[hidden])
    author.field(plain, "boxes", "rich_text", blocks=[box])
    drafts = [author.create(hidden) for _ in range(2)]
    record = author.create(plain, {"to": drafts, "boxes": [block(box, to=drafts[1])]})
    items = author.api.main.items
    assert (items[record].status, items[drafts[0]].status) == ("published", "draft")
    # What is published with drafts brings along what it links to.
    follower = author.model("follower")
    author.field(follower, "to", "link", to=[hidden], follow=True)
    author.published(follower, {"to": drafts[0]})


def swapped(author: Author) -> None:
    """Have unique values that two records exchanged after they were published."""
    model = author.model("post")
    field = author.field(model, "code")
    slug = author.field(model, "slug", "slug")
    made = [author.published(model, {"code": one, "slug": one}) for one in ("a", "b", "c")]
    for one, code in zip(made, ("b", "c", "a"), strict=True):
        author.update(one, {"code": code, "slug": code})
    author.validate(field, unique={})
    author.validate(slug, unique={})


CASES = (
    Case("link cycles and self links", circles),
    Case("required links in cycles", required_circles),
    Case("links validated to certain models", several_models),
    Case("published linking to unpublished", to_unpublished),
    Case("unique values that swap", swapped),
)
