"""Prove that a snapshot can be restored: put it into a sandbox, take it out again and compare.

Made for a nightly job after the backup. The sandbox's project speaks the dialect of the
snapshot's (its opt-in flags), since those decide what values mean.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from anyio import to_thread

from datosnap.api.client import ClientSettings
from datosnap.api.token import Token
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.remapping import IdPolicy
from datosnap.flows.progress import Progress
from datosnap.flows.round_trip import Returned, put_back_and_compare
from datosnap.sandbox.server import running
from datosnap.sandbox.worlds import create_project, new_world
from datosnap.store.locations import Where
from datosnap.store.snapshot import Snapshot


async def drill(snapshot: Where, ids: IdPolicy, progress: Progress) -> Returned:
    """Restore a snapshot into an empty sandbox and compare the result with it.

    Memory: the sandbox holds the whole project, assets included.
    Raises: SnapshotNotFoundError, CorruptSnapshotError; DiskError.
    """
    site = await to_thread.run_sync(_site, snapshot)
    world = new_world()
    project, token = create_project(world, "Drill")
    environment = project.environments[project.primary_id]
    environment.site["meta"] |= {
        name: value
        for name, value in (site.get("meta") or {}).items()
        if name in environment.site["meta"]
    }
    with running(world) as sandbox, tempfile.TemporaryDirectory(prefix="datosnap-") as folder:
        target = ClientSettings(base_url=sandbox.base_url, token=Token(token))
        return await put_back_and_compare(snapshot, target, ids, Path(folder), progress)


def _site(snapshot: Where) -> JsonObject:
    lines = Snapshot.open(snapshot).resources("site")
    return decode_object(lines[0]) if lines else {}
