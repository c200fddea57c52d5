"""Failures own their exit codes, and quote what comes from outside with care."""

from __future__ import annotations

import pytest

from datosnap import errors
from datosnap.errors import ApiError, BackupError, Problem, RejectedError, quote

# As the table of exit codes in the README has them.
_CODES = {
    errors.BackupError: 1,
    errors.UsageError: 2,
    errors.CallLimitError: 2,
    errors.IncompleteError: 3,
    errors.CorruptSnapshotError: 4,
    errors.SnapshotNotFoundError: 10,
    errors.SnapshotLockedError: 11,
    errors.AccessRefusedError: 12,
    errors.ApiError: 13,
    errors.UnavailableError: 13,
    errors.OutcomeUnknownError: 13,
    errors.NonsenseError: 13,
    errors.RejectedError: 13,
    errors.DiskError: 14,
}


def _family(root: type[BackupError]) -> set[type[BackupError]]:
    return {root}.union(*map(_family, root.__subclasses__()))


def test_every_failure_has_its_exit_code() -> None:
    """The whole family is known, each member with its code."""
    ours = {one for one in _family(BackupError) if one.__module__ == errors.__name__}
    assert ours == set(_CODES)
    assert {one: one.exit_code for one in ours} == _CODES


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("a", "'a'"),
        ("two\nlines\x1b[31m", r"'two\nlines\x1b[31m'"),
        (None, "None"),
        ("x" * 198, "'" + "x" * 198 + "'"),
        ("x" * 199, "'" + "x" * 198 + "…"),
        (["x" * 500], "['" + "x" * 197 + "…"),
    ],
)
def test_values_from_outside_are_quoted_and_cut(value: object, quoted: str) -> None:
    """A quoted value is one line of at most 200 characters without control characters."""
    assert quote(value) == quoted
    assert len(quote(value)) <= 200


def test_a_refusal_names_its_problems() -> None:
    """A code is found at the top and inside the details, whole and not in part."""
    problems = [Problem("INVALID_FIELD", '{"field":"id","code":"VALIDATION_UNIQUE"}')]
    refused = RejectedError("no", status=422, problems=problems)

    assert (str(refused), refused.status, refused.problems) == ("no", 422, tuple(problems))
    assert refused.has_code("INVALID_FIELD")
    assert refused.has_code("OTHER", "VALIDATION_UNIQUE")
    assert not refused.has_code("VALIDATION", "INVALID")
    assert not refused.has_code()
    assert isinstance(refused, ApiError)


def test_a_refusal_may_come_without_a_problem() -> None:
    """Where the API gives no reason no code is found."""
    assert not RejectedError("no", status=404).has_code("NOT_FOUND")
