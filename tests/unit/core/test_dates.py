"""Whether a record has the dates that it should have."""

from __future__ import annotations

import pytest

from datosnap.core.dates import Dates, dates_of

_THEN, _LATER = "2018-11-24T10:00:00.000+00:00", "2018-11-25T10:00:00.000+00:00"


@pytest.mark.parametrize(
    ("held", "wanted", "lacks"),
    [
        (Dates(_THEN), Dates(_THEN), False),
        (Dates(_THEN), Dates(_LATER), True),
        (Dates(_THEN), Dates("2018-11-24T11:00:00+01:00"), False),
        (Dates(_THEN, _LATER), Dates(_THEN), False),
        (Dates(_THEN), Dates(_THEN, _LATER), True),
        (Dates(_THEN, _THEN), Dates(_THEN, _LATER), True),
        (Dates("long ago"), Dates(_THEN), True),
        (Dates(), Dates(), False),
    ],
)
def test_a_date_that_differs_is_lacking(held: Dates, wanted: Dates, *, lacks: bool) -> None:
    """Moments are compared, not how they are written; what the source lacks is no difference."""
    assert held.lacks(wanted) is lacks


def test_a_request_carries_what_there_is() -> None:
    """A date that is not there is not sent; what else a record says of itself is left out."""
    meta = {"created_at": _THEN, "first_published_at": None, "status": "draft"}

    assert dates_of(meta).meta() == {"created_at": _THEN}
