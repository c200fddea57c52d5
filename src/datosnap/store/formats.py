"""Find the way of keeping records by its name, when writing, or by a file's name, when reading."""

from __future__ import annotations

from collections.abc import Mapping

from datosnap.errors import UsageError, quote
from datosnap.store.chunks import RecordFormat
from datosnap.store.columns.shape import Shape
from datosnap.store.columns.tables import Tables
from datosnap.store.names import ChunkFormat, Compression
from datosnap.store.ndjson import Ndjson
from datosnap.store.parquet import Parquet

_FORMATS: tuple[ChunkFormat, ...] = ("ndjson", "parquet")
_COMPRESSIONS: tuple[Compression, ...] = ("none", "gzip", "zstd")
# How a Parquet file is compressed is told by its pages.
_BY_EXTENSION: Mapping[str, RecordFormat] = {
    **{Ndjson(one).extension: Ndjson(one) for one in _COMPRESSIONS},
    "parquet": Parquet("zstd"),
}


def format_named(
    name: ChunkFormat,
    compression: Compression,
    shape: Shape | None = None,
    *,
    keeps_raw: bool = True,
) -> RecordFormat:
    """Choose the way in which a new snapshot keeps records; `shape` is for typed columns.

    Without `keeps_raw` typed columns are all that is kept.

    Raises: UsageError when there is no such way.
    """
    if name not in _FORMATS:
        raise UsageError(f"expected a format of {', '.join(_FORMATS)}, found {quote(name)}")
    if compression not in _COMPRESSIONS:
        raise UsageError(
            f"expected a compression of {', '.join(_COMPRESSIONS)}, found {quote(compression)}"
        )
    if name == "parquet":
        return Parquet(compression, tables=Tables(shape), keeps_raw=keeps_raw)
    if not keeps_raw:
        raise UsageError("only the format parquet can leave records out, found ndjson")
    return Ndjson(compression)


def format_of(path: str) -> RecordFormat:
    """Choose the reader of a file, by the path that the manifest vouches for."""
    return _BY_EXTENSION[path.rpartition("/")[2].partition(".")[2]]
