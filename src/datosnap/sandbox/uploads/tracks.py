"""Keep the subtitles and audio tracks of videos.

A track's file is handed to a video service and never comes back: the resource tells its name,
language and state only. There is no such service here, so a track is ready when its bytes were
PUT before, and stays in preparation when it is somewhere on the network.
Source: `uploads.md`, video tracks; the request types of the official client.
"""

from __future__ import annotations

from datosnap.core.ids import from_random
from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure, not_found
from datosnap.sandbox.uploads import rights
from datosnap.sandbox.uploads.analysis import is_video
from datosnap.sandbox.uploads.forms import SUBTITLES, TRACK
from datosnap.sandbox.uploads.resources import KIND, identity, stored

_KIND = "upload_track"
_CREATED = 201


def list_tracks(call: Call) -> Reply:
    """List the tracks of a video.

    Raises: ApiFailure, NOT_A_VIDEO.
    """
    video = _video(call)
    tracks = call.environment.of_type(_KIND).values()
    return Reply({"data": [track for track in tracks if _belongs(track, video)]})


def create_track(call: Call) -> Reply:
    """Add a track to a video.

    Raises: ApiFailure, NOT_A_VIDEO, or that the primary environment has the same video.
    """
    given = TRACK.data(call.body)["attributes"]
    video = _own_video(call)
    rights.check(call, "update", video)
    is_here = given["url_or_upload_request_id"] in call.project.blobs
    track: JsonObject = {
        "type": _KIND,
        "id": from_random(call.world.new_bytes(16)),
        "attributes": {
            "type": given["type"],
            "name": given.get("name", given["language_code"]),
            "language_code": given["language_code"],
            "error": None,
            "status": "ready" if is_here else "preparing",
            "closed_captions": given.get("closed_captions"),
        },
        "relationships": {"upload": {"data": identity(video)}},
    }
    call.environment.of_type(_KIND)[track["id"]] = track
    return Reply({"data": track}, _CREATED)


def generate_subtitles(call: Call) -> Reply:
    """Ask for subtitles made from what is said, which only the video service could make.

    Raises: ApiFailure, always: NOT_A_VIDEO, or MUX_ERROR for a video.
    """
    SUBTITLES.data(call.body)
    _own_video(call)
    raise ApiFailure("MUX_ERROR", {"message": "there is no video service here"})


def destroy_track(call: Call) -> Reply:
    """Take a track off a video."""
    video = _own_video(call)
    rights.check(call, "update", video)
    tracks = call.environment.of_type(_KIND)
    track = tracks.get(call.path["track_id"])
    if track is None or not _belongs(track, video):
        raise not_found()
    del tracks[track["id"]]
    return Reply({"data": track})


def _video(call: Call) -> JsonObject:
    upload = stored(call, call.path["id"])
    if not is_video(upload["attributes"]["mime_type"]):
        raise ApiFailure("NOT_A_VIDEO")
    return upload


def _own_video(call: Call) -> JsonObject:
    """Give a video whose tracks are this environment's to change: no copy of the primary's."""
    video, primary = _video(call), call.project.environments[call.project.primary_id]
    if primary is not call.environment and video["id"] in primary.of_type(KIND):
        raise ApiFailure("IMMUTABLE_UPLOAD_TRACKS_IN_SANDBOX_ENVIRONMENT")
    return video


def _belongs(track: JsonObject, upload: JsonObject) -> bool:
    return bool(track["relationships"]["upload"]["data"]["id"] == upload["id"])
