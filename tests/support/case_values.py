"""Cases for imports: the value of every type of field, present, empty and absent, by locale."""

from __future__ import annotations

from datosnap.core.jsontext import Json, JsonObject, encode
from tests.support.authoring import Author, block, paragraph, text
from tests.support.case import Case

_UPLOADLESS: JsonObject = {
    "boolean": True,
    "color": {"red": 0, "green": 1, "blue": 254, "alpha": 255},
    "date": "1066-10-14",
    "date_time": "2026-02-01T10:00:00+05:30",
    "float": 12345.678901234567,
    "integer": -(2**53),
    "json": '{"b": 1.50, "a": [1e400, -0, null]}',
    "lat_lon": {"latitude": 45.07, "longitude": -7.68},
    "slug": "a_1-slug",
    "string": "text",
    "text": "# heading\n\n- list",
    "video": {
        "provider": "vimeo",
        "provider_uid": "1",
        "url": "https://vimeo.com/1",
        "width": 1,
        "height": 2,
        "thumbnail_url": "https://x.y/z.jpg",
        "title": "",
    },
}
# Values that are nothing much, and yet not null.
_EMPTY: JsonObject = {
    "boolean": False,
    "color": {"red": 0, "green": 0, "blue": 0, "alpha": 0},
    "float": 0.0,
    "integer": 0,
    "json": '""',
    "lat_lon": {"latitude": 0, "longitude": 0},
    "seo": {},
    "string": "",
    "text": "",
    "structured_text": text(paragraph("")),
}
_LISTS = ("gallery", "links", "rich_text")
_NUL = "\0"
TEXTS = {
    "scripts": "Ελληνικά кириллица 日本語 한국어 हिन्दी ไทย አማርኛ ქართული Հայերեն",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇨🇭 \U0001f9ff",
    "right to left": "עברית \u200f \u202eمعكوس\u202c العربية",
    "combining": "e\u0301 \u00e9 \u1e9b\u0323 \ufb01",
    "odd": "\u2028\u2029\ufeff\u200b\u00a0\u0001\u001f\x7f\ufffd\U0010ffff",
    "markup": "<script>&amp;'\"\\ {{liquid}} %s \r\n\t",
    "like an id": "null",
}


def _whole(author: Author) -> tuple[str, JsonObject]:
    """Make a model that has every type of field, and a value for each."""
    quote = author.block_model("quote")
    author.field(quote, "words")
    target = author.model("target")
    linked = author.published(target)
    upload = author.upload("a.txt", b"some bytes")
    file: JsonObject = {
        "upload_id": upload,
        "alt": "",
        "title": "T",
        "custom_data": {"a": "b"},
        "focal_point": {"x": 0, "y": 0.5},
    }
    seo = {"title": "S", "description": "", "image": upload, "twitter_card": "summary"}
    one = block(quote, words="said")
    values: JsonObject = {
        **_UPLOADLESS,
        "file": file,
        "gallery": [file, {"upload_id": upload}, file],
        "link": linked,
        "links": [linked],
        "rich_text": [one, one],
        "seo": {**seo, "no_index": True},
        "single_block": one,
        "structured_text": text(paragraph("words"), {"type": "block", "item": one}),
    }
    model = author.model("everything")
    for kind in values:
        author.field(model, f"a_{kind}", kind, to=[target], blocks=[quote])
    return model, values


def _named(values: JsonObject) -> JsonObject:
    return {f"a_{kind}": value for kind, value in values.items()}


def every_type(author: Author) -> None:
    """Fill every type of field, draft and published."""
    model, values = _whole(author)
    author.create(model, _named(values))
    author.published(model, _named(values))


def nulls(author: Author) -> None:
    """Leave every type of field empty by an explicit null, or the empty list it is read as."""
    model, values = _whole(author)
    author.published(model, _named(dict.fromkeys(values)))
    record = author.published(model, _named(values))
    author.update(record, _named(dict.fromkeys(values)))


def empties(author: Author) -> None:
    """Write empty strings, zeros, false, empty objects and lists."""
    model, _ = _whole(author)
    lists: JsonObject = {key: [] for key in _LISTS}
    author.published(model, _named({**_EMPTY, **lists}))


def defaults(author: Author) -> None:
    """Have defaults, and records that hold null, the default itself, or an empty value instead."""
    author.locales("en", "it")
    model = author.model("post")
    by_type: JsonObject = {"string": "d", "integer": 7, "boolean": True, "float": 0.5, "text": ""}
    for kind, value in by_type.items():
        author.field(model, f"a_{kind}", kind, default_value=value)
        localized = {"en": value, "it": None}
        author.field(model, f"l_{kind}", kind, localized=True, default_value=localized)
    author.create(model)
    plain = dict.fromkeys(by_type)
    author.create(model, {**_named(plain), **_localized(plain)})
    empty: JsonObject = {"string": "", "integer": 0, "boolean": False, "float": 0, "text": "x"}
    author.create(model, {**_named(empty), **_localized(empty)})


def _localized(values: JsonObject) -> JsonObject:
    return {f"l_{kind}": {"en": value, "it": value} for kind, value in values.items()}


def localized(author: Author) -> None:
    """Have every plain type localized, in several locales, with nulls among them."""
    author.locales("it", "en", "pt-BR")
    model = author.model("post")
    for kind in _UPLOADLESS:
        author.field(model, f"a_{kind}", kind, localized=True)
    values: list[Json] = [_UPLOADLESS, dict.fromkeys(_UPLOADLESS), _EMPTY]
    by_locale = dict(zip(("it", "en", "pt-BR"), values, strict=True))
    author.published(
        model,
        {
            f"a_{kind}": {locale: some.get(kind) for locale, some in by_locale.items()}
            for kind in _UPLOADLESS
        },
    )


def lacking_locales(author: Author) -> None:
    """Have records in one locale, in another, and in all; one lost a locale after publication."""
    author.locales("en", "it", "de")
    model = author.model("post")
    author.field(model, "title", localized=True)
    author.field(model, "code")
    for some in (["en"], ["it"], ["de", "en"], ["en", "it", "de"]):
        record = author.published(model, {"title": dict.fromkeys(some, "x")})
        author.update(record, {"title": dict.fromkeys(some[:1], "y")})


def all_locales(author: Author) -> None:
    """Require all locales, where a new one came later."""
    author.locales("en", "it")
    model = author.model("post", all_locales_required=True)
    author.field(model, "title", localized=True)
    author.published(model, {"title": {"en": "a", "it": None}})
    author.locales("en", "it", "fr")
    author.published(model, {"title": {"en": "a", "it": "b", "fr": "c"}})


def texts(author: Author) -> None:
    """Write text of every script, wherever text can be."""
    model = author.model("post")
    for kind in ("string", "text", "structured_text", "seo", "json"):
        author.field(model, f"a_{kind}", kind)
    for one in TEXTS.values():
        author.published(
            model,
            {
                "a_string": one,
                "a_text": one,
                "a_structured_text": text(paragraph(one), {"type": "code", "code": one}),
                "a_seo": {"title": one},
                "a_json": encode(one).decode(),
            },
        )


def large(author: Author) -> None:
    """Write a record of nearly 300 KB, which is as large as one can be."""
    model = author.model("post")
    author.field(model, "a_text", "text")
    author.published(model, {"a_text": "ж" * 150_000})


def slugs(author: Author) -> None:
    """Have slugs with a title field and formats of their own, equal ones in two locales."""
    author.locales("en", "it")
    model = author.model("post")
    title = author.field(model, "title", localized=True)
    rules: JsonObject = {"slug_title_field": {"title_field_id": title}, "unique": {}}
    author.field(model, "slug", "slug", localized=True, validators=rules)
    pattern = {"slug_format": {"custom_pattern": "^[A-Z/]+$"}}
    author.field(model, "path", "slug", validators=pattern)
    same = {"en": "same", "it": "same"}
    author.published(model, {"title": same, "slug": same, "path": "A/B"})


CASES = (
    Case("every field type", every_type),
    Case("every field type null", nulls),
    Case("empty strings, zero, false, empty lists", empties),
    Case("defaults against explicit null", defaults),
    Case("localized values", localized),
    Case("records lacking locales", lacking_locales),
    Case("all locales required", all_locales),
    Case("text of every script", texts),
    Case("a record of 300 KB", large),
    Case("slugs", slugs),
)
