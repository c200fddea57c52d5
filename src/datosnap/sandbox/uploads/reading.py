"""Answer what uploads there are, what one is like, who uses it and which tracks it has."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.uploads.analysis import is_video
from datosnap.sandbox.uploads.filters import matching, ordered
from datosnap.sandbox.uploads.paging import page
from datosnap.sandbox.uploads.references import used_ids
from datosnap.sandbox.uploads.resources import KIND, shown, stored

_PAGE = 30


def list_uploads(call: Call) -> Reply:
    """List uploads, newest first unless asked otherwise."""
    environment, asked = call.environment, call.query.get("filter", {})
    kept = matching(environment.of_type(KIND).values(), asked, lambda: used_ids(environment))
    found = ordered(kept, call.query.get("order_by"))
    return page(call, found, lambda upload: shown(call, upload), limit=_PAGE)


def find_upload(call: Call) -> Reply:
    """Give one upload."""
    return Reply({"data": shown(call, stored(call, call.path["id"]))})


def list_tracks(call: Call) -> Reply:
    """List the subtitles and audio tracks of a video.

    Raises: ApiFailure, NOT_A_VIDEO.
    """
    upload = stored(call, call.path["id"])
    if not is_video(upload["attributes"]["mime_type"]):
        raise ApiFailure("NOT_A_VIDEO")
    tracks = call.environment.of_type("upload_track").values()
    return Reply({"data": [track for track in tracks if _belongs(track, upload)]})


def _belongs(track: JsonObject, upload: JsonObject) -> bool:
    return bool(track["relationships"]["upload"]["data"]["id"] == upload["id"])
