"""Draw a value for any field from a seeded source: all types, blocks in blocks, every node.

The same draw gives the same value. Texts are of many scripts and never look like an id, so that
an id that is found in a copy is a link that was left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from datosnap.core.jsontext import Json, JsonObject

# Blocks within blocks up to here, as deep as the service lets them be.
_DEPTH_MAX = 5
_TEXTS = (
    "",
    " ",
    "plain",
    "Grüße, «Zürich»",
    "日本語のテキスト",
    "שלום עולם",
    "مرحبا\u200f بالعالم",
    "👩‍👩‍👧‍👦 and 🏳️‍🌈",
    "e\u0301 is not \u00e9",
    "line\nbreak\ttab\r\nand \\ \"quotes\" 'too'",
    "\u2028\u2029\ufeff\u0001",
    "</script><b>bold</b> & more",
    "null",
    "0",
    "x" * 300,
)
_DATES = ("1066-10-14", "1999-12-31", "2026-02-28", "9999-12-31")
_JSONS = ("{}", "[]", "null", '{"b": 1.50, "a": [1e400, -0]}', '"\\u00e9"', '["a","b"]')
_NUMBERS = (0, -1, 1, 2**53, -(2**53), 7)
_FLOATS = (0.0, -1.5, 1e300, 5e-324, 0.1, 12345678.875)
_MARKS = ("strong", "emphasis", "underline", "strikethrough", "code", "highlight")


@dataclass(frozen=True, slots=True)
class FieldDraft:
    """A field: its names, and the models that its links and blocks may be of."""

    id: str
    api_key: str
    field_type: str
    localized: bool = False
    links: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


@dataclass(slots=True)
class Values:
    """What values are drawn from: block models with their fields, records by model, uploads."""

    draw: Random
    blocks: Mapping[str, Sequence[FieldDraft]] = field(default_factory=dict)
    records: dict[str, list[str]] = field(default_factory=dict)
    uploads: Sequence[str] = ()
    # An invalid draft or an empty record is drawn so often, in a hundred.
    null_percent: int = 20

    def content(self, fields: Sequence[FieldDraft], locales: Sequence[str]) -> JsonObject:
        """Draw the attributes of a record in these locales."""
        return self._attributes(fields, locales, depth=0)

    def text(self) -> str:
        """Draw a text."""
        return self.draw.choice(_TEXTS)

    def _attributes(
        self, fields: Sequence[FieldDraft], locales: Sequence[str], depth: int
    ) -> JsonObject:
        """Draw the attributes of a record or block; within a localized value no field is."""
        return {
            one.api_key: {locale: self._value(one, (), depth) for locale in locales}
            if one.localized and locales
            else self._value(one, locales, depth)
            for one in fields
        }

    def _value(self, one: FieldDraft, locales: Sequence[str], depth: int) -> Json:
        if self.draw.randrange(100) < self.null_percent:
            return None
        return _MAKERS[one.field_type](self, _Spot(one, locales, depth))

    def string(self, _: _Spot) -> Json:
        """Draw a text."""
        return self.text()

    def slug(self, _: _Spot) -> Json:
        """Draw a slug."""
        return f"{self.draw.choice(('a', 'b-c', 'd_1'))}-{self.draw.randrange(1000)}"

    def date_time(self, _: _Spot) -> Json:
        """Draw a moment with its offset."""
        day = self.draw.choice(("1970-01-01", "2026-07-01", "2031-12-31"))
        return f"{day}T{self.draw.randrange(24):02}:30:00{self.draw.choice(('+00:00', '-11:00'))}"

    def color(self, _: _Spot) -> Json:
        """Draw a colour."""
        return {part: self.draw.randrange(256) for part in ("red", "green", "blue", "alpha")}

    def lat_lon(self, _: _Spot) -> Json:
        """Draw a place."""
        return {"latitude": self.draw.uniform(-90, 90), "longitude": self.draw.uniform(-180, 180)}

    def seo(self, _: _Spot) -> Json:
        """Draw search results' data, whole or in part."""
        whole = {
            "title": self.draw.choice((None, "", "A title")),
            "description": self.text(),
            "image": self._upload(),
            "twitter_card": self.draw.choice((None, "summary", "summary_large_image")),
            "no_index": self.draw.choice((True, False)),
        }
        return {key: one for key, one in whole.items() if self.draw.randrange(4)}

    def video(self, _: _Spot) -> Json:
        """Draw a film."""
        provider = self.draw.choice(("youtube", "vimeo", "facebook"))
        texts = {key: self.text() for key in ("provider_uid", "url", "thumbnail_url", "title")}
        return {"provider": provider, **texts, "width": 640, "height": 360}

    def file(self, _: _Spot) -> Json:
        """Draw a file, with some of its metadata."""
        upload = self._upload()
        return None if upload is None else self._file(upload)

    def gallery(self, _: _Spot) -> Json:
        """Draw some files; the same one may be there twice."""
        found = [self._upload() for _ in range(self.draw.randrange(3))]
        return [self._file(one) for one in found if one is not None]

    def link(self, spot: _Spot) -> Json:
        """Draw a record, if there is one yet."""
        return self._record(spot.field)

    def links(self, spot: _Spot) -> Json:
        """Draw some records."""
        found = [self._record(spot.field) for _ in range(self.draw.randrange(4))]
        return list(dict.fromkeys(one for one in found if one is not None))

    def rich_text(self, spot: _Spot) -> Json:
        """Draw some blocks."""
        found = [self._block(spot) for _ in range(self.draw.randrange(4))]
        return [one for one in found if one is not None]

    def single_block(self, spot: _Spot) -> Json:
        """Draw a block."""
        return self._block(spot)

    def structured_text(self, spot: _Spot) -> Json:
        """Draw a text of nodes."""
        children = [self._top(spot) for _ in range(self.draw.randrange(1, 4))]
        return {"schema": "dast", "document": {"type": "root", "children": children}}

    def _upload(self) -> str | None:
        return self.draw.choice(self.uploads) if self.uploads else None

    def _record(self, one: FieldDraft) -> str | None:
        found = [each for model in one.links for each in self.records.get(model, ())]
        return self.draw.choice(found) if found else None

    def _file(self, upload: str) -> JsonObject:
        whole: JsonObject = {
            "alt": self.text(),
            "title": self.draw.choice((None, "", "Title")),
            "custom_data": self.draw.choice(({}, {"key": "value"})),
            "focal_point": self.draw.choice((None, {"x": 0.25, "y": 1})),
        }
        some = {key: one for key, one in whole.items() if self.draw.randrange(2)}
        return {"upload_id": upload, **some}

    def _block(self, spot: _Spot) -> JsonObject | None:
        if not spot.field.blocks or spot.depth >= _DEPTH_MAX or self.draw.randrange(2 + spot.depth):
            return None
        model = self.draw.choice(spot.field.blocks)
        return {
            "type": "item",
            "attributes": self._attributes(self.blocks[model], spot.locales, spot.depth + 1),
            "relationships": {"item_type": {"data": {"type": "item_type", "id": model}}},
        }

    def _top(self, spot: _Spot) -> JsonObject:
        kind = self.draw.choice(
            ("paragraph", "paragraph", "heading", "list", "blockquote", "code", "rule", "block")
        )
        if kind == "block" and (block := self._block(spot)) is not None:
            return {"type": "block", "item": block}
        if kind == "heading":
            return self._inline("heading", spot, level=self.draw.randrange(1, 7))
        if kind == "list":
            style = self.draw.choice(("bulleted", "numbered"))
            inner = {"type": "listItem", "children": [self._inline("paragraph", spot)]}
            return {"type": "list", "style": style, "children": [inner]}
        if kind == "blockquote":
            paragraph = self._inline("paragraph", spot)
            return {"type": "blockquote", "attribution": self.text(), "children": [paragraph]}
        if kind == "code":
            return {"type": "code", "language": "js", "highlight": [0, 2], "code": self.text()}
        return {"type": "thematicBreak"} if kind == "rule" else self._inline("paragraph", spot)

    def _inline(self, kind: str, spot: _Spot, **more: Json) -> JsonObject:
        children = [self._span_or_more(spot) for _ in range(self.draw.randrange(1, 4))]
        style = {"style": "lead"} if self.draw.randrange(4) == 0 else {}
        return {"type": kind, **more, **style, "children": children}

    def _span_or_more(self, spot: _Spot) -> JsonObject:
        kind = self.draw.choice(("span", "span", "link", "itemLink", "inlineItem", "inlineBlock"))
        if kind == "link":
            meta = [{"id": "rel", "value": "nofollow"}]
            return {"type": "link", "url": "/a?b#c", "meta": meta, "children": [self._span()]}
        if kind == "inlineBlock" and (block := self._block(spot)) is not None:
            return {"type": "inlineBlock", "item": block}
        record = self._record(spot.field)
        if kind == "itemLink" and record is not None:
            meta = [{"id": "target", "value": "_blank"}]
            return {"type": "itemLink", "item": record, "meta": meta, "children": [self._span()]}
        if kind == "inlineItem" and record is not None:
            return {"type": "inlineItem", "item": record}
        return self._span()

    def _span(self) -> JsonObject:
        marks = self.draw.sample(_MARKS, self.draw.randrange(3))
        return {"type": "span", "value": self.text(), **({"marks": marks} if marks else {})}


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a value stands: its field, the record's locales unless within one, and how deep."""

    field: FieldDraft
    locales: Sequence[str]
    depth: int


def _one_of(*values: Json) -> Callable[[Values, _Spot], Json]:
    return lambda values_, _: values_.draw.choice(values)


_MAKERS: Mapping[str, Callable[[Values, _Spot], Json]] = {
    "boolean": _one_of(True, False),
    "color": Values.color,
    "date": _one_of(*_DATES),
    "date_time": Values.date_time,
    "file": Values.file,
    "float": _one_of(*_FLOATS),
    "gallery": Values.gallery,
    "integer": _one_of(*_NUMBERS),
    "json": _one_of(*_JSONS),
    "lat_lon": Values.lat_lon,
    "link": Values.link,
    "links": Values.links,
    "rich_text": Values.rich_text,
    "seo": Values.seo,
    "single_block": Values.single_block,
    "slug": Values.slug,
    "string": Values.string,
    "structured_text": Values.structured_text,
    "text": Values.string,
    "video": Values.video,
}
FIELD_TYPES = tuple(_MAKERS)
