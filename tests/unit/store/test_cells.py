"""Facts about the values of an answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from datosnap.core.jsontext import Json
from datosnap.store.cells import plain


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, None),
        (True, True),
        ("text", "text"),
        (2**63 - 1, 2**63 - 1),
        (2**63, str(2**63)),
        (-(2**63) - 1, str(-(2**63) - 1)),
        (Decimal(7), 7),
        (Decimal("7.25"), 7.25),
        (Decimal(2**70), str(2**70)),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
        (datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC), "2026-01-02T03:04:05.006+00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4), "03:04:00"),
        (b"\xff{}", "\\xff{}"),
        (timedelta(days=1), "1 day, 0:00:00"),
        ([Decimal(1), {"a": date(2026, 1, 2)}], [1, {"a": "2026-01-02"}]),
    ],
)
def test_value_becomes_one_of_json(given: Json, told: Json) -> None:
    """Numbers stay numbers where JSON's readers take them, moments are ISO 8601."""
    assert plain(given) == told
    assert type(plain(given)) is type(told)
