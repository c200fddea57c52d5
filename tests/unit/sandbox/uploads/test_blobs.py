"""Tests of where bytes are put and fetched."""

from __future__ import annotations

import pytest

from datosnap.sandbox.uploads.blobs import put_blob, read_blob, sanitised
from tests.unit.sandbox.uploads.studio import BASE_URL, PROJECT_ID, Studio


@pytest.mark.parametrize(
    ("name", "path_name"),
    [
        ("newTextFileHttps.txt", "newtextfilehttps.txt"),
        ("men%C3%B9-estivo.png", "men-c3-b9-estivo.png"),
        ("w3c_home.jpg", "w3c_home.jpg"),
        ("a b (1).PNG", "a-b-1-.png"),
        ("../../etc/passwd", "..-..-etc-passwd"),
        ("日本.png", "-.png"),
        ("İstanbul.png", "-stanbul.png"),
    ],
)
def test_names_become_safe_segments(name: str, path_name: str) -> None:
    """A file name is spelt in lower case and URL-safe characters, as recorded."""
    assert sanitised(name) == path_name


def test_path_names_project_second_and_file() -> None:
    """A path says whose it is, when it was asked for and what the file is called."""
    studio = Studio()

    assert studio.reserve("Fox.jpeg") == f"/{PROJECT_ID}/1767607200-fox.jpeg"


def test_same_name_in_same_second_does_not_collide() -> None:
    """Two files of one name asked for in one second get two paths of the recorded form."""
    studio = Studio()

    paths = [studio.reserve("fox.jpeg") for _ in range(3)]

    assert paths == [f"/{PROJECT_ID}/176760720{second}-fox.jpeg" for second in range(3)]


def test_path_of_an_asset_is_never_given_again() -> None:
    """A path stays taken when its request is used up."""
    studio = Studio()
    studio.create(studio.send("fox.txt", b"fox"))

    assert studio.reserve("fox.txt") == f"/{PROJECT_ID}/1767607201-fox.txt"


def test_request_answers_with_signed_url() -> None:
    """The signed URL is the path with a lifetime of 900 seconds."""
    studio = Studio()
    data = {"type": "upload_request", "attributes": {"filename": "a.txt"}}

    reply = studio.ask("POST", "/upload-requests", data=data)

    url = reply.body["data"]["attributes"]["url"]
    assert reply.status == 201
    assert reply.body["data"]["attributes"]["request_headers"] == {}
    assert url.startswith(
        f"{BASE_URL}{reply.body['data']['id']}?X-Amz-Expires=900&X-Amz-Signature="
    )


def test_request_without_a_name_gets_one() -> None:
    """A file name is not required."""
    studio = Studio()

    reply = studio.ask("POST", "/upload-requests", data={"type": "upload_request"})

    assert reply.body["data"]["id"].endswith("-file")


def test_bytes_come_back_as_they_were_put() -> None:
    """What was put is read back, with the media type of its name."""
    studio = Studio()
    name = studio.send("a.PNG", b"\x00bytes").rpartition("/")[2]

    assert read_blob(studio.world, PROJECT_ID, name) == (b"\x00bytes", "image/png")


@pytest.mark.parametrize(("waited_s", "status"), [(900, 200), (901, 403)])
def test_signed_url_expires(waited_s: int, status: int) -> None:
    """Bytes are taken for 900 seconds and no longer."""
    studio = Studio()
    name = studio.reserve("a.txt").rpartition("/")[2]
    studio.watch.advance(waited_s)

    assert put_blob(studio.world, PROJECT_ID, name, b"late") == status
    assert (read_blob(studio.world, PROJECT_ID, name) is not None) == (status == 200)


def test_unasked_path_takes_nothing() -> None:
    """Bytes for a path nobody asked for, or for no project, are refused and not kept."""
    studio = Studio()

    assert put_blob(studio.world, PROJECT_ID, "1-a.txt", b"x") == 403
    assert put_blob(studio.world, "999", "1-a.txt", b"x") == 403
    assert read_blob(studio.world, PROJECT_ID, "1-a.txt") is None
    assert read_blob(studio.world, "999", "1-a.txt") is None


def test_bytes_of_an_asset_cannot_be_overwritten() -> None:
    """Once an upload is made of a path, the signed URL is used up."""
    studio = Studio()
    path = studio.send("a.txt", b"first")
    studio.create(path)

    assert put_blob(studio.world, PROJECT_ID, path.rpartition("/")[2], b"second") == 403
    assert studio.project.blobs[path] == b"first"
