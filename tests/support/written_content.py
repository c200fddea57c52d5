"""Draw schemas and content as a client writes them: all field types, localized or not, blocks.

Every id that content may name is fixed, so that what is drawn does not depend on a project, and
`build` makes a project that has them all. Each value is drawn in the complete form in which it
reads back: what a server fills in is proved elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from datosnap.core.ids import from_random
from datosnap.core.jsontext import Json, JsonObject
from tests.unit.sandbox.client import Client, document

LOCALES = ("en", "it", "de")
RECORD, TARGET, OUTER, INNER = (from_random(bytes([1, at]) * 8) for at in range(4))
TARGETS = tuple(from_random(bytes([2, at]) * 8) for at in range(3))
UPLOADS = tuple(from_random(bytes([3, at]) * 8) for at in range(2))
# Blocks within blocks up to here.
_DEPTH_MAX = 2
_FIELDS_MAX = 6

Strategy = st.SearchStrategy[Json]

_PLAIN_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
_TEXT_OR_NONE = st.none() | _PLAIN_TEXT
_UPLOAD = st.sampled_from(UPLOADS)
_TARGET = st.sampled_from(TARGETS)
_WHOLE = st.integers(-(2**53), 2**53)
_CHANNEL = st.integers(0, 255)
_NUMBER = st.floats(allow_nan=False, allow_infinity=False)
_SHARE = st.floats(0, 1)
_FILE = st.fixed_dictionaries(
    {
        "upload_id": _UPLOAD,
        "alt": _TEXT_OR_NONE,
        "title": _TEXT_OR_NONE,
        "custom_data": st.dictionaries(_PLAIN_TEXT, _PLAIN_TEXT, max_size=2),
        "focal_point": st.none() | st.fixed_dictionaries({"x": _SHARE, "y": _SHARE}),
        "poster_time": st.none(),
    }
)
_PLAIN: Mapping[str, Strategy] = {
    "boolean": st.booleans(),
    "color": st.fixed_dictionaries(dict.fromkeys(("red", "green", "blue", "alpha"), _CHANNEL)),
    "date": st.dates().map(str),
    "date_time": st.builds(
        "{}T{:02}:{:02}:{:02}{}".format,
        st.dates(),
        st.integers(0, 23),
        st.integers(0, 59),
        st.integers(0, 59),
        st.sampled_from(("+00:00", "+05:30", "-11:00")),
    ),
    "file": _FILE,
    "float": _NUMBER,
    "gallery": st.lists(_FILE, max_size=2),
    "integer": _WHOLE,
    "json": st.sampled_from(('{"a": [1, 2.50, null]}', "[]", '"\\u00e9"', "1e400", "true")),
    "lat_lon": st.fixed_dictionaries(
        {"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)}
    ),
    "link": _TARGET,
    "links": st.lists(_TARGET, unique=True, max_size=3),
    "seo": st.fixed_dictionaries(
        {
            "title": _TEXT_OR_NONE,
            "description": _TEXT_OR_NONE,
            "image": st.none() | _UPLOAD,
            "twitter_card": st.sampled_from((None, "summary", "summary_large_image")),
            "no_index": st.booleans(),
        }
    ),
    "slug": st.from_regex(r"[a-z0-9_]{1,5}(-[a-z0-9]{1,3}){0,2}", fullmatch=True),
    "string": _PLAIN_TEXT,
    "text": _PLAIN_TEXT,
    "video": st.fixed_dictionaries(
        {
            "provider": st.sampled_from(("youtube", "vimeo", "facebook")),
            **dict.fromkeys(("provider_uid", "url"), _PLAIN_TEXT),
            **dict.fromkeys(("width", "height"), st.integers(1, 9999)),
            **dict.fromkeys(("thumbnail_url", "title"), _PLAIN_TEXT),
        }
    ),
}
_WITH_BLOCKS = ("rich_text", "single_block", "structured_text")
_LISTS = frozenset({"gallery", "links", "rich_text"})
_BLOCKS = {"item_types": [OUTER, INNER]}
_LINKS = {"item_types": [TARGET]}
_VALIDATORS: Mapping[str, JsonObject] = {
    "link": {"item_item_type": _LINKS},
    "links": {"items_item_type": _LINKS},
    "rich_text": {"rich_text_blocks": _BLOCKS},
    "single_block": {"single_block_blocks": _BLOCKS},
    "structured_text": {
        "structured_text_blocks": _BLOCKS,
        "structured_text_inline_blocks": _BLOCKS,
        "structured_text_links": _LINKS,
    },
}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field to make."""

    api_key: str
    field_type: str
    localized: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A schema, and the content of one record at two moments; `fields` are by model."""

    fields: Mapping[str, tuple[FieldSpec, ...]]
    first: JsonObject = field(default_factory=dict)
    second: JsonObject = field(default_factory=dict)


@st.composite
def written(draw: st.DrawFn) -> Written:
    """Draw a schema and two contents of a record of it."""
    everything = (*_PLAIN, *_WITH_BLOCKS)
    fields = {
        RECORD: draw(_specs((*everything, *_WITH_BLOCKS), localizable=True)),
        OUTER: draw(_specs(everything)),
        INNER: draw(_specs(tuple(_PLAIN))),
    }
    drawing = _Drawing(fields)
    return Written(fields, draw(drawing.record(draw)), draw(drawing.record(draw)))


def _specs(
    kinds: tuple[str, ...], *, localizable: bool = False
) -> st.SearchStrategy[tuple[FieldSpec, ...]]:
    flags = st.booleans() if localizable else st.just(value=False)
    pairs = st.lists(st.tuples(st.sampled_from(kinds), flags), max_size=_FIELDS_MAX)
    return pairs.map(
        lambda found: tuple(
            FieldSpec(f"field_{chr(97 + at)}", kind, localized)
            for at, (kind, localized) in enumerate(found)
        )
    )


@dataclass(frozen=True, slots=True)
class _Drawing:
    fields: Mapping[str, tuple[FieldSpec, ...]]

    def record(self, draw: st.DrawFn) -> st.SearchStrategy[JsonObject]:
        """Draw a record's attributes; all its localized fields have the same locales."""
        locales = draw(st.sets(st.sampled_from(LOCALES), min_size=1))
        return st.fixed_dictionaries(
            {
                spec.api_key: st.fixed_dictionaries(
                    {locale: self._value(spec, 0) for locale in sorted(locales)}
                )
                if spec.localized
                else self._value(spec, 0)
                for spec in self.fields[RECORD]
            }
        )

    def _value(self, spec: FieldSpec, depth: int) -> Strategy:
        if spec.field_type in _PLAIN:
            value = _PLAIN[spec.field_type]
        else:
            value = getattr(self, f"_{spec.field_type}")(depth)
        return value if spec.field_type in _LISTS else st.none() | value

    def _rich_text(self, depth: int) -> Strategy:
        return st.lists(self._block(depth), max_size=2)

    def _single_block(self, depth: int) -> Strategy:
        return self._block(depth)

    def _block(self, depth: int) -> Strategy:
        kinds = (OUTER, INNER) if depth < _DEPTH_MAX else (INNER,)
        return st.sampled_from(kinds).flatmap(lambda kind: self._block_of(kind, depth + 1))

    def _block_of(self, kind: str, depth: int) -> Strategy:
        link = {"item_type": {"data": {"type": "item_type", "id": kind}}}
        values = {spec.api_key: self._value(spec, depth) for spec in self.fields[kind]}
        return st.fixed_dictionaries(
            {
                "type": st.just("item"),
                "attributes": st.fixed_dictionaries(values),
                "relationships": st.just(link),
            }
        )

    def _structured_text(self, depth: int) -> Strategy:
        nodes = _Nodes(self._block(depth))
        children = st.lists(nodes.top(), min_size=1, max_size=4)
        root = children.map(lambda found: {"type": "root", "children": found})
        return root.map(lambda found: {"schema": "dast", "document": found})


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The nodes of a structured text, whose blocks are drawn from `block`."""

    block: Strategy

    def top(self) -> Strategy:
        """Draw a node that may stand at the top."""
        paragraph = _node("paragraph", children=self._inline())
        item = _node("listItem", children=st.lists(paragraph, min_size=1, max_size=2))
        return st.one_of(
            paragraph,
            _node("heading", level=st.integers(1, 6), children=self._inline()),
            _node(
                "list",
                style=st.sampled_from(("bulleted", "numbered")),
                children=st.lists(item, min_size=1, max_size=2),
            ),
            _node("blockquote", attribution=_PLAIN_TEXT, children=st.lists(paragraph, max_size=1)),
            _node("code", language=_PLAIN_TEXT, code=_PLAIN_TEXT),
            _node("thematicBreak"),
            _node("block", item=self.block),
        )

    def _inline(self) -> Strategy:
        marks = st.lists(st.sampled_from(("strong", "emphasis", "code")), unique=True, max_size=2)
        span = _node("span", value=_PLAIN_TEXT, marks=marks)
        spans = st.lists(span, max_size=1)
        meta = st.just([{"id": "rel", "value": "nofollow"}])
        return st.lists(
            st.one_of(
                span,
                _node("link", url=_PLAIN_TEXT, meta=meta, children=spans),
                _node("itemLink", item=_TARGET, children=spans),
                _node("inlineItem", item=_TARGET),
                _node("inlineBlock", item=self.block),
            ),
            max_size=3,
        )


def _node(kind: str, **members: Strategy) -> Strategy:
    return st.fixed_dictionaries({"type": st.just(kind), **members})


def build(api: Client, fields: Mapping[str, tuple[FieldSpec, ...]]) -> None:
    """Make the models, the records and uploads that content may name, and the fields."""
    api.change("/site", "site", locales=list(LOCALES))
    for at, identifier in enumerate((RECORD, TARGET, OUTER, INNER)):
        key = f"model_{chr(97 + at)}"
        kind = {"modular_block": identifier in (OUTER, INNER)}
        drafts = {"draft_mode_active": True} if identifier == RECORD else {}
        _make(api, "/item-types", "item_type", identifier, name=key, api_key=key, **kind, **drafts)
    for identifier in TARGETS:
        api.post("/items", item_body(TARGET, {}, identifier))
    for identifier in UPLOADS:
        _upload(api, identifier)
    for owner, specs in fields.items():
        for spec in specs:
            _field(api, owner, spec)


def item_body(model_id: str, attributes: JsonObject, identifier: str | None = None) -> JsonObject:
    """Write the body that makes or changes a record."""
    body = document("item", {"item_type": {"type": "item_type", "id": model_id}}, attributes)
    if identifier is not None:
        body["data"]["id"] = identifier
    return body


def _make(api: Client, path: str, kind: str, identifier: str | None, /, **attributes: Json) -> None:
    body = document(kind, None, attributes)
    if identifier is not None:
        body["data"]["id"] = identifier
    made = api.post(path, body)
    assert made.status == 201, made.json


def _field(api: Client, owner: str, spec: FieldSpec) -> None:
    _make(
        api,
        f"/item-types/{owner}/fields",
        "field",
        None,
        label=spec.api_key,
        api_key=spec.api_key,
        field_type=spec.field_type,
        localized=spec.localized,
        validators=_VALIDATORS.get(spec.field_type, {}),
    )


def _upload(api: Client, identifier: str) -> None:
    asked = api.make("/upload-requests", "upload_request", filename="a.txt").data
    api.project.blobs[asked["id"]] = identifier.encode()
    _make(api, "/uploads", "upload", identifier, path=asked["id"])
