"""Say what surrounds the records of a project that is exported in a benchmark.

Everything an exporter asks beside the records is answered once and is small, so that the records
are what is measured.
"""

from __future__ import annotations

from collections.abc import Mapping

from datosnap.core.ids import from_random
from datosnap.core.jsontext import JsonObject
from tests.bench.export.content import IMAGE, MODELS, QUOTE, Shape

# The lists that are asked for and are empty here.
_EMPTY = (
    "plugins",
    "workflows",
    "menu-items",
    "schema-menu-items",
    "item-type-filters",
    "upload-filters",
    "upload-collections",
    "roles",
    "access_tokens",
    "users",
    "site-invitations",
    "webhooks",
    "build-triggers",
    "search-indexes",
    "uploads",
)
_BLOCKS = {"structured_text_blocks": {"item_types": [IMAGE]}}
_SECTIONS = {"rich_text_blocks": {"item_types": [QUOTE, IMAGE]}}

# Fields by model: api_key, type and validators.
_FIELDS: Mapping[str, tuple[tuple[str, str, JsonObject], ...]] = {
    MODELS["nested"]: (
        ("title", "string", {}),
        ("slug", "slug", {}),
        ("lead", "text", {}),
        ("rating", "float", {}),
        ("featured", "boolean", {}),
        ("issued_on", "date", {}),
        ("cover", "file", {}),
        ("seo", "seo", {}),
        ("author", "link", {}),
        ("related", "links", {}),
        ("body", "structured_text", _BLOCKS),
        ("sections", "rich_text", _SECTIONS),
    ),
    MODELS["flat"]: (
        ("name", "string", {}),
        ("sku", "string", {}),
        ("price", "float", {}),
        ("stock", "integer", {}),
        ("is_new", "boolean", {}),
        ("description", "text", {}),
        ("gallery", "gallery", {}),
        ("seo", "seo", {}),
        ("maker", "link", {}),
        ("related", "links", {}),
        ("care", "structured_text", {}),
        ("updated_on", "date_time", {}),
    ),
    QUOTE: (("text", "text", {}), ("source", "string", {})),
    IMAGE: (("caption", "string", {}), ("image", "file", {})),
}
_API_KEYS = {MODELS["nested"]: "article", MODELS["flat"]: "product", QUOTE: "quote", IMAGE: "image"}
_BLOCK_MODELS = frozenset({QUOTE, IMAGE})


def answers(shape: Shape) -> dict[str, JsonObject]:
    """Give every answer but the pages of records, by path."""
    environment = _environment()
    empty: JsonObject = {"data": [], "meta": {"total_count": 0}}
    return {
        **dict.fromkeys(_EMPTY, empty),
        "environments": {"data": [environment]},
        "environments/main": {"data": environment},
        "site": _site(shape),
        "users/me": {
            "data": {"type": "account", "id": "312", "attributes": {"email": "me@example.com"}}
        },
    }


def _environment() -> JsonObject:
    return {
        "type": "environment",
        "id": "main",
        "meta": {
            "status": "ready",
            "primary": True,
            "read_only_mode": False,
            "created_at": "2025-01-05T09:00:00.000Z",
            "last_data_change_at": "2026-01-05T09:27:46.000Z",
            "forked_from": None,
        },
    }


def _site(shape: Shape) -> JsonObject:
    models = [MODELS[shape], *(sorted(_BLOCK_MODELS) if shape == "nested" else [])]
    return {
        "data": {
            "type": "site",
            "id": "70001",
            "attributes": {"name": f"Bench, {shape}", "locales": ["en"], "timezone": "UTC"},
        },
        "included": [
            *map(_model, models),
            *(_field(model, place) for model in models for place in range(len(_FIELDS[model]))),
        ],
    }


def _model(model: str) -> JsonObject:
    return {
        "type": "item_type",
        "id": model,
        "attributes": {
            "name": _API_KEYS[model].title(),
            "api_key": _API_KEYS[model],
            "modular_block": model in _BLOCK_MODELS,
            "singleton": False,
            "sortable": False,
            "tree": False,
            "draft_mode_active": True,
        },
        "relationships": {"workflow": {"data": None}},
    }


def _field(model: str, place: int) -> JsonObject:
    api_key, field_type, validators = _FIELDS[model][place]
    return {
        "type": "field",
        "id": from_random(f"{model[:5]}{api_key}".encode().ljust(16)[:16]),
        "attributes": {
            "label": api_key,
            "api_key": api_key,
            "field_type": field_type,
            "localized": False,
            "validators": validators,
            "position": place + 1,
        },
        "relationships": {
            "item_type": {"data": {"type": "item_type", "id": model}},
            "fieldset": {"data": None},
        },
    }
