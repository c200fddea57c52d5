"""Build the sample project in an empty project, through the API alone.

One call after the other, in one order, without a clock and without randomness: in a sandbox whose
world has a seed, two builds give the same project to the byte.
"""

from __future__ import annotations

from dataclasses import dataclass

from datosnap.flows.sample.catalogue import Record, load_catalogue
from datosnap.flows.sample.desk import AssetStore, Cms, Desk
from datosnap.flows.sample.lives import live
from datosnap.flows.sample.settings import (
    build_appearance,
    build_filters,
    build_menus,
    build_schema,
    build_site,
    build_tools,
)
from datosnap.flows.sample.uploading import build_collections, build_uploads
from datosnap.flows.sample.writing import create_record, fill_in


@dataclass(frozen=True, slots=True)
class SampleCounts:
    """What was built; `versions` counts the writes of records that made one."""

    models: int
    block_models: int
    fields: int
    records: int
    uploads: int
    versions: int


async def build_sample(client: Cms, assets: AssetStore) -> SampleCounts:
    """Build the whole sample project and tell how much there is of it.

    Raises: as the client; BackupError when a record could not be published.
    """
    desk = Desk(client, load_catalogue())
    await build_site(desk)
    await build_tools(desk)
    await build_schema(desk)
    await build_collections(desk)
    await build_uploads(desk, assets)
    await _build_records(desk)
    await build_filters(desk)
    await build_menus(desk)
    await build_appearance(desk)
    return _count(desk)


async def _build_records(desk: Desk) -> None:
    # what is published as soon as it is written comes when all that it links to is public
    everything = desk.catalogue.records.values()
    drafted = [record for record in everything if _has_drafts(desk, record)]
    direct = [record for record in everything if not _has_drafts(desk, record)]
    for records in (drafted, direct):
        for record in records:
            await create_record(desk, record)
        for record in records:
            await fill_in(desk, record)
        await live(desk, records)


def _has_drafts(desk: Desk, record: Record) -> bool:
    return bool(desk.model_of(record).spec["attributes"]["draft_mode_active"])


def _count(desk: Desk) -> SampleCounts:
    models = desk.catalogue.models.values()
    return SampleCounts(
        models=sum(not model.is_block for model in models),
        block_models=sum(model.is_block for model in models),
        fields=sum(len(model.fields) for model in models),
        records=len(desk.created),
        uploads=len(desk.catalogue.uploads),
        versions=len(desk.writes),
    )
