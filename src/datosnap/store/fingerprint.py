"""Hash a file's bytes, to be compared with what the manifest says before one of them is used."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedIOBase

_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The size and the hashes of some bytes."""

    bytes: int
    sha256: str
    md5: str


def fingerprint(file: BufferedIOBase, on_bytes: Callable[[int], None]) -> Fingerprint:
    """Read a file to its end and hash it; `on_bytes` is told how many bytes each step read.

    Memory: one block of 1 MiB.
    Raises: DiskError.
    """
    size = 0
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    while block := file.read(_BLOCK_BYTES):
        sha256.update(block)
        md5.update(block)
        size += len(block)
        on_bytes(len(block))
    return Fingerprint(size, sha256.hexdigest(), md5.hexdigest())
