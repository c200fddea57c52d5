"""The family of failures; each class follows what the caller can do about it.

Each owns its exit code, and only `cli/main.py` turns one into the other. A failure never holds
a request or headers, so that a token cannot leak from what is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

# A value from outside is shown up to here: enough to recognise it, too little to flood a log.
QUOTED_MAX = 200


def quote(value: object) -> str:
    """Quote a value from outside for a message, cut and with control characters escaped."""
    text = repr(value)
    return text if len(text) <= QUOTED_MAX else text[: QUOTED_MAX - 1] + "…"


class BackupError(Exception):
    """Anything not below: a defect of ours, shown with its traceback."""

    exit_code: ClassVar[int] = 1


class UsageError(BackupError):
    """The request cannot be right; nothing was touched."""

    exit_code: ClassVar[int] = 2


class CallLimitError(UsageError):
    """As many API calls were made as were allowed; what was done so far is kept."""


class IncompleteError(BackupError):
    """The run finished, with gaps that its report lists."""

    exit_code: ClassVar[int] = 3


class CorruptSnapshotError(BackupError):
    """Bytes in the store are not the bytes that were written."""

    exit_code: ClassVar[int] = 4


class SnapshotNotFoundError(BackupError):
    """There is no snapshot at the place that was named."""

    exit_code: ClassVar[int] = 10


class SnapshotLockedError(BackupError):
    """Another run holds the place; the message says which and since when."""

    exit_code: ClassVar[int] = 11


class AccessRefusedError(BackupError):
    """The token is refused, or its role cannot see everything."""

    exit_code: ClassVar[int] = 12


class ApiError(BackupError):
    """The management API failed us."""

    exit_code: ClassVar[int] = 13


class UnavailableError(ApiError):
    """No usable answer came, after all the tries that were allowed."""


class OutcomeUnknownError(UnavailableError):
    """No usable answer came to a change that must not be repeated; it may have been made."""


class NonsenseError(ApiError):
    """An answer came that cannot be what was asked for."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One `api_error` of an answer: its code, and its details as JSON text."""

    code: str
    details: str


class RejectedError(ApiError):
    """The API understood the request and refused it; `problems` says why."""

    def __init__(self, message: str, *, status: int, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.problems = tuple(problems)

    def has_code(self, *codes: str) -> bool:
        """Tell whether the API named one of `codes`, at the top or inside the details."""
        return any(
            problem.code in codes or any(f'"{code}"' in problem.details for code in codes)
            for problem in self.problems
        )


class DiskError(BackupError):
    """The disk is full, read-only or failing."""

    exit_code: ClassVar[int] = 14
