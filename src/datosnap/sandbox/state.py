"""Everything the sandbox knows: projects, their environments, and what those hold.

Resources other than records are kept as the JSON:API objects that are answered; a record is kept
as its versions, whose attributes hold blocks nested (a flat answer replaces them by their ids).
What is stored is never changed in place: a write puts a new object in, so that a fork of an
environment shares everything with its source and copies nothing. The clock and the source of
ids are given from outside, which makes a whole run repeatable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from datosnap.core.jsontext import JsonObject

Clock = Callable[[], datetime]
NewBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a record's content; `attributes` holds blocks nested, as objects."""

    id: str
    attributes: JsonObject
    created_at: str
    editor: JsonObject
    is_valid: bool = True
    published_from: str | None = None
    published_until: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A pending publication or unpublishing: when, and of what when not of everything."""

    id: str
    at: str
    selection: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A record: its identity, its place among its siblings and all its versions, oldest first.

    The current content is the last version; `published` is the one that readers see.
    """

    id: str
    item_type_id: str
    creator: JsonObject | None
    created_at: str
    updated_at: str
    versions: tuple[Version, ...]
    published: Version | None = None
    is_published_version_valid: bool | None = None
    published_at: str | None = None
    first_published_at: str | None = None
    position: int | None = None
    parent_id: str | None = None
    stage: str | None = None
    publication: Schedule | None = None
    unpublishing: Schedule | None = None

    @property
    def current(self) -> Version:
        """Give the latest content."""
        return self.versions[-1]

    @property
    def status(self) -> str:
        """Tell draft, updated or published."""
        if self.published is None:
            return "draft"
        return "published" if self.published.id == self.current.id else "updated"


@dataclass(frozen=True, slots=True)
class Original:
    """The bytes in which a record came from a snapshot: its answers until it is written to.

    `nested` tells that its model has blocks, which these bytes show nested; without blocks the
    flat form is the same. `versions` are its versions by id, as far as the snapshot had them.
    """

    current: bytes
    published: bytes | None = None
    versions: dict[str, bytes] = field(default_factory=dict)
    nested: bool = False


@dataclass(slots=True)
class Environment:
    """What is forked together: site settings, schema, records, uploads.

    `resources` maps a JSON:API type (`item_type`, `field`, `upload`, …) to its objects by id, in
    order of creation; `site` holds the attributes and meta of the per-environment settings.
    """

    id: str
    created_at: str
    site: JsonObject
    forked_from: str | None = None
    status: str = "ready"
    read_only: bool = False
    # A fork is being made until then; a fast one leaves its source read-only as long.
    ready_at: datetime | None = None
    frozen_until: datetime | None = None
    last_data_change_at: str = ""
    resources: dict[str, dict[str, JsonObject]] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    # records that are still what they were in the snapshot they came from
    originals: dict[str, Original] = field(default_factory=dict)
    # worked out from the rest and never copied: views and indexes that can be made again
    derived: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of_type(self, kind: str) -> dict[str, JsonObject]:
        """Give the objects of one JSON:API type by id."""
        return self.resources.setdefault(kind, {})


@dataclass(slots=True)
class Project:
    """A project: its environments, and what belongs to it as a whole (roles, tokens, …)."""

    id: str
    name: str
    created_at: str
    primary_id: str
    environments: dict[str, Environment]
    attributes: JsonObject = field(default_factory=dict)
    resources: dict[str, dict[str, JsonObject]] = field(default_factory=dict)
    # API token -> the JSON:API identity that acts with it
    tokens: dict[str, JsonObject] = field(default_factory=dict)
    # job id -> the job result's attributes, and when it is ready
    jobs: dict[str, tuple[JsonObject, datetime]] = field(default_factory=dict)
    # job id -> how often it is still answered with "not yet"
    polls_left: dict[str, int] = field(default_factory=dict)
    # upload path (`/<project>/<seconds>-<name>`) -> bytes; and paths asked for, not yet PUT
    blobs: dict[str, bytes] = field(default_factory=dict)
    upload_requests: dict[str, datetime] = field(default_factory=dict)
    maintenance: bool = False
    # who pays: the JSON:API identity of an account or an organization
    owner: JsonObject = field(default_factory=dict)
    # plan quotas by code; a code that is not named has none
    limits: dict[str, int] = field(default_factory=dict)
    # one that is not ready answers nobody
    status: Literal["ready", "creating", "deactivated"] = "ready"

    def of_type(self, kind: str) -> dict[str, JsonObject]:
        """Give the project-wide objects of one JSON:API type by id."""
        return self.resources.setdefault(kind, {})


@dataclass(frozen=True, slots=True)
class Policy:
    """What the sandbox does where nobody has told what the API does.

    `block_ids`: a new block that names its id is refused, gets another, or keeps it.
    `links_must_exist`: a link to a record that is not there is refused.
    `nested_beyond`: a nested page of more than 30 records is refused, or cut to 30.
    `smart_tags`: pictures are labelled, if only by their colours.
    """

    block_ids: Literal["refuse", "ignore", "keep"] = "refuse"
    links_must_exist: bool = True
    nested_beyond: Literal["refuse", "clamp"] = "refuse"
    smart_tags: bool = False


@dataclass(slots=True)
class World:
    """All projects of one sandbox, with the clock and the randomness they live by."""

    clock: Clock
    new_bytes: NewBytes
    base_url: str = ""
    projects: dict[str, Project] = field(default_factory=dict)
    # session token -> account id, and the accounts by id
    sessions: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, JsonObject] = field(default_factory=dict)
    # how long a fork or another job takes when jobs are answered as jobs
    job_delay: timedelta = timedelta(0)
    last_number: int = 64_000
    # tells the time and does not move it; None where looking at the clock is what moves it
    peek: Clock | None = None
    policy: Policy = field(default_factory=Policy)

    def next_number(self) -> str:
        """Give the next decimal id, for the kinds that the server numbers."""
        self.last_number += 1
        return str(self.last_number)


def z_time(moment: datetime) -> str:
    """Write a time as environments and uploads carry it: milliseconds and `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{_ms(moment):03d}Z"


def offset_time(moment: datetime) -> str:
    """Write a time as records carry it: milliseconds and `+00:00`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{_ms(moment):03d}+00:00"


def _ms(moment: datetime) -> int:
    return moment.microsecond // 1000
