"""Upload bytes are taken and given, whole or in part."""

from __future__ import annotations

import hashlib

import pytest

from tests.unit.sandbox.client import Answer, Client, request

_BODY = b"0123456789"


def _ask(api: Client, method: str = "GET", **headers: str) -> Answer:
    path = f"/{api.project.id}/1-a.txt"
    api.project.blobs.setdefault(path, _BODY)
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return request(api.app, method, path, b"", told)


def test_whole_file_names_its_hash(api: Client) -> None:
    """The ETag is the MD5 of the bytes."""
    answer = _ask(api)

    assert answer.body == _BODY
    assert answer.headers["etag"] == f'"{hashlib.md5(_BODY).hexdigest()}"'  # noqa: S324 - an ETag
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("wanted", "body", "span"),
    [
        ("bytes=0-3", b"0123", "0-3"),
        ("bytes=4-", b"456789", "4-9"),
        ("bytes=-2", b"89", "8-9"),
        ("bytes=8-99", b"89", "8-9"),
        ("bytes=-99", _BODY, "0-9"),
    ],
)
def test_range_gives_a_part(api: Client, wanted: str, body: bytes, span: str) -> None:
    """An interrupted download goes on where it stopped."""
    answer = _ask(api, range=wanted)

    assert (answer.status, answer.body) == (206, body)
    assert answer.headers["content-range"] == f"bytes {span}/10"


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=5-4", "bytes=-", "lines=1-2"])
def test_range_outside_the_file_is_refused(api: Client, wanted: str) -> None:
    """A part that is not there cannot be had."""
    answer = _ask(api, range=wanted)

    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */10")


def test_changed_file_is_sent_whole(api: Client) -> None:
    """A part of another version is not what the client wants."""
    answer = _ask(api, range="bytes=4-", if_range='"other"')

    assert (answer.status, answer.body) == (200, _BODY)


def test_unknown_file_is_not_found(api: Client) -> None:
    """A name that nothing has is 404."""
    assert request(api.app, "GET", f"/{api.project.id}/2-b.txt", b"", {}).status == 404


def test_other_methods_are_not_allowed(api: Client) -> None:
    """Files are put and got, nothing else."""
    assert _ask(api, "DELETE").status == 405


def test_bytes_are_put_where_they_were_asked_for(api: Client) -> None:
    """The signed address takes the bytes of a request, and no others."""
    body = {"data": {"type": "upload_request", "attributes": {"filename": "a.txt"}}}
    path = api.post("/upload-requests", body).data["id"]

    assert request(api.app, "PUT", path, _BODY, {}).status == 200
    assert request(api.app, "GET", path, b"", {}).body == _BODY
    assert request(api.app, "PUT", f"/{api.project.id}/9-never.txt", _BODY, {}).status == 403
