"""Hold what the building of the sample works with: the API, the tables, what is done so far.

The two protocols name the little that is asked of the API clients; a test may answer them with
a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from datosnap.core.jsontext import JsonObject
from datosnap.flows.sample.catalogue import Catalogue, Model, Record
from datosnap.flows.sample.values import Writer

QueryValue = str | bool


class Cms(Protocol):
    """The management API, as far as the sample needs it."""

    async def get_object(
        self, path: str, query: Mapping[str, QueryValue] | None = None
    ) -> JsonObject:
        """Read one body."""
        ...

    async def send(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        query: Mapping[str, QueryValue] | None = None,
        *,
        repeatable: bool,
    ) -> JsonObject:
        """Change something and give the final body."""
        ...


class AssetStore(Protocol):
    """Where the bytes of uploads are put."""

    async def upload(
        self,
        url: str,
        headers: Mapping[str, str],
        content: Callable[[], Iterator[bytes]],
        size: int,
    ) -> None:
        """Put bytes at a signed address."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """One building of the sample.

    `created` holds the ids of the records that exist, `waiting` the fields of a record that refer
    to records which did not exist when it was created, `now` records as edits have left them.
    """

    cms: Cms
    catalogue: Catalogue
    created: set[str] = field(default_factory=set)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    now: dict[str, Record] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)

    @property
    def writer(self) -> Writer:
        """Give what turns content into values."""
        return Writer(self.catalogue.models)

    @property
    def locales(self) -> list[str]:
        """Give the site's locales, the main one first."""
        locales: list[str] = self.catalogue.settings["locales"]
        return locales

    def model_of(self, record: Record) -> Model:
        """Give a record's model."""
        return self.catalogue.models[record.model]

    async def create(self, path: str, body: JsonObject, **query: QueryValue) -> JsonObject:
        """Create something under the id that the body gives it, which may safely be repeated."""
        return await self.cms.send("POST", path, body, query or None, repeatable=True)

    async def change(self, path: str, body: JsonObject | None) -> JsonObject:
        """Change what exists; only once, since each change of a record makes a version."""
        return await self.cms.send("PUT", path, body, repeatable=False)

    async def order(self, path: str, body: JsonObject) -> JsonObject:
        """Ask for something whose id the server chooses."""
        return await self.cms.send("POST", path, body, repeatable=False)
