"""Tests of creating, changing and deleting uploads."""

from __future__ import annotations

import pytest

from datosnap.core.ids import is_portable
from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.state import Environment
from tests.unit.sandbox.uploads.files import plain_png
from tests.unit.sandbox.uploads.studio import BASE_URL, TOKEN, Studio, refused

_ID = "Yz3uN1qOQ1mE0yqZl2m5vg"
_TEXT = b"This is a Dato test text file uploaded with https"


def test_created_upload_reads_as_recorded() -> None:
    """A created text has the recorded attributes, and those that came since."""
    studio = Studio()
    path = studio.send("whoa.txt", _TEXT)
    studio.watch.advance(2.25)

    created = studio.create(path)

    assert is_portable(created["id"])
    assert created["relationships"] == {
        "creator": {"data": TOKEN},
        "upload_collection": {"data": None},
    }
    assert created["meta"]["antivirus"] == {"status": None, "checked_at": None, "threat_name": None}
    assert created["attributes"] == {
        "size": 49,
        "width": None,
        "height": None,
        "path": path,
        "basename": "whoa",
        "filename": "whoa.txt",
        "url": f"{BASE_URL}{path}",
        "format": "txt",
        "author": None,
        "copyright": None,
        "notes": None,
        "md5": "1c7f3f297bb16171b58dac0df409be13",
        "duration": None,
        "frame_rate": None,
        "blurhash": None,
        "thumbhash": None,
        "mux_playback_id": None,
        "mux_mp4_highest_res": None,
        "default_field_metadata": {
            "alt": {"en": None, "it": None},
            "title": {"en": None, "it": None},
            "custom_data": {"en": {}, "it": {}},
            "focal_point": None,
            "poster_time": None,
        },
        "is_image": False,
        "created_at": "2026-01-05T10:00:02.250Z",
        "updated_at": "2026-01-05T10:00:02.250Z",
        "mime_type": "text/plain",
        "tags": [],
        "smart_tags": [],
        "exif_info": {},
        "colors": [],
    }
    assert studio.find(created["id"]) == created["attributes"]


def test_create_takes_metadata_tags_and_collection() -> None:
    """What is writable on create is kept, tags once each."""
    studio = Studio()
    data = {
        "type": "upload",
        "id": _ID,
        "attributes": {
            "path": studio.send("a.png", plain_png(4, 4)),
            "author": "Ann",
            "copyright": "2019",
            "notes": "",
            "tags": ["fresh", "fresh", "b"],
            "default_field_metadata": {"alt": {"it": "Ciao"}, "focal_point": {"x": 0, "y": 1}},
            "size": "an extra key, which does nothing",
        },
        "relationships": {"upload_collection": {"data": studio.collection("c1")}},
    }

    reply = studio.ask("POST", "/uploads", data=data)

    upload = reply.body["data"]
    attributes = upload["attributes"]
    assert (reply.status, upload["id"]) == (201, _ID)
    assert (attributes["author"], attributes["copyright"], attributes["notes"]) == (
        "Ann",
        "2019",
        "",
    )
    assert attributes["tags"] == ["fresh", "b"]
    assert attributes["default_field_metadata"]["alt"] == {"en": None, "it": "Ciao"}
    assert attributes["default_field_metadata"]["focal_point"] == {"x": 0, "y": 1}
    assert attributes["size"] == len(plain_png(4, 4))
    assert upload["relationships"]["upload_collection"]["data"]["id"] == "c1"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"id": "43554720"}, "INVALID_FORMAT", id="decimal id"),
        pytest.param({"id": 5}, "INVALID_FORMAT", id="id of a number"),
        pytest.param({"type": "item"}, "INVALID_FORMAT", id="other type"),
        pytest.param({"attributes": {}}, "INVALID_FORMAT", id="no path"),
        pytest.param({"attributes": {"path": "/1/1-a.txt"}}, "INVALID_FIELD", id="never put"),
        pytest.param({"attributes": {"path": 1}}, "INVALID_FORMAT", id="path of a number"),
        pytest.param({"meta": {}}, "INVALID_FORMAT", id="meta"),
        pytest.param(
            {"relationships": {"creator": {"data": TOKEN}}}, "INVALID_FORMAT", id="creator"
        ),
        pytest.param(
            {
                "relationships": {
                    "upload_collection": {"data": {"type": "upload_collection", "id": "x"}}
                }
            },
            "INVALID_FIELD",
            id="unknown collection",
        ),
    ],
)
def test_wrong_create_is_refused(change: JsonObject, code: str) -> None:
    """What the API does not take is refused, and nothing is created."""
    studio = Studio()
    good = {"type": "upload", "attributes": {"path": studio.send("a.txt", b"a")}}

    with pytest.raises(ApiFailure) as failure:
        studio.ask("POST", "/uploads", data={**good, **change})

    assert refused(failure)[0] == code
    assert studio.list() == []


def test_taken_id_is_refused() -> None:
    """A repeated create says that its id is taken."""
    studio = Studio()
    studio.create(studio.send("a.txt", b"a"), upload_id=_ID)

    with pytest.raises(ApiFailure) as failure:
        studio.create(studio.send("a.txt", b"a"), upload_id=_ID)

    code, details = refused(failure)
    assert (code, details["field"], details["code"]) == (
        "INVALID_FIELD",
        "id",
        "VALIDATION_UNIQUENESS",
    )


def test_reserved_path_without_bytes_makes_no_upload() -> None:
    """A path that was asked for and never put is refused."""
    studio = Studio()
    path = studio.reserve("a.txt")

    with pytest.raises(ApiFailure) as failure:
        studio.create(path)
    assert refused(failure)[1]["field"] == "path"


def test_update_changes_what_it_names() -> None:
    """Author and tags change, the rest and the time of creation stay; only `updated_at` moves."""
    studio = Studio()
    upload_id = studio.add("whoa.txt", notes="kept", tags=["old", "other"])
    before = studio.find(upload_id)
    studio.watch.advance(60)

    after = studio.update(upload_id, author="Mark Smith", tags=["new"])["attributes"]

    assert after == {
        **before,
        "author": "Mark Smith",
        "tags": ["new"],
        "updated_at": "2026-01-05T10:01:01.000Z",
    }
    assert studio.find(upload_id) == after


def test_update_patches_metadata() -> None:
    """Metadata that a write leaves out stays, as the official suite expects."""
    studio = Studio()
    upload_id = studio.add(
        "a.txt", default_field_metadata={"alt": {"en": "An alt", "it": "Un alt"}}
    )

    after = studio.update(upload_id, default_field_metadata={"alt": {"en": "A new alt"}})

    assert after["attributes"]["default_field_metadata"]["alt"] == {
        "en": "A new alt",
        "it": "Un alt",
    }


def test_metadata_follows_the_site() -> None:
    """Reads have the shape and the locales that the site has now, and so must writes."""
    studio = Studio()
    upload_id = studio.add("a.txt", default_field_metadata={"alt": {"en": "A"}})
    studio.main.site = {"attributes": {"locales": ["en", "de"]}, "meta": {}}
    blank: JsonObject = {"alt": None, "title": None, "custom_data": {}, "focal_point": None}

    assert studio.find(upload_id)["default_field_metadata"] == {
        "en": {**blank, "alt": "A"},
        "de": blank,
    }
    after = studio.update(upload_id, default_field_metadata={"de": {"title": "T"}})["attributes"]
    assert after["default_field_metadata"] == {
        "en": {**blank, "alt": "A"},
        "de": {**blank, "title": "T"},
    }


def test_renaming_keeps_the_url() -> None:
    """A new basename changes both names and neither path nor URL."""
    studio = Studio()
    upload_id = studio.add("IMG 1.JPG")
    before = studio.find(upload_id)

    after = studio.update(upload_id, basename="Ein schöner Fuchs")["attributes"]

    assert (after["basename"], after["filename"]) == ("Ein schöner Fuchs", "Ein schöner Fuchs.jpg")
    assert (after["path"], after["url"]) == (before["path"], before["url"])


def test_file_without_extension_is_renamed() -> None:
    """Where there is no extension the basename is the whole name."""
    studio = Studio()
    upload_id = studio.add("LICENSE")

    assert studio.update(upload_id, basename="COPYING")["attributes"]["filename"] == "COPYING"


def test_empty_basename_is_refused() -> None:
    """A file must have a name."""
    studio = Studio()
    upload_id = studio.add("a.txt")

    with pytest.raises(ApiFailure) as failure:
        studio.update(upload_id, basename="")
    assert refused(failure)[1]["field"] == "basename"


def test_creator_and_collection_can_be_changed() -> None:
    """An upload is given to another creator, and put into a collection and out of it."""
    studio = Studio()
    upload_id = studio.add("a.txt")
    user = {"type": "user", "id": "7"}
    studio.project.of_type("user")["7"] = user

    moved = studio.update(
        upload_id, {"creator": user, "upload_collection": studio.collection("c1")}
    )
    assert moved["relationships"]["creator"]["data"] == user
    assert moved["relationships"]["upload_collection"]["data"]["id"] == "c1"

    back = studio.update(upload_id, {"creator": TOKEN, "upload_collection": None})
    assert back["relationships"] == {
        "creator": {"data": TOKEN},
        "upload_collection": {"data": None},
    }


def test_unknown_creator_is_refused() -> None:
    """A creator of another project does not exist here."""
    studio = Studio()
    upload_id = studio.add("a.txt")

    with pytest.raises(ApiFailure) as failure:
        studio.update(upload_id, {"creator": {"type": "user", "id": "404"}})
    assert refused(failure)[1]["field"] == "creator"


def test_update_must_name_its_own_id() -> None:
    """The id in the body is required, and must be that of the path."""
    studio = Studio()
    upload_id = studio.add("a.txt")

    for data in ({"type": "upload"}, {"type": "upload", "id": _ID}):
        with pytest.raises(ApiFailure) as failure:
            studio.ask("PUT", "/uploads/{id}", data=data, id=upload_id)
        assert refused(failure)[0] == "INVALID_FORMAT"


def test_unknown_upload_is_not_found() -> None:
    """An id that is not there is a 404 in every way of asking."""
    studio = Studio()

    for method, path in (
        ("GET", "/uploads/{id}"),
        ("PUT", "/uploads/{id}"),
        ("DELETE", "/uploads/{id}"),
        ("GET", "/uploads/{id}/tracks"),
        ("GET", "/uploads/{id}/references"),
    ):
        with pytest.raises(ApiFailure) as failure:
            studio.ask(method, path, id=_ID)
        assert failure.value.status == 404


def test_destroyed_upload_is_gone_with_its_bytes() -> None:
    """Deleting answers the upload as it was, and then there is nothing left."""
    studio = Studio()
    upload_id = studio.add("a.txt")
    before = studio.find(upload_id)

    reply = studio.ask("DELETE", "/uploads/{id}", id=upload_id)

    assert (reply.status, reply.body["data"]["attributes"]) == (200, before)
    assert (studio.list(), studio.project.blobs) == ([], {})


def test_bytes_that_a_fork_still_has_stay() -> None:
    """Deleting in one environment leaves the bytes to the upload of another."""
    studio = Studio()
    upload_id = studio.add("a.txt")
    fork = Environment("fork", "2026-01-05T10:00:00.000Z", studio.main.site, forked_from="main")
    fork.resources["upload"] = dict(studio.main.of_type("upload"))
    studio.project.environments["fork"] = fork

    studio.ask("DELETE", "/uploads/{id}", id=upload_id)

    assert list(studio.project.blobs.values()) == [b"words"]


def test_writes_never_change_what_a_fork_shares() -> None:
    """An update puts a new object in; the old one is untouched."""
    studio = Studio()
    upload_id = studio.add("a.txt", tags=["old"])
    shared = studio.main.of_type("upload")[upload_id]

    studio.update(upload_id, tags=["new"], author="Ann", basename="b")

    assert (shared["attributes"]["tags"], shared["attributes"]["author"]) == (["old"], None)
    assert shared["attributes"]["basename"] == "a"
