"""Another file takes the place of an upload's."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.uploads.files import plain_png
from tests.unit.sandbox.uploads.studio import Studio, refused


def test_replacing_gives_a_new_url() -> None:
    """A new path brings new bytes, facts and names; metadata stays and old bytes go."""
    studio = Studio()
    upload_id = studio.add("old.txt", tags=["kept"])
    old = studio.find(upload_id)
    new_path = studio.send("new.png", plain_png(32, 8))

    after = studio.update(upload_id, path=new_path)["attributes"]

    assert (after["path"], after["width"], after["filename"]) == (new_path, 32, "new.png")
    assert (after["tags"], after["created_at"]) == (["kept"], old["created_at"])
    assert list(studio.project.blobs) == [new_path]


def test_replacing_can_keep_the_url() -> None:
    """With `keep_url` the new bytes are served at the old address."""
    studio = Studio()
    upload_id = studio.add("old.txt")
    old = studio.find(upload_id)
    new_path = studio.send("new.txt", b"new words")

    after = studio.update(upload_id, query={"replace_strategy": "keep_url"}, path=new_path)

    attributes = after["attributes"]
    assert (attributes["url"], attributes["filename"]) == (old["url"], "old.txt")
    assert (attributes["size"], studio.project.blobs) == (9, {old["path"]: b"new words"})


def test_replacing_needs_a_known_strategy() -> None:
    """A strategy that does not exist is refused."""
    studio = Studio()
    upload_id = studio.add("a.txt")

    with pytest.raises(ApiFailure) as failure:
        studio.update(upload_id, query={"replace_strategy": "guess"}, path="x")
    assert refused(failure)[0] == "INVALID_PARAMS"


def test_writing_its_own_path_changes_no_file() -> None:
    """A read-back sent whole leaves the file alone."""
    studio = Studio()
    upload_id = studio.add("a.txt")
    before = studio.find(upload_id)

    after = studio.update(upload_id, **before)["attributes"]

    assert {**after, "updated_at": None} == {**before, "updated_at": None}


def test_full_plan_takes_no_more_bytes() -> None:
    """What is used counts, what was only put does not, and a replacement needs room too."""
    studio = Studio()
    studio.project.limits["uploadable_bytes"] = 10
    upload = studio.add("a.txt", b"12345")
    waiting = studio.send("b.txt", b"123456")
    studio.send("c.txt", b"123456")

    with pytest.raises(ApiFailure) as creating:
        studio.create(waiting)
    with pytest.raises(ApiFailure) as replacing:
        studio.update(upload, path=waiting)
    details = {"limit": "uploadable_bytes"}
    assert refused(creating) == refused(replacing) == ("PLAN_UPGRADE_REQUIRED", details)
    studio.add("d.txt", b"12345")


def test_a_file_that_breaks_a_record_is_not_put_in_its_place() -> None:
    """Records that were invalid before, or stay valid, do not hinder it."""
    studio = Studio()
    studio.model("post", {"file": "file"})
    key = "post-file"
    small = {"file_size": {"max_value": 5, "max_unit": "B"}}
    field = studio.main.of_type("field")[key]
    field["attributes"]["validators"] = small
    upload = studio.add("a.txt", b"12345")
    content: JsonObject = {"file": {"upload_id": upload}}
    studio.record("r", "post", content, None)

    with pytest.raises(ApiFailure) as act:
        studio.update(upload, path=studio.send("b.txt", b"123456"))
    code, details = refused(act)
    assert (code, details) == ("UPLOAD_NOT_PASSING_FIELD_VALIDATIONS", {"item_ids": ["r"]})
    assert studio.find(upload)["size"] == 5

    assert studio.update(upload, path=studio.send("c.txt", b"54321"))["attributes"]["size"] == 5
    studio.main.of_type("field")[key] = {
        **field,
        "attributes": {
            **field["attributes"],
            "validators": {"file_size": {"max_value": 1, "max_unit": "B"}},
        },
    }
    changed = studio.update(upload, path=studio.send("d.txt", b"1234567"))
    assert changed["attributes"]["size"] == 7
