"""The types a field can have: their editors, their validators and what a default may be.

Source: the field documentation's tables, and recorded answers for the parameters that the server
fills in when an appearance is left out. The first editor of a type is its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from datosnap.core.jsontext import JsonObject

_TOOLBAR = [
    "heading",
    "bold",
    "italic",
    "strikethrough",
    "code",
    "unordered_list",
    "ordered_list",
    "quote",
    "link",
    "image",
    "fullscreen",
]
_STRUCTURED_TEXT: JsonObject = {
    "nodes": ["blockquote", "code", "heading", "link", "list", "thematicBreak"],
    "marks": ["strong", "emphasis", "underline", "strikethrough", "code", "highlight"],
    "blocks_start_collapsed": False,
    "show_links_meta_editor": False,
    "show_links_target_blank": True,
}
_SEO: JsonObject = {
    "fields": ["title", "description", "image", "no_index", "twitter_card"],
    "previews": ["google", "twitter", "slack", "whatsapp", "telegram", "facebook", "linkedin"],
}
_PICTURE = ("file_size", "image_dimensions", "image_aspect_ratio")


@dataclass(frozen=True, slots=True)
class FieldType:
    """One type: editors with their default parameters, validators, and the kind of its default.

    `default` names the JSON form of a default value, None where the type has none.
    """

    editors: Mapping[str, JsonObject]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = field(default=())
    default: str | None = None

    @property
    def default_editor(self) -> str:
        """Give the editor used when none is chosen."""
        return next(iter(self.editors))

    @property
    def validators(self) -> tuple[str, ...]:
        """Give the names of all validators that apply."""
        return (*self.required, *self.optional)


FIELD_TYPES: Mapping[str, FieldType] = MappingProxyType(
    {
        "boolean": FieldType({"boolean": {}, "boolean_radio_group": {}}, default="boolean"),
        "color": FieldType(
            {"color_picker": {"enable_alpha": False, "preset_colors": []}},
            optional=("required",),
            default="color",
        ),
        "date": FieldType({"date_picker": {}}, optional=("required", "date_range"), default="date"),
        "date_time": FieldType(
            {"date_time_picker": {}},
            optional=("required", "date_time_range"),
            default="date_time",
        ),
        "file": FieldType(
            {"file": {}}, optional=("required", *_PICTURE, "extension", "required_alt_title")
        ),
        "float": FieldType(
            {"float": {}},
            optional=("required", "number_range"),
            default="number",
        ),
        "gallery": FieldType(
            {"gallery": {}}, optional=("size", *_PICTURE, "extension", "required_alt_title")
        ),
        "integer": FieldType(
            {"integer": {}},
            optional=("required", "number_range"),
            default="integer",
        ),
        "json": FieldType(
            {"json": {}, "string_multi_select": {}, "string_checkbox_group": {}},
            optional=("required",),
            default="json",
        ),
        "lat_lon": FieldType({"map": {}}, optional=("required",), default="lat_lon"),
        "link": FieldType(
            {"link_select": {}, "link_embed": {}},
            required=("item_item_type",),
            optional=("required", "unique"),
        ),
        "links": FieldType(
            {"links_select": {}, "links_embed": {}},
            required=("items_item_type",),
            optional=("size",),
        ),
        "rich_text": FieldType(
            {"rich_text": {"start_collapsed": False}},
            required=("rich_text_blocks",),
            optional=("size",),
        ),
        "seo": FieldType(
            {"seo": _SEO},
            optional=("required_seo_fields", *_PICTURE, "title_length", "description_length"),
        ),
        "single_block": FieldType(
            {"framed_single_block": {"start_collapsed": False}, "frameless_single_block": {}},
            required=("single_block_blocks",),
            optional=("required",),
        ),
        "slug": FieldType(
            {"slug": {"url_prefix": None}},
            optional=("required", "unique", "length", "slug_format", "slug_title_field"),
        ),
        "string": FieldType(
            {"single_line": {"heading": False}, "string_radio_group": {}, "string_select": {}},
            optional=("required", "unique", "length", "format", "enum"),
            default="string",
        ),
        "structured_text": FieldType(
            {"structured_text": _STRUCTURED_TEXT},
            required=("structured_text_blocks", "structured_text_links"),
            optional=("required", "length", "structured_text_inline_blocks"),
        ),
        "text": FieldType(
            {"markdown": {"toolbar": _TOOLBAR}, "wysiwyg": {"toolbar": _TOOLBAR}, "textarea": {}},
            optional=("required", "length", "format", "sanitized_html"),
            default="string",
        ),
        "video": FieldType({"video": {}}, optional=("required",)),
    }
)

# Their records name blocks, which live inside the value.
BLOCK_TYPES = frozenset({"rich_text", "single_block", "structured_text"})
# Only these can be switched off as targets of content links.
CONTENT_LINKED = frozenset({"string", "text", "structured_text"})
