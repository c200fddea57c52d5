"""Keep the commit record of a snapshot: what it holds, how it came about, what is missing.

It is written last and names only files that are durable. It carries a SHA-256 of its own text,
so that no changed byte goes unnoticed in the one file that no other file vouches for.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import msgspec

from datosnap.core.jsontext import JsonObject, decode_object, encode_pretty
from datosnap.errors import CorruptSnapshotError, NonsenseError, UsageError, quote
from datosnap.store import names
from datosnap.store.names import ChunkFormat, ColumnOf, Compression, Kind

FORMAT_VERSION = 1
READABLE_VERSIONS = (1,)

Consistency: TypeAlias = Literal["forked", "still", "moving", "unchecked"]

_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
_Sha256: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]

# In every format version the checksum is the last member and 64 digits long, so that damage can
# be told from a version that we do not read.
_CHECKSUM = re.compile(rb'("checksum": ")([0-9a-f]{64})("\n\}\n)\Z')
_BLANK = b"0" * 64


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of the snapshot; `rows` is None for an asset, `model` for what has none."""

    path: str
    kind: Kind
    model: str | None
    rows: _Count | None
    bytes: _Count
    sha256: _Sha256


@dataclass(frozen=True, slots=True)
class ModelTotals:
    """How much of a model the snapshot holds, beside the API's own count of its records."""

    model: str
    item_type_id: str
    records: _Count
    published_copies: _Count
    versions: _Count
    api_total: _Count


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that should be in the snapshot and is not."""

    kind: str
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A secret that was left out on purpose."""

    kind: str
    id: str
    what: str


@dataclass(frozen=True, slots=True)
class Misfit:
    """How many values of a column of a model's table had no place there; the records have them."""

    model: str | None
    column: str
    values: _Count


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """How the snapshot came about and what it should hold; times as ISO 8601 text."""

    tool_version: str
    project_id: str
    project_name: str
    environment_id: str
    started_at: str
    finished_at: str
    consistency: Consistency
    options: JsonObject
    role: JsonObject
    totals: tuple[ModelTotals, ...]
    uploads_total: _Count
    gaps: tuple[Gap, ...]
    withheld: tuple[Withheld, ...]
    api_calls: _Count


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole record; `files` are in the order of their paths.

    Without `keeps_raw` it holds typed columns alone, of which nothing can be restored.
    """

    chunk_format: ChunkFormat
    compression: Compression
    facts: SnapshotFacts
    files: tuple[FileEntry, ...]
    format_version: int = FORMAT_VERSION
    keeps_raw: bool = True
    misfits: tuple[Misfit, ...] = ()

    @property
    def complete(self) -> bool:
        """Tell whether nothing is missing and nothing moved while it was taken."""
        return not self.facts.gaps and self.facts.consistency != "moving"


def tally(counts: Iterable[Mapping[ColumnOf, int]]) -> tuple[Misfit, ...]:
    """Add up the misfits of several lists, in the order of their models and columns."""
    total = Counter[ColumnOf]()
    for one in counts:
        total.update(one)
    found = (Misfit(model, column, values) for (model, column), values in total.items())
    return tuple(sorted(found, key=lambda one: (one.model or "", one.column)))


def encode(manifest: Manifest) -> bytes:
    """Write a manifest.

    Shape: `{"format_version", "complete", "chunk_format", "compression", "keeps_raw", "facts":
    {…}, "misfits": [{"model", "column", "values"}], "files": [{"path", "kind", "model", "rows",
    "bytes", "sha256"}], "checksum"}`, two spaces a level; members of `facts` as in
    `SnapshotFacts`. `checksum` is the SHA-256 of the whole text, its own 64 digits taken as zeros.
    """
    text = encode_pretty(
        {
            "format_version": manifest.format_version,
            "complete": manifest.complete,
            "chunk_format": manifest.chunk_format,
            "compression": manifest.compression,
            "keeps_raw": manifest.keeps_raw,
            "facts": manifest.facts,
            "misfits": manifest.misfits,
            "files": manifest.files,
            "checksum": _BLANK.decode(),
        }
    )
    return _CHECKSUM.sub(rb"\g<1>" + _digest(text) + rb"\g<3>", text)


def decode(text: bytes) -> Manifest:
    """Read a manifest and believe nothing that does not fit together.

    Memory: about three times the text.
    Raises: CorruptSnapshotError when it is not as it was written; UsageError when it is, by a
    version of datosnap whose format this one does not read.
    """
    _check_text(text)
    manifest = _typed(text)
    seen: set[str] = set()
    for entry in manifest.files:
        if not names.belongs(entry.path, entry.kind, entry.model):
            raise _corrupt(f"{entry.path!r} is no path for a file of kind {entry.kind}")
        if (entry.rows is None) != (entry.kind == "asset"):
            raise _corrupt(f"{entry.path!r} must have a number of rows unless it is an asset")
        if entry.path in seen:
            raise _corrupt(f"{entry.path!r} is named twice")
        seen.add(entry.path)
    return manifest


def _check_text(text: bytes) -> None:
    found = _CHECKSUM.search(text)
    if found is None:
        raise _corrupt("it does not end with its checksum")
    blank = text[: found.start(2)] + _BLANK + text[found.end(2) :]
    if _digest(blank) != found[2]:
        raise _corrupt(f"expected SHA-256 {found[2].decode()}, found {_digest(blank).decode()}")


def _typed(text: bytes) -> Manifest:
    try:
        version = decode_object(text).get("format_version")
        if version not in READABLE_VERSIONS:
            raise UsageError(
                f"expected a snapshot of format version {_or(READABLE_VERSIONS)}, found "
                f"{quote(version)}; read it with a newer datosnap"
            )
        return msgspec.json.decode(text, type=Manifest)
    except (NonsenseError, msgspec.DecodeError, RecursionError) as error:
        raise _corrupt(str(error)) from None


def _corrupt(what: str) -> CorruptSnapshotError:
    return CorruptSnapshotError(f"{names.MANIFEST} is damaged: {what}")


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode("ascii")


def _or(versions: tuple[int, ...]) -> str:
    return " or ".join(map(str, versions))
