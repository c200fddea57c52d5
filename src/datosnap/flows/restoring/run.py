"""What all parts of one restore share, and how each of its steps is done once and only once.

Every entity has its target id before the first request. A step is noted in the journal when its
answer came; where an answer was lost the repeated request is told that the id is taken, and a
look at the target shows whether by us. Server-side doubles cannot arise either way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client, Query
from datosnap.core.jsontext import JsonObject
from datosnap.core.matching import Sight
from datosnap.core.planning import Order
from datosnap.core.rebuilding import Rebuilder
from datosnap.core.remapping import IdMap
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.schema_plan import SchemaPlan
from datosnap.errors import AccessRefusedError, BackupError, RejectedError, UnavailableError
from datosnap.flows.progress import Progress
from datosnap.flows.restoring.decisions import Decisions, Wrote
from datosnap.flows.restoring.preparing import Policy
from datosnap.flows.restoring.source import Source
from datosnap.flows.restoring.target import TargetState
from datosnap.store.journal import Journal, Take
from datosnap.store.manifest import Gap
from datosnap.store.shelf import JSON, Shelf
from datosnap.store.spool import Spool

# What is done about a refusal.
Refused = Callable[[BackupError], None]
# What one entity may fail of while the others go on.
_REFUSALS = (RejectedError, AccessRefusedError, UnavailableError)
# A token that is refused so often in a row, or a server that fails so often, will not get better.
_IN_A_ROW: Mapping[type[BackupError], int] = MappingProxyType(
    {AccessRefusedError: 5, UnavailableError: 3}
)
# What the API says of an id that is in use.
TAKEN = ("VALIDATION_UNIQUENESS", "VALIDATION_UNIQUE")
_NOT_FOUND = 404


@dataclass(slots=True)
class Counts:
    """What a restore wrote."""

    item_types: int = 0
    fields: int = 0
    records: int = 0
    updated: int = 0
    deleted: int = 0
    second_writes: int = 0
    blocks: int = 0
    links: int = 0
    versions: int = 0
    addresses_in_text: int = 0
    ids_in_text: int = 0
    uploads: int = 0
    asset_bytes: int = 0


class Steps:
    """The steps that are done, in memory and in the journal; some with what they must remember."""

    def __init__(self, shelf: Shelf, open_journal: Callable[[Take], Journal]) -> None:
        self._done = shelf.table(JSON)
        self.wrote = shelf.mapping(Wrote)
        self._journal = open_journal(self._take)

    def close(self) -> None:
        """Make all steps durable and let go of the journal.

        Raises: DiskError.
        """
        self._journal.close()

    def _take(self, entry: JsonObject) -> None:
        self._done[entry["step"]] = entry.get("facts")
        if "record" in entry:
            self.wrote[entry["record"]] = Wrote.read(entry)

    def is_done(self, step: str) -> bool:
        """Tell whether the step was done, by this run or an earlier one."""
        return step in self._done

    def note(self, step: str) -> None:
        """Note that the step is done."""
        self._done[step] = None
        self._journal.append({"step": step})

    def note_record(self, step: str, record_id: str, wrote: Wrote) -> None:
        """Note that a record was written, and what the target has of it now."""
        self._done[step] = None
        self.wrote[record_id] = wrote
        self._journal.append({"step": step, "record": record_id, **wrote.row()})

    def remember(self, step: str, facts: JsonObject) -> None:
        """Note a step with what a later run must know; it survives any end once this returns."""
        self._done[step] = facts
        self._journal.append({"step": step, "facts": facts})
        self._journal.sync()

    def remembered(self, step: str) -> JsonObject | None:
        """Give what was remembered with a step, None when nothing was."""
        found: JsonObject | None = self._done.get(step)
        return found


@dataclass(slots=True)
class RestoreRun:
    """One restore under way; `counts` and `gaps` grow with it."""

    client: Client
    assets: AssetClient
    source: Source
    spool: Spool
    ids: IdMap
    steps: Steps
    progress: Progress
    site: JsonObject
    in_flight: int
    target: TargetState
    policy: Policy
    decisions: Decisions
    order: Order
    sight: Sight
    said: MutableMapping[str, bytes]
    fail_on_asset: bool = False
    schema: SchemaPlan = field(default_factory=partial(SchemaPlan, SchemaPolicy.CREATE))
    counts: Counts = field(default_factory=Counts)
    gaps: list[Gap] = field(default_factory=list)
    _in_a_row: Counter[type[BackupError]] = field(default_factory=Counter)

    @property
    def rebuilder(self) -> Rebuilder:
        """Give what rebuilds records for the target."""
        return self.source.rebuilder(self.ids)

    @property
    def locales(self) -> list[str]:
        """Give the target's locales."""
        locales: list[str] = self.site["attributes"]["locales"]
        return locales

    def translate(self, kind: str, source_id: str) -> str:
        """Give the target's id of a source entity."""
        return self.ids.translate(kind, source_id)

    def note_gap(self, kind: str, source_id: str, reason: str) -> None:
        """Note something that could not be brought over, or not whole."""
        self.gaps.append(Gap(kind, source_id, reason))
        self.progress.gap(kind, source_id, reason)

    async def once(
        self, step: str, do: Callable[[], Awaitable[object]], refused: Refused | None = None
    ) -> None:
        """Do a step unless it was done, and note it.

        A refusal goes to `refused` where it is given; the step then counts as not done, so that
        a later run tries it again.
        """

        async def done() -> None:
            await do()
            self.steps.note(step)

        await self.unless_done(step, done, refused)

    async def unless_done(
        self, step: str, do: Callable[[], Awaitable[object]], refused: Refused | None
    ) -> None:
        """Do a step, which notes itself, unless it was done.

        Raises: the refusal, where nobody takes it, and where so many came in a row that the next
        would be no other.
        """
        if self.steps.is_done(step):
            return
        try:
            await do()
        except _REFUSALS as error:
            if refused is None or self._will_stay(error):
                raise
            refused(error)
        else:
            self._in_a_row.clear()

    def _will_stay(self, error: BackupError) -> bool:
        for kind, most in _IN_A_ROW.items():
            if isinstance(error, kind):
                self._in_a_row[kind] += 1
                return self._in_a_row[kind] >= most
        return False

    def refusal(self, kind: str, source_id: str) -> Refused:
        """Give what notes a refusal of this entity as a gap."""
        return lambda error: self.note_gap(kind, source_id, str(error))

    async def create(
        self, path: str, body: JsonObject, *, find: str, query: JsonObject | None = None
    ) -> JsonObject:
        """Create an entity under its own id; one that is there already under it is ours.

        `find` is the path under which the entity can be read.
        Raises: RejectedError when the API refuses it for any other reason.
        """
        try:
            return await self.client.send("POST", path, body, query, repeatable=True)
        except RejectedError as error:
            found = await self.look_up(find) if error.has_code(*TAKEN) else None
            if found is None:
                raise
            return found

    async def look_up(self, path: str, query: Query | None = None) -> JsonObject | None:
        """Read what the target has at `path`, None when there is nothing."""
        try:
            return await self.client.get_object(path, query)
        except RejectedError as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    async def update(self, path: str, body: JsonObject) -> JsonObject:
        """Change an entity; saying the same twice does no harm."""
        return await self.client.send("PUT", path, body, repeatable=True)
