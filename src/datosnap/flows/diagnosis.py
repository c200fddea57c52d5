"""What a check found, how bad that is, what to do about it, and the exit code it would cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from datosnap.errors import BackupError

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `exit_code` is 0 unless it is a problem."""

    name: str
    state: State
    found: str
    advice: str = ""
    exit_code: int = 0


def fine(name: str, found: str) -> Check:
    """Tell that all is well."""
    return Check(name, "ok", found)


def warn(name: str, found: str, advice: str) -> Check:
    """Tell of something that stops no export, or not yet."""
    return Check(name, "warning", found, advice)


def problem(name: str, found: str, advice: str, cause: type[BackupError]) -> Check:
    """Tell of something that would end an export with the exit code of `cause`."""
    return Check(name, "problem", found, advice, cause.exit_code)


def failed(name: str, error: BackupError, advice: str = "") -> Check:
    """Tell of a failure that was met, whose message may say itself what to do."""
    return Check(name, "problem", str(error), advice, error.exit_code)
