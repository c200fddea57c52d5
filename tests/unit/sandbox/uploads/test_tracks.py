"""Tests of the subtitles and audio tracks of videos."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.resources.environments import forked
from tests.unit.sandbox.uploads.studio import Studio, refused

_TRACKS = "/uploads/{id}/tracks"
_WORDS = {"type": "subtitles", "language_code": "en"}


def _list(studio: Studio, upload_id: str) -> Json:
    return studio.ask("GET", _TRACKS, id=upload_id).body["data"]


def _create(studio: Studio, upload_id: str, source: str, **given: Json) -> JsonObject:
    attributes = {"url_or_upload_request_id": source, **_WORDS, **given}
    data = {"type": "upload_track", "attributes": attributes}
    reply = studio.ask("POST", _TRACKS, data=data, id=upload_id)
    assert reply.status == 201
    track: JsonObject = reply.body["data"]
    return track


def test_track_belongs_to_its_video() -> None:
    """A new track is listed with its own video only, and tells nothing of its file."""
    studio = Studio()
    clip, other = studio.add("clip.mp4", b"film"), studio.add("other.mp4", b"more")

    made = _create(studio, clip, studio.send("words.vtt", b"WEBVTT"), name="English")

    assert made["attributes"] == {
        "type": "subtitles",
        "name": "English",
        "language_code": "en",
        "error": None,
        "status": "ready",
        "closed_captions": None,
    }
    assert (_list(studio, clip), _list(studio, other)) == ([made], [])


def test_track_from_the_network_is_never_fetched() -> None:
    """A sandbox asks nobody: such a track stays in preparation, named by its language."""
    studio = Studio()

    made = _create(studio, studio.add("clip.mp4", b"film"), "https://example.com/words.vtt")

    attributes = made["attributes"]
    assert (attributes["status"], attributes["name"]) == ("preparing", "en")


def test_destroyed_track_is_gone() -> None:
    """It is told once more, and only by its own video."""
    studio = Studio()
    clip, other = studio.add("clip.mp4", b"film"), studio.add("other.mp4", b"more")
    made = _create(studio, clip, "https://example.com/words.vtt")
    path = f"{_TRACKS}/{{track_id}}"

    with pytest.raises(ApiFailure) as failure:
        studio.ask("DELETE", path, id=other, track_id=made["id"])
    assert refused(failure)[0] == "NOT_FOUND"
    assert studio.ask("DELETE", path, id=clip, track_id=made["id"]).body["data"] == made
    assert _list(studio, clip) == []
    with pytest.raises(ApiFailure):
        studio.ask("DELETE", path, id=clip, track_id=made["id"])


def test_only_videos_have_tracks() -> None:
    """Asking anything else for its tracks is refused."""
    studio = Studio()

    with pytest.raises(ApiFailure) as failure:
        _list(studio, studio.add("notes.txt"))
    assert refused(failure)[0] == "NOT_A_VIDEO"


def test_tracks_of_the_primary_s_videos_are_not_changed_in_a_sandbox() -> None:
    """They are the same video; one that only the sandbox has is its own."""
    studio = Studio()
    clip = studio.add("clip.mp4", b"film")
    fork = forked(studio.main, "fork", "2026-01-05T10:00:00.000Z")
    studio.project.environments["fork"] = fork
    studio.project.primary_id = "fork"
    del fork.of_type("upload")[clip]
    assert _create(studio, clip, "https://example.com/words.vtt")

    fork.of_type("upload")[clip] = studio.main.of_type("upload")[clip]

    with pytest.raises(ApiFailure) as act:
        _create(studio, clip, "https://example.com/words.vtt")
    assert refused(act)[0] == "IMMUTABLE_UPLOAD_TRACKS_IN_SANDBOX_ENVIRONMENT"


def test_subtitles_need_a_video_service() -> None:
    """There is none here, and the request says so instead of waiting for ever."""
    studio = Studio()
    attributes = {"language_code": "en"}
    data = {"type": "subtitles_generation", "attributes": attributes}
    codes = []
    for name in ("clip.mp4", "words.txt"):
        with pytest.raises(ApiFailure) as act:
            studio.ask(
                "POST", f"{_TRACKS}/generate-subtitles", data=data, id=studio.add(name, b"x")
            )
        codes.append(refused(act)[0])

    assert codes == ["MUX_ERROR", "NOT_A_VIDEO"]
