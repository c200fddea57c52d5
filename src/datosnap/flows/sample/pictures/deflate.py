"""Compress runs of equal bytes into a zlib stream that is the same on every machine.

The standard library's `zlib` may be any of several libraries, and each packs the same pixels
into other bytes; the pictures' hashes stand in snapshots that must not depend on that. Only
runs are looked for, with the fixed codes of the format, which suits flat drawings.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

_RUN = re.compile(rb"(.)\1*", re.DOTALL)
# RFC 1950: 32 KB window, fastest level
_HEADER = b"\x78\x01"
# RFC 1951 3.2.3: the one block, last, with fixed codes; bits in the order in which they are sent
_BLOCK_START = "1" + "10"
_BLOCK_END = "0000000"
# RFC 1951 3.2.5: the distance code of 1, one byte back
_ONE_BACK = "00000"
_LONGEST = 258
_SHORTEST = 3
# RFC 1951 3.2.5: first length of each length code from 257, and how many more bits it carries
_LENGTH_BASES = (
    *range(3, 11),
    *range(11, 19, 2),
    *range(19, 35, 4),
    *range(35, 67, 8),
    *range(67, 131, 16),
    *range(131, 258, 32),
    _LONGEST,
)
_EXTRA_BITS = (*(0,) * 8, *(1,) * 4, *(2,) * 4, *(3,) * 4, *(4,) * 4, *(5,) * 4, 0)
# RFC 1951 3.2.6: fixed codes, as (first symbol, first code, bits)
_FIXED_CODES = ((0, 0x30, 8), (144, 0x190, 9), (256, 0, 7), (280, 0xC0, 8))


def compress_runs(data: bytes) -> bytes:
    """Pack bytes into a zlib stream.

    Source: RFC 1950 and RFC 1951.
    """
    bits = _BLOCK_START + "".join(_run_bits(data)) + _BLOCK_END
    byte_count = -(-len(bits) // 8)
    packed = int(bits[::-1], 2).to_bytes(byte_count, "little")
    return _HEADER + packed + zlib.adler32(data).to_bytes(4, "big")


def _run_bits(data: bytes) -> Iterator[str]:
    literals = [_code(value) for value in range(256)]
    lengths: dict[int, str] = {}
    for run in _RUN.finditer(data):
        literal = literals[data[run.start()]]
        left = run.end() - run.start() - 1
        yield literal
        while left >= _SHORTEST:
            length = min(left, _LONGEST)
            if length not in lengths:
                lengths[length] = _length_bits(length) + _ONE_BACK
            yield lengths[length]
            left -= length
        yield literal * left


def _length_bits(length: int) -> str:
    index = max(i for i, base in enumerate(_LENGTH_BASES) if base <= length)
    extra = _EXTRA_BITS[index]
    # extra bits travel lowest first, unlike codes
    rest = f"{length - _LENGTH_BASES[index]:0{extra}b}"[::-1] if extra else ""
    return _code(257 + index) + rest


def _code(symbol: int) -> str:
    first, code, bits = max(row for row in _FIXED_CODES if row[0] <= symbol)
    return f"{code + symbol - first:0{bits}b}"
