"""A snapshot such as a project of many years leaves: old ids, missing settings, unknown members.

Written by hand, byte by byte where bytes matter: numbers are spelt in ways that no encoder of ours
would choose, and some members are known to nobody.
"""

from __future__ import annotations

from pathlib import Path

from datosnap.core.jsontext import JsonObject, encode
from datosnap.store.manifest import ModelTotals, SnapshotFacts, Withheld
from datosnap.store.names import ChunkKind
from datosnap.store.snapshot_writer import SnapshotWriter

ARTICLE, BLOCK, PAGE = "1869236", "1869237", "1869238"
UPDATED, DRAFT, PARENT, CHILD = "112936835", "112936836", "112936840", "112936841"
UPLOAD, LOST_UPLOAD = "7234567", "7234568"
ASSET = b"%PDF-1.4 an old brochure"
ASSET_MD5 = "5560b18004c5d6c88460338b0993ddff"

_META = (
    '"meta":{"created_at":"%s","updated_at":"2019-05-02T10:00:00.000+01:00",'
    '"published_at":%s,"first_published_at":%s,"publication_scheduled_at":%s,'
    '"unpublishing_scheduled_at":null,"status":"%s","is_valid":true,'
    '"is_current_version_valid":true,"is_published_version_valid":%s,"current_version":"%s",'
    '"stage":null,"has_children":%s,"of_another_time":{"n":1.50}}'
)


def _raw(
    record_id: str,
    model_id: str,
    attributes: str,
    *,
    status: str,
    created_at: str,
    version: str,
    children: str = "null",
    scheduled: str = "null",
) -> bytes:
    public = "null" if status == "draft" else '"2019-05-01T10:00:00.000+01:00"'
    valid = "null" if status == "draft" else "true"
    meta = _META % (created_at, public, public, scheduled, status, valid, version, children)
    links = '{"creator":{"data":null},"item_type":{"data":{"id":"%s","type":"item_type"}}}'
    return (
        f'{{"id":"{record_id}","type":"item","relationships":{links % model_id},'
        f'"attributes":{attributes},{meta}}}'
    ).encode()


_BLOCK = (
    '{"id":"98765","type":"item","relationships":{"item_type":{"data":'
    f'{{"id":"{BLOCK}","type":"item_type"}}}}}},"attributes":{{"text":"%s"}}}}'
)
ROW_UPDATED = _raw(
    UPDATED,
    ARTICLE,
    f'{{"price":1.50,"title":"N\\u00e9w","content":[{_BLOCK % "new"}]}}',
    status="updated",
    created_at="2018-03-01T09:00:00.000+00:00",
    version="555002",
)
ROW_PUBLISHED = _raw(
    UPDATED,
    ARTICLE,
    f'{{"price":1e2,"title":"Old","content":[{_BLOCK % "old"}]}}',
    status="updated",
    created_at="2018-03-01T09:00:00.000+00:00",
    version="555002",
)
ROW_DRAFT = _raw(
    DRAFT,
    ARTICLE,
    '{"price":null,"title":"Draft","content":[]}',
    status="draft",
    created_at="2018-02-01T09:00:00.000+00:00",
    version="555003",
    scheduled='"2056-01-01T00:00:00.000+00:00"',
)
ROW_PARENT = _raw(
    PARENT,
    PAGE,
    '{"name":"Home","position":1,"parent_id":null}',
    status="published",
    created_at="2020-01-01T09:00:00.000+00:00",
    version="555010",
    children="true",
)
ROW_CHILD = _raw(
    CHILD,
    PAGE,
    '{"name":"About","position":1,"parent_id":"112936840"}',
    status="published",
    created_at="2017-01-01T09:00:00.000+00:00",
    version="555011",
    children="false",
)


def write_legacy_snapshot(root: Path, *, broken: bytes | None = None) -> None:
    """Write the snapshot; `broken` takes the place of the draft."""
    draft = ROW_DRAFT if broken is None else broken
    with SnapshotWriter.begin(root, chunk_format="ndjson", compression="none") as writer:
        for name, resources in _resources().items():
            writer.resources(name, [encode(one) for one in resources])
        parts: tuple[tuple[ChunkKind, str | None, list[bytes]], ...] = (
            ("current", "article", [ROW_UPDATED, draft]),
            ("published", "article", [ROW_PUBLISHED]),
            ("current", "page", [ROW_PARENT, ROW_CHILD]),
            ("uploads", None, [encode(_upload(UPLOAD)), encode(_upload(LOST_UPLOAD))]),
        )
        for kind, model, rows in parts:
            chunk = writer.chunks(kind, model)
            chunk.write(rows)
            chunk.close()
        sink = writer.blob()
        sink.write(ASSET)
        sink.finish()
        writer.commit(_facts())


def _facts() -> SnapshotFacts:
    return SnapshotFacts(
        tool_version="0.1.0",
        project_id="24038",
        project_name="Old house",
        environment_id="main",
        started_at="2024-05-01T02:00:00+00:00",
        finished_at="2024-05-01T02:03:00+00:00",
        consistency="still",
        options={},
        role={},
        totals=(
            ModelTotals("article", ARTICLE, 2, 1, 0, 2),
            ModelTotals("page", PAGE, 2, 0, 0, 2),
        ),
        uploads_total=2,
        gaps=(),
        withheld=(
            Withheld("webhooks", "311", "headers, http_basic_password"),
            Withheld("build_triggers", "412", "webhook_token, webhook_url"),
            Withheld("plugins", "9", "parameters.token"),
        ),
        api_calls=42,
    )


def _resources() -> dict[str, list[JsonObject]]:
    models = [_model(PAGE, "page", tree=True), _model(BLOCK, "quote", modular_block=True)]
    return {
        "site": [
            {
                "type": "site",
                "id": "24038",
                "attributes": {"name": "Old house", "locales": ["en"], "timezone": "Europe/Rome"},
                "relationships": {"account": {"data": {"type": "account", "id": "812"}}},
                "meta": {
                    "created_at": "2016-01-01T00:00:00.000Z",
                    "improved_hex_management": False,
                },
            }
        ],
        "environment": [{"type": "environment", "id": "main", "meta": {"primary": True}}],
        "item_types": [*models, _model(ARTICLE, "article", fields=("1", "2", "3"))],
        "fields": [
            _field("1", "price", "float", ARTICLE),
            _field("2", "title", "string", ARTICLE),
            _field("3", "content", "rich_text", ARTICLE, rich_text_blocks={"item_types": [BLOCK]}),
            _field("4", "text", "text", BLOCK),
            _field("5", "name", "string", PAGE),
        ],
        "roles": [_role()],
        "access_tokens": [_token()],
        "webhooks": [
            {
                "type": "webhook",
                "id": "311",
                "attributes": {
                    "name": "Build",
                    "headers": None,
                    "http_basic_user": None,
                    "http_basic_password": None,
                },
            }
        ],
        "build_triggers": [
            {
                "type": "build_trigger",
                "id": "412",
                "attributes": {"name": "Site", "webhook_token": None, "webhook_url": None},
            }
        ],
    }


def _model(
    model_id: str,
    api_key: str,
    *,
    tree: bool = False,
    modular_block: bool = False,
    fields: tuple[str, ...] = (),
) -> JsonObject:
    own = fields or {BLOCK: ("4",), PAGE: ("5",)}[model_id]
    return {
        "type": "item_type",
        "id": model_id,
        "attributes": {
            "name": api_key,
            "api_key": api_key,
            "tree": tree,
            "modular_block": modular_block,
            "draft_mode_active": not modular_block,
        },
        "relationships": {"fields": {"data": [{"type": "field", "id": one} for one in own]}},
    }


def _field(
    field_id: str, api_key: str, field_type: str, model_id: str, **validators: JsonObject
) -> JsonObject:
    return {
        "type": "field",
        "id": field_id,
        "attributes": {
            "label": api_key,
            "api_key": api_key,
            "field_type": field_type,
            "localized": False,
            "validators": validators,
            "default_value": None,
        },
        "relationships": {"item_type": {"data": {"type": "item_type", "id": model_id}}},
    }


def _role() -> JsonObject:
    permissions = {"can_edit_schema": False, "environments_access": "primary_only"}
    return {
        "type": "role",
        "id": "100",
        "attributes": {"name": "Reader", **permissions},
        "relationships": {"inherits_permissions_from": {"data": []}},
        "meta": {"final_permissions": permissions},
    }


def _token() -> JsonObject:
    return {
        "type": "access_token",
        "id": "200",
        "attributes": {"name": "Website", "token": None, "can_access_cma": True},
        "relationships": {"role": {"data": {"type": "role", "id": "100"}}},
    }


def _upload(upload_id: str) -> JsonObject:
    md5 = ASSET_MD5 if upload_id == UPLOAD else "0" * 32
    path = f"/205/15657768{upload_id[-1]}-brochure.pdf"
    return {
        "type": "upload",
        "id": upload_id,
        "attributes": {
            "url": f"https://www.datocms-assets.com{path}",
            "path": path,
            "md5": md5,
            "size": len(ASSET),
            "mime_type": "application/pdf",
            "is_image": False,
            "tags": ["brochure"],
            "smart_tags": [],
            "default_field_metadata": {
                "title": {"en": None},
                "alt": {"en": "Old"},
                "poster_time": None,
                "custom_data": {"en": {}},
                "focal_point": None,
            },
            "created_at": "2019-08-14T10:00:00.000Z",
        },
        "relationships": {"creator": {"data": None}, "upload_collection": {"data": None}},
    }
