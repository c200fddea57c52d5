"""Facts about the values of an answer."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from datosnap.core.jsontext import Json
from datosnap.store.cells import told

_UTC = pa.timestamp("us", "UTC")
_DAYS = pa.list_(pa.date32())
_TWO = pa.struct([("a", _DAYS), ("b", pa.int8())])


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (pa.bool_(), True, True),
        (pa.string(), "text", "text"),
        (pa.uint64(), 2**63 - 1, 2**63 - 1),
        (pa.uint64(), 2**63, str(2**63)),
        (pa.decimal128(38, 0), Decimal(7), 7),
        (pa.decimal128(38, 0), Decimal(-(2**63) - 1), str(-(2**63) - 1)),
        (pa.decimal128(38, 2), Decimal("7.25"), 7.25),
        (pa.decimal128(38, 9), Decimal("1234567890123.123456789"), "1234567890123.123456789"),
        (pa.decimal128(38, 20), Decimal("0.00000000000000000012"), 1.2e-19),
        (_UTC, datetime.fromisoformat("2026-01-02T03:04:05Z"), "2026-01-02T03:04:05+00:00"),
        (_UTC, datetime.fromisoformat("2026-01-02T03:04:05.006Z"), "2026-01-02T03:04:05.006+00:00"),
        (pa.timestamp("us"), -1, "1969-12-31T23:59:59.999999"),
        (pa.timestamp("ns"), 123_456_789, "1970-01-01T00:00:00.123456789"),
        (pa.timestamp("s"), 253_402_300_800, "10000-01-01T00:00:00"),
        (pa.timestamp("us"), 2**63 - 1, "infinity"),
        (_UTC, 1 - 2**63, "-infinity"),
        (pa.date32(), date(2026, 1, 2), "2026-01-02"),
        (pa.date32(), 2_932_897, "10000-01-01"),
        (pa.date32(), -719_528, "0000-01-01"),
        (pa.date32(), -719_529, "-0001-12-31"),
        (pa.date32(), 2**31 - 1, "infinity"),
        (pa.time64("us"), 11_045_000_000, "03:04:05"),
        (pa.time64("us"), 86_400_000_000, "24:00:00"),
        (pa.time64("ns"), 1_000, "00:00:00.000001"),
        (pa.binary(), b"\xff{}", "\\xff{}"),
        (pa.dictionary(pa.int8(), pa.string()), "draft", "draft"),
        (
            _TWO,
            {"a": [0, None]},
            {"a": ["1970-01-01", None], "b": None},
        ),
        (pa.list_(pa.decimal128(5, 1), 2), [Decimal("1.5"), None], [1.5, None]),
        (pa.map_(pa.string(), pa.date32()), [("a", 1)], {"a": "1970-01-02"}),
        (pa.map_(pa.int64(), _DAYS), [(7, [1]), (8, None)], {"7": ["1970-01-02"], "8": None}),
    ],
)
def test_value_becomes_one_of_json(kind: pa.DataType, given: Json, expected: Json) -> None:
    """Numbers stay numbers where they keep their digits; a moment is ISO 8601, in any year."""
    values = list(told(pa.array([given, None], kind)))

    assert values == [expected, None]
    assert type(values[0]) is type(expected)
