"""See records and uploads of a snapshot as the target would hold them, and judge them by that.

Content is rebuilt here exactly as it is written later, so that what was once left out, a link to
a record that never came over, is no difference ever after.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from datosnap.core.dates import dates_of
from datosnap.core.entities import related_id
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.matching import (
    Base,
    Held,
    OnConflict,
    Publish,
    Sight,
    Wanted,
    Work,
    decide,
)
from datosnap.core.matching import wanted_status as status_for
from datosnap.core.matching_uploads import HeldUpload, in_locales, said_of
from datosnap.core.metadata import convert
from datosnap.core.remapping import IdMap
from datosnap.flows.restoring.source import RecordState, Source
from datosnap.store.spool import Spool


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the records of one source; models in `gaining` get fields that the target lacks."""

    source: Source
    spool: Spool
    ids: IdMap
    sight: Sight
    gaining: Collection[str] = ()

    def judge(
        self, state: RecordState, held: Held | None, base: Base | None, policy: OnConflict
    ) -> Work:
        """Decide what becomes of a record."""
        drafts = state.model.draft_mode_active
        status = status_for(state.status, self._publish(state), held)
        wanted = Wanted(status, b"") if held is None else self.wanted(state, status)
        gains = state.model.id in self.gaining
        return decide(wanted, held, base, policy, drafts=drafts, gains=gains)

    def wanted(self, state: RecordState, status: str) -> Wanted:
        """Give what the target should hold of a record."""
        record = decode_object(self.spool.get("current", state.id))
        current, parent = self._seen(record, state)
        published = b""
        if status == "published":
            published = current
        elif status == "updated":
            copied, published = self.spool.holds("published", state.id), current
            if copied:
                copy = decode_object(self.spool.get("published", state.id))
                is_part = state.public_in is not None
                published = self._seen(copy, state, may_be_part=is_part)[0]
        dates = dates_of(record.get("meta") or {})
        return Wanted(status, current, published, state.stage, parent, dates)

    def _publish(self, state: RecordState) -> Publish:
        publish = self.source.reading.publish
        # Without drafts a record is always public, whatever was asked for.
        return publish if state.model.draft_mode_active else Publish.AS_SOURCE

    def _seen(
        self, record: JsonObject, state: RecordState, *, may_be_part: bool = False
    ) -> tuple[bytes, str | None]:
        attributes = self.source.rebuilder(self.ids).content(record, state.model).attributes
        model = self.ids.translate("item_type", state.model.id)
        seen = self.sight.digest(attributes, model, may_be_part=may_be_part)
        return seen, attributes.get("parent_id")


@dataclass(frozen=True, slots=True)
class Saying:
    """Knows what is to be said of uploads in a target: its shape of metadata, and its ids."""

    site: JsonObject
    ids: IdMap
    locales: Collection[str]

    def metadata(self, attributes: JsonObject) -> JsonObject:
        """Give an upload's metadata in the target's shape; nothing when there is none."""
        given = in_locales(attributes.get("default_field_metadata"), self.locales)
        if not isinstance(given, dict):
            return {}
        flags: JsonObject = self.site.get("meta") or {}
        to_shared = bool(flags.get("non_localized_focal_points"))
        locales: list[str] = self.site["attributes"]["locales"]
        return {"default_field_metadata": convert(given, to_shared=to_shared, locales=locales)}

    def wanted(self, upload: JsonObject) -> HeldUpload:
        """Give what the target should hold of an upload."""
        attributes: JsonObject = upload["attributes"]
        collection = related_id(upload, "upload_collection")
        if collection is not None:
            collection = self.ids.translate("upload_collection", collection)
        said = {**attributes, **self.metadata(attributes)}
        return HeldUpload(attributes.get("md5") or "", said_of(said, collection, self.locales))
