"""Records and assets that are refused."""

from __future__ import annotations

from tests.unit.sandbox.client import Answer, document
from tests.unit.sandbox.refusals.stage import Scene, Stage
from tests.unit.sandbox.resources.shelf import field
from tests.unit.sandbox.roleplay import acting, token_of


def _wrong_value(stage: Stage) -> Answer:
    return stage.make(stage.model("post", "title"), title=5)


def _too_few_locales(stage: Stage) -> Answer:
    stage.api.change("/site", "site", locales=["en", "it"])
    post = stage.model("post", all_locales_required=True)
    field(stage.api, "post", "title", "string", localized=True)
    return stage.make(post, title={"en": "A"})


def _invalid_draft(stage: Stage) -> Answer:
    post = stage.model("post", draft_mode_active=True, draft_saving_active=True)
    field(stage.api, "post", "title", "string", validators={"required": {}})
    return stage.api.put(f"/items/{stage.record(post)}/publish")


def _second_singleton(stage: Stage) -> Answer:
    only = stage.model("home", "title", singleton=True)
    stage.record(only)
    return stage.make(only)


def _stale_version(stage: Stage) -> Answer:
    item = stage.record(stage.model("post", "title"))
    return stage.change(item, meta={"current_version": "old"}, title="B")


def _locked(stage: Stage) -> Answer:
    item = stage.record(stage.model("post", "title"))
    link = {"item": {"data": {"type": "item", "id": item}}}
    data = {"type": "editing_session_lock_item", "relationships": link}
    stage.api.put("/editing-sessions/s", {"data": data})
    with acting(stage.api, token_of(stage.api, stage.api.get("/roles").data[1])):
        return stage.change(item, title="B")


def _own_child(stage: Stage) -> Answer:
    page = stage.model("page", "title", tree=True)
    parent = stage.record(page)
    child = stage.record(page, parent_id=parent)
    return stage.change(parent, parent_id=child)


def _unknown_parent(stage: Stage) -> Answer:
    return stage.make(stage.model("page", "title", tree=True), parent_id="unknown")


def _no_position(stage: Stage) -> Answer:
    return stage.make(stage.model("page", "title", sortable=True), position=0)


def _unpublished_parent(stage: Stage) -> Answer:
    page = stage.model("page", "title", tree=True, draft_mode_active=True)
    child = stage.record(page, parent_id=stage.record(page))
    return stage.api.put(f"/items/{child}/publish")


def _published_children(stage: Stage) -> Answer:
    page = stage.model("page", "title", tree=True, draft_mode_active=True)
    parent = stage.record(page)
    child = stage.record(page, parent_id=parent)
    stage.api.put(f"/items/{child}/publish?recursive=true")
    return stage.api.put(f"/items/{parent}/unpublish")


def _linked(stage: Stage, **strategies: str) -> tuple[str, str]:
    post = stage.model("post", "title", draft_mode_active=True)
    stage.link_field("post", post, **strategies)
    target = stage.record(post)
    return stage.record(post, to=target), target


def _unpublished_link(stage: Stage) -> Answer:
    source, _ = _linked(stage)
    return stage.api.put(f"/items/{source}/publish")


def _published_references(stage: Stage) -> Answer:
    source, target = _linked(stage)
    for one in (target, source):
        stage.api.put(f"/items/{one}/publish")
    return stage.api.put(f"/items/{target}/unpublish")


def _still_needed(stage: Stage) -> Answer:
    _, target = _linked(stage, on_reference_delete_strategy="fail")
    return stage.api.delete(f"/items/{target}")


def _other_model(stage: Stage) -> Answer:
    item = stage.record(stage.model("post", "title"))
    links = {"item_type": {"data": {"type": "item_type", "id": stage.model("page")}}}
    data = {"type": "item", "id": item, "relationships": links}
    return stage.api.put(f"/items/{item}", {"data": data})


def _too_large(stage: Stage) -> Answer:
    return stage.make(stage.model("post", "title"), title="x" * 400_000)


def _unknown_model(stage: Stage) -> Answer:
    return stage.make("unknown")


def _bulk(stage: Stage, uploads: list[str]) -> Answer:
    links = {"uploads": {"data": [{"type": "upload", "id": one} for one in uploads]}}
    data = {"type": "upload_bulk_destroy_operation", "relationships": links}
    return stage.api.post("/uploads/bulk/destroy", {"data": data})


def _used_upload(stage: Stage) -> Answer:
    post, upload = stage.model("post"), stage.upload()
    field(stage.api, "post", "file", "file")
    stage.record(post, file={"upload_id": upload})
    return stage.api.delete(f"/uploads/{upload}")


def _unfit_replacement(stage: Stage) -> Answer:
    post, upload = stage.model("post"), stage.upload()
    limit = {"file_size": {"max_value": 5, "max_unit": "B"}}
    field(stage.api, "post", "file", "file", validators=limit)
    stage.record(post, file={"upload_id": upload})
    path = stage.put_file("b.txt", b"too many words")
    body = document("upload", None, {"path": path})
    body["data"]["id"] = upload
    return stage.api.put(f"/uploads/{upload}", body)


def _track(stage: Stage, upload: str, **headers: str) -> Answer:
    source = "https://example.com/words.vtt"
    attributes = {"url_or_upload_request_id": source, "type": "subtitles", "language_code": "en"}
    body = document("upload_track", None, attributes)
    return stage.api.post(f"/uploads/{upload}/tracks", body, **headers)


def _track_of_the_primary(stage: Stage) -> Answer:
    clip = stage.upload("clip.mp4")
    stage.fork()
    return _track(stage, clip, x_environment="fork")


def _subtitles(stage: Stage) -> Answer:
    path = f"/uploads/{stage.upload('clip.mp4')}/tracks/generate-subtitles"
    return stage.api.make(path, "subtitles_generation", None, language_code="en")


SCENES: dict[str, Scene] = {
    "INVALID_FIELD": _wrong_value,
    "MISSING_LOCALES": _too_few_locales,
    "INVALID_DRAFT": _invalid_draft,
    "DUPLICATE_SINGLETON": _second_singleton,
    "STALE_ITEM_VERSION": _stale_version,
    "ITEM_LOCKED": _locked,
    "INVALID_PARENT": _own_child,
    "INVALID_PARENT_ID": _unknown_parent,
    "INVALID_POSITION": _no_position,
    "UNPUBLISHED_PARENT": _unpublished_parent,
    "UNPUBLISHED_LINK": _unpublished_link,
    "PUBLISHED_CHILDREN": _published_children,
    "PUBLISHED_REFERENCES": _published_references,
    "REQUIRED_BY_ASSOCIATION": _still_needed,
    "ITEM_TYPE_CANNOT_BE_CHANGED": _other_model,
    "TECHNICAL_LIMIT_REACHED": _too_large,
    "ITEM_TYPE_NOT_FOUND": _unknown_model,
    "TOO_MANY_OPERATIONS": lambda stage: _bulk(stage, ["x"] * 201),
    "MISSING_UPLOAD_IDS": lambda stage: _bulk(stage, []),
    "UPLOAD_IS_CURRENTLY_IN_USE": _used_upload,
    "UPLOAD_NOT_PASSING_FIELD_VALIDATIONS": _unfit_replacement,
    "NOT_A_VIDEO": lambda stage: _track(stage, stage.upload()),
    "MUX_ERROR": _subtitles,
    "IMMUTABLE_UPLOAD_TRACKS_IN_SANDBOX_ENVIRONMENT": _track_of_the_primary,
}
