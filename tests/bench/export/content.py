"""Make records that look like those of a site in use: 2 to 3 KB, blocks, structured text, links.

Record number n is the same on every machine, so that pages can be made by several processes and
kept between runs. Words are drawn unevenly from a few thousand, as they are in people's texts, so
that compression finds about what it would find there.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from random import Random
from typing import Literal, TypeAlias

from datosnap.core.ids import from_random
from datosnap.core.jsontext import Json, JsonObject, encode

# Models with blocks are read nested, 30 a page; others flat, 500 a page.
Shape: TypeAlias = Literal["nested", "flat"]

MODELS = {"nested": "ArticleModelAAAAAAAAAA", "flat": "ProductModelAAAAAAAAAA"}
QUOTE = "QuoteBlockAAAAAAAAAAAA"
IMAGE = "ImageBlockAAAAAAAAAAAA"
_AUTHORS = 200
_VOCABULARY = 4_000
_SYLLABLES = (
    "ba",
    "co",
    "di",
    "fu",
    "ga",
    "he",
    "ki",
    "lo",
    "ma",
    "ne",
    "pi",
    "ro",
    "sa",
    "te",
    "vi",
    "wo",
    "xa",
    "ly",
    "en",
    "ar",
    "is",
    "on",
    "ut",
    "er",
)


def record(shape: Shape, number: int) -> bytes:
    """Write record `number` as the API sends it."""
    draw = Random(number)  # noqa: S311 - a repeatable draw is wanted
    attributes = _article(draw, number) if shape == "nested" else _product(draw, number)
    is_published = draw.random() < 0.9
    moment = f"2026-0{number % 9 + 1}-{number % 28 + 1:02d}T10:{number % 60:02d}:00.000+00:00"
    return encode(
        {
            "id": ordered_id(number),
            "type": "item",
            "attributes": attributes,
            "relationships": {
                "item_type": {"data": {"id": MODELS[shape], "type": "item_type"}},
                "creator": {"data": {"id": "312", "type": "user"}},
            },
            "meta": {
                "created_at": "2025-11-03T08:21:44.118+00:00",
                "updated_at": moment,
                "published_at": moment if is_published else None,
                "first_published_at": moment if is_published else None,
                "publication_scheduled_at": None,
                "unpublishing_scheduled_at": None,
                "status": "published" if is_published else "draft",
                "is_valid": True,
                "is_current_version_valid": True,
                "is_published_version_valid": True if is_published else None,
                "current_version": _random_id(draw),
                "stage": None,
                "has_children": None,
            },
        }
    )


def ordered_id(number: int) -> str:
    """Give record `number` an id; larger numbers have later ids."""
    return from_random(number.to_bytes(6, "big") + Random(~number).randbytes(10))  # noqa: S311 - no secret


def _article(draw: Random, number: int) -> JsonObject:
    return {
        "title": _text(draw, 6),
        "slug": f"{_text(draw, 4).replace(' ', '-')}-{number}",
        "lead": _text(draw, 10),
        "rating": round(draw.random() * 5, 2),
        "featured": draw.random() < 0.1,
        "issued_on": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        "cover": _file(draw),
        "seo": _seo(draw),
        "author": ordered_id(draw.randrange(_AUTHORS)),
        "related": [ordered_id(draw.randrange(number + 1)) for _ in range(3)],
        "body": _document(draw, [_image(draw)]),
        "sections": [_quote(draw), _image(draw)],
    }


def _product(draw: Random, number: int) -> JsonObject:
    return {
        "name": _text(draw, 5),
        "sku": f"SKU-{number:08d}",
        "price": round(draw.random() * 900, 2),
        "stock": draw.randrange(1_000),
        "is_new": draw.random() < 0.2,
        "description": _text(draw, 40),
        "gallery": [_file(draw) for _ in range(2)],
        "seo": _seo(draw),
        "maker": ordered_id(draw.randrange(_AUTHORS)),
        "related": [ordered_id(draw.randrange(number + 1)) for _ in range(4)],
        "care": _document(draw, []),
        "updated_on": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}T08:00:00+01:00",
    }


def _document(draw: Random, blocks: list[JsonObject]) -> JsonObject:
    """Write a structured text: paragraphs with marks and links, then blocks."""
    linked = {
        "type": "itemLink",
        "item": ordered_id(draw.randrange(_AUTHORS)),
        "children": [_span(draw, 3)],
    }
    children: list[JsonObject] = [
        {"type": "heading", "level": 2, "children": [_span(draw, 5)]},
        {
            "type": "paragraph",
            "children": [
                _span(draw, 10),
                {**_span(draw, 3), "marks": ["strong"]},
                linked,
                _span(draw, 10),
            ],
        },
        {"type": "paragraph", "children": [_span(draw, 6)]},
    ]
    children += [{"type": "block", "item": block} for block in blocks]
    return {"schema": "dast", "document": {"type": "root", "children": children}}


def _span(draw: Random, words: int) -> JsonObject:
    return {"type": "span", "value": _text(draw, words)}


def _quote(draw: Random) -> JsonObject:
    return _block(draw, QUOTE, {"text": _text(draw, 10), "source": _text(draw, 3)})


def _image(draw: Random) -> JsonObject:
    return _block(draw, IMAGE, {"caption": _text(draw, 5), "image": _file(draw)})


def _block(draw: Random, model: str, attributes: JsonObject) -> JsonObject:
    return {
        "id": _random_id(draw),
        "type": "item",
        "attributes": attributes,
        "relationships": {"item_type": {"data": {"id": model, "type": "item_type"}}},
    }


def _file(draw: Random) -> Json:
    return {
        "upload_id": _random_id(draw),
        "alt": _text(draw, 5),
        "title": None,
        "custom_data": {},
        "focal_point": {"x": round(draw.random(), 2), "y": 0.5},
        "poster_time": None,
    }


def _seo(draw: Random) -> JsonObject:
    return {
        "title": _text(draw, 6),
        "description": _text(draw, 10),
        "image": _random_id(draw),
        "twitter_card": "summary",
        "no_index": False,
    }


def _random_id(draw: Random) -> str:
    return from_random(draw.randbytes(16))


def _text(draw: Random, words: int) -> str:
    known, weights = _vocabulary()
    return " ".join(draw.choices(known, cum_weights=weights, k=words))


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    """Give all words, and for each the weight of it and those before: the n-th has 1/n."""
    draw = Random(0)  # noqa: S311 - a repeatable draw is wanted
    known = ["".join(draw.choices(_SYLLABLES, k=draw.randint(1, 4))) for _ in range(_VOCABULARY)]
    return known, list(accumulate(1 / rank for rank in range(1, _VOCABULARY + 1)))
