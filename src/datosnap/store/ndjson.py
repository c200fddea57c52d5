"""Keep records as lines of JSON, each the very bytes that were given, compressed or not.

Every batch becomes one gzip member or zstd frame of its own: any tool reads the file as a whole,
and each frame is a place from which reading could go on. pyarrow's codecs work on whole batches
and let other threads run meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Protocol

import pyarrow as pa

from datosnap.errors import CorruptSnapshotError
from datosnap.store.chunks import RECORD_MAX_BYTES, ByteSink, OpenTable, Written
from datosnap.store.names import ChunkKind, Compression

_EXTENSIONS: Mapping[Compression, str] = {
    "none": "ndjson",
    "gzip": "ndjson.gz",
    "zstd": "ndjson.zst",
}
# zstd 3 is the design's choice, gzip 6 is what gzip itself takes.
_LEVELS: Mapping[Compression, int] = {"gzip": 6, "zstd": 3}
_BLOCK_BYTES = 1024 * 1024


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes:
        """Give up to `size` bytes; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Ndjson:
    """NDJSON under one compression, at the level of the design or at another one."""

    compression: Compression
    level: int | None = None

    @property
    def extension(self) -> str:
        """Give how the names of its files end, without the first dot."""
        return _EXTENSIONS[self.compression]

    def encoder(
        self,
        sink: ByteSink,
        kind: ChunkKind,  # noqa: ARG002 - the lines are the same for every kind and model
        model: str | None,  # noqa: ARG002 - as said above
        open_table: OpenTable,  # noqa: ARG002 - lines have no tables beside them
    ) -> NdjsonEncoder:
        """Begin a file."""
        return self.lines(sink)

    def lines(self, sink: ByteSink) -> NdjsonEncoder:
        """Begin a file of any lines."""
        if self.compression == "none":
            return NdjsonEncoder(sink, None)
        level = self.level or _LEVELS[self.compression]
        return NdjsonEncoder(sink, pa.Codec(self.compression, compression_level=level))

    def rows(self, file: BufferedIOBase) -> Iterator[bytes]:
        """Give back the lines of a file, in order and as they were written.

        Memory: one block of 1 MiB and the longest line.
        Raises: CorruptSnapshotError when the file is not such a one; DiskError.
        """
        if self.compression == "none":
            yield from _lines(file)
        else:
            with pa.CompressedInputStream(pa.PythonFile(file, "r"), self.compression) as stream:
                yield from _lines(stream)

    def count(self, file: BufferedIOBase) -> int:
        """Count the lines of a file.

        Memory, Raises: as `rows` does.
        """
        return sum(1 for _ in self.rows(file))


class NdjsonEncoder:
    """Encode one file of lines."""

    def __init__(self, sink: ByteSink, codec: pa.Codec | None) -> None:
        self._sink = sink
        self._codec = codec

    def write(self, batch: Sequence[bytes]) -> None:
        """Add records as one frame; none of them holds a line break.

        Raises: DiskError.
        """
        text = b"\n".join((*batch, b""))
        if self._codec is not None:
            text = self._codec.compress(text, asbytes=True)
        self._sink.write(text)

    def finish(self) -> Written:
        """Tell that there is nothing beside the lines; the last frame is already with the sink."""
        return Written()

    def abandon(self) -> None:
        """Do nothing: nothing is held."""


def _lines(stream: _Readable) -> Iterator[bytes]:
    pieces: list[bytes] = []
    length = 0
    while block := _read(stream):
        *whole, tail = block.split(b"\n")
        if whole:
            yield b"".join((*pieces, whole[0]))
            yield from whole[1:]
            pieces, length = [], 0
        if tail:
            pieces.append(tail)
            length += len(tail)
        if length > RECORD_MAX_BYTES:
            raise CorruptSnapshotError(f"expected a line, found none in {length} bytes")
    if pieces:
        raise CorruptSnapshotError(f"expected whole lines, found {length} bytes after the last one")


def _read(stream: _Readable) -> bytes:
    try:
        return stream.read(_BLOCK_BYTES)
    except (OSError, pa.ArrowException) as error:  # the disk's own failures are DiskErrors by now
        raise CorruptSnapshotError(f"cannot decompress: {error}") from error
