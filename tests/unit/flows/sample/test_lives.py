"""A record that cannot be published stops the build, whatever the API's status code was."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.errors import BackupError
from datosnap.flows.sample.catalogue import load_catalogue
from datosnap.flows.sample.desk import Desk, QueryValue
from datosnap.flows.sample.lives import live


class RefusingCms:
    """Says of every bulk operation that one record failed, with a status of success."""

    def __init__(self) -> None:
        self.refusals = 0

    async def get_object(
        self, path: str, query: Mapping[str, QueryValue] | None = None
    ) -> JsonObject:
        """Have nothing to read."""
        raise AssertionError((path, query))

    async def send(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        query: Mapping[str, QueryValue] | None = None,
        *,
        repeatable: bool,
    ) -> JsonObject:
        """Refuse one record in the small print."""
        assert (method, path, query, repeatable) == ("POST", "/items/bulk/publish", None, False)
        assert body is not None
        self.refusals += 1
        count = len(body["data"]["relationships"]["items"]["data"])
        return {"data": [], "meta": {"successful": count - 1, "failed": 1}}


def test_a_failure_inside_a_bulk_reply_is_a_failure() -> None:
    """The count of failures in the reply's meta is read, and the message names the records."""
    cms, catalogue = RefusingCms(), load_catalogue()
    topics = [record for record in catalogue.records.values() if record.model == "topic"]
    with pytest.raises(BackupError, match=r"1 of these could not be published: 'topic:light"):
        anyio.run(live, Desk(cms, catalogue), topics)
    assert cms.refusals == 1
