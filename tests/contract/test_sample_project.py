"""The sample project is the same wherever it is built, through the client and over the wire."""

from __future__ import annotations

import anyio

from datosnap.api.client import Client, Query
from datosnap.core.jsontext import slice_page
from tests.conftest import SampleProject
from tests.support.sandboxes import Sandbox, build_sample_project, sandbox, settings

_PAGE = 30


async def _rows(client: Client, path: str, options: Query) -> list[bytes]:
    found: list[bytes] = []
    while True:
        page: Query = {"page": {"limit": _PAGE, "offset": len(found)}}
        rows, _ = slice_page(await client.get(path, {**options, **page}))
        found += rows
        if not rows:
            return found


def content_of(server: Sandbox, token: str) -> list[bytes]:
    """Read schema, records with their blocks, and uploads as bytes, addresses made alike."""

    async def read() -> list[bytes]:
        async with Client(settings(server.base_url, token)) as client:
            include = {"include": "item_types,item_types.fields,item_types.fieldsets"}
            items = await _rows(client, "/items", {"nested": True, "version": "current"})
            uploads = await _rows(client, "/uploads", {})
            return [await client.get("/site", include), *items, *uploads]

    here = server.base_url.encode()
    return [body.replace(here, b"http://sandbox") for body in anyio.run(read)]


def test_two_builds_give_the_same_bytes(sample: SampleProject) -> None:
    """Two sandboxes with the same seed answer alike once the sample was built in each."""
    with sandbox() as other:
        again = content_of(other, build_sample_project(other))
    assert len(again) > 250
    assert again == content_of(sample.server, sample.token)
