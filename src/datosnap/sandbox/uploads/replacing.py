"""Put another file in the place of an upload's, where the records that use it allow that.

Source: `uploads.md`, replace. That a file is refused which makes a record invalid is inferred from
the error code that says so; a record that was invalid before is nobody's concern.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.validating import is_valid
from datosnap.sandbox.uploads.references import users_of
from datosnap.sandbox.uploads.resources import KIND, file_attributes, names

_STRATEGIES = ("create_new_url", "keep_url")


def with_file(call: Call, upload: JsonObject, data: JsonObject) -> JsonObject:
    """Give the upload with the file at the path the request names, when it is another one.

    Raises: ApiFailure when there is no such file, or a record may not have it.
    """
    strategy = call.query.get("replace_strategy", _STRATEGIES[0])
    if strategy not in _STRATEGIES:
        raise ApiFailure("INVALID_PARAMS", {"parameter": "replace_strategy"})
    old_path = upload["attributes"]["path"]
    new_path = data.get("attributes", {}).get("path", old_path)
    if new_path == old_path:
        return upload
    facts = file_attributes(call, new_path)
    _check_uses(call, upload, {**upload, "attributes": {**upload["attributes"], **facts}})
    call.project.upload_requests.pop(new_path, None)
    if strategy == "keep_url":
        facts |= {"path": old_path, **names(upload["attributes"]["filename"])}
        call.project.blobs[old_path] = call.project.blobs.pop(new_path)
    return {**upload, "attributes": {**upload["attributes"], **facts}}


def _check_uses(call: Call, before: JsonObject, after: JsonObject) -> None:
    desk, uploads = desk_of(call), call.environment.of_type(KIND)
    used_by = users_of(call.environment, before["id"])
    was_valid = [item_id for item_id in used_by if _is_valid(desk, item_id)]
    # Rules look an upload up where it is stored; it goes there for as long as they look.
    uploads[before["id"]] = after
    broken = [item_id for item_id in was_valid if not _is_valid(desk, item_id)]
    uploads[before["id"]] = before
    if broken:
        raise ApiFailure("UPLOAD_NOT_PASSING_FIELD_VALIDATIONS", {"item_ids": broken})


def _is_valid(desk: Desk, item_id: str) -> bool:
    item = desk.item(item_id)
    return is_valid(desk.facts(item_id), desk.model_of(item), item.current.attributes)
