"""Copies of a snapshot in which something was changed on purpose."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

from datosnap.core.jsontext import JsonObject, decode_object, encode
from datosnap.store.names import ChunkKind
from datosnap.store.snapshot import Snapshot
from datosnap.store.snapshot_writer import SnapshotWriter

# Gets where a resource stands ("current", "published", "uploads", "schedules", or the name of a
# file of settings) and the resource; gives the one to write, None to leave it out.
Change = Callable[[str, JsonObject], JsonObject | None]

_PER_MODEL: tuple[ChunkKind, ...] = ("current", "published", "history")


def rewrite(source: Path, destination: Path, change: Change, *, with_assets: bool = False) -> None:
    """Write a copy of a snapshot's content through `change`, assets only when asked for."""
    snapshot = Snapshot.open(source)

    def changed(place: str, rows: Iterator[bytes]) -> list[bytes]:
        kept = (change(place, decode_object(row)) for row in rows)
        return [encode(one) for one in kept if one is not None]

    with SnapshotWriter.begin(destination, chunk_format="ndjson") as writer:
        for entry in snapshot.manifest.files:
            if entry.kind == "resource":
                name = Path(entry.path).stem
                writer.resources(name, changed(name, iter(snapshot.resources(name))))
        for kind in _PER_MODEL:
            for model in snapshot.models():
                chunk = writer.chunks(kind, model)
                chunk.write(changed(kind, snapshot.rows(kind, model)))
                chunk.close()
        uploads = writer.chunks("uploads", None)
        uploads.write(changed("uploads", snapshot.rows("uploads")))
        uploads.close()
        writer.schedules(changed("schedules", iter(snapshot.schedules())))
        held = [one for one in snapshot.manifest.files if one.kind == "asset"]
        for entry in held if with_assets else []:
            sink = writer.blob()
            for piece in snapshot.asset(Path(entry.path).name):
                sink.write(piece)
            sink.finish()
        writer.commit(dataclasses.replace(snapshot.manifest.facts, tool_version="changed"))
