"""Small snapshots to be looked at, and ways of damaging files that are certain to change them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from datosnap.core.jsontext import encode
from datosnap.store.locations import Where
from datosnap.store.manifest import Gap, Manifest, ModelTotals, SnapshotFacts
from datosnap.store.names import ChunkFormat, ChunkKind, Compression
from datosnap.store.snapshot_writer import SnapshotWriter

FORMATS: tuple[tuple[ChunkFormat, Compression], ...] = (
    ("ndjson", "none"),
    ("ndjson", "gzip"),
    ("ndjson", "zstd"),
    ("parquet", "zstd"),
)
ASSETS = (b"\x89PNG\r\n\x1a\n and so on", b"", b"a text\n" * 400)


def record(number: int) -> bytes:
    """Make the bytes of a record, alike in nothing but its shape."""
    draw = Random(number)  # noqa: S311 - a repeatable draw is wanted
    return encode(
        {
            "type": "item",
            "id": f"record-{number}",
            "attributes": {"title": f"№ {number} · ünï", "noise": draw.randbytes(60).hex()},
            "meta": {
                "status": draw.choice(["draft", "updated", "published"]),
                "created_at": "2024-03-12T20:08:33.887+00:00",
                "is_valid": True,
            },
        }
    )


def facts(
    totals: Sequence[ModelTotals] = (), *, uploads: int = 0, gaps: tuple[Gap, ...] = ()
) -> SnapshotFacts:
    """Make what a manifest tells beside its files."""
    return SnapshotFacts(
        tool_version="0.1.0",
        project_id="1234",
        project_name="Höhle & Söhne",
        environment_id="main",
        started_at="2024-05-01T02:00:00+00:00",
        finished_at="2024-05-01T02:03:00+00:00",
        consistency="still",
        options={"history": "none"},
        role={"id": "7", "can_edit_schema": True},
        totals=tuple(totals),
        uploads_total=uploads,
        gaps=gaps,
        withheld=(),
        api_calls=42,
    )


@dataclass(frozen=True, slots=True)
class Content:
    """What a small snapshot holds."""

    site: tuple[bytes, ...] = (b'{"type":"site","id":"1"}',)
    schedules: tuple[bytes, ...] = (b'{"type":"scheduled_publication","id":"9"}',)
    posts: tuple[bytes, ...] = tuple(map(record, range(12)))
    published: tuple[bytes, ...] = (record(3),)
    versions: tuple[bytes, ...] = tuple(map(record, range(100, 104)))
    uploads: tuple[bytes, ...] = tuple(map(record, range(200, 203)))
    assets: tuple[bytes, ...] = ASSETS

    @property
    def totals(self) -> tuple[ModelTotals, ...]:
        """Count it by model."""
        counts = (len(self.posts), len(self.published), len(self.versions), len(self.posts))
        return (ModelTotals("post", "post-id", *counts), ModelTotals("tag", "t", 0, 0, 0, 0))


def write_snapshot(
    root: Where,
    chunk_format: ChunkFormat = "ndjson",
    compression: Compression = "zstd",
    content: Content | None = None,
) -> Manifest:
    """Write a small snapshot: two chunks of posts, one of all else, three assets."""
    held = content or Content()
    with SnapshotWriter.begin(
        root, chunk_format=chunk_format, compression=compression, chunk_max_bytes=1500
    ) as writer:
        writer.resources("site", held.site)
        writer.schedules(held.schedules)
        parts: tuple[tuple[ChunkKind, str | None, tuple[bytes, ...]], ...] = (
            ("current", "post", held.posts),
            ("published", "post", held.published),
            ("history", "post", held.versions),
            ("uploads", None, held.uploads),
        )
        for kind, model, rows in parts:
            chunk = writer.chunks(kind, model)
            for start in range(0, len(rows), 3):
                chunk.write(rows[start : start + 3])
            chunk.close()
        for data in held.assets:
            sink = writer.blob()
            sink.write(data)
            sink.finish()
        return writer.commit(facts(held.totals, uploads=len(held.uploads)))


def flip(data: bytes, bit: int) -> bytes:
    """Change one bit."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


def reseal(text: bytes) -> bytes:
    """Give a changed manifest a checksum that is right: for damage that hashes do not show."""
    blank = re.sub(rb'"checksum": "[0-9a-f]{64}"', b'"checksum": "' + b"0" * 64 + b'"', text)
    digest = hashlib.sha256(blank).hexdigest().encode()
    return blank.replace(b"0" * 64 + b'"\n}\n', digest + b'"\n}\n')


def files_under(root: Path) -> list[str]:
    """List all files, hidden ones too."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
