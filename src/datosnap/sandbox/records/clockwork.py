"""Read and write moments the way records carry them: milliseconds and `+00:00`.

A time without an offset is meant in the project's time zone; so is every `date_time` value of a
project that never opted into improved time zones, whatever offset it names.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from datosnap.core.jsontext import Json
from datosnap.sandbox.state import Environment, offset_time


def zone_of(environment: Environment) -> tzinfo:
    """Give the project's time zone, UTC where the system does not know it."""
    try:
        return ZoneInfo(environment.site["attributes"].get("timezone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def moment(text: Json, zone: tzinfo) -> datetime | None:
    """Read an ISO 8601 time; None when it is none."""
    if not isinstance(text, str) or "T" not in text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=zone)


def day(text: Json) -> date | None:
    """Read a date as `2026-02-01`; None when it is none."""
    if not isinstance(text, str):
        return None
    try:
        read = date.fromisoformat(text)
    except ValueError:
        return None
    return read if read.isoformat() == text else None


def record_time(text: Json, environment: Environment) -> str | None:
    """Read a time of a record's meta and write it the API's way; None when it is none."""
    read = moment(text, zone_of(environment))
    return offset_time(read) if read else None


def stored_date_time(text: str, environment: Environment) -> str | None:
    """Give a `date_time` value as the project keeps it; None when it is no time."""
    zone = zone_of(environment)
    read = moment(text, zone)
    if read is None:
        return None
    flags = environment.site.get("meta") or {}
    follows_offset = flags.get("improved_timezone_management", True)
    keeps_milliseconds = flags.get("milliseconds_in_datetime", True)
    has_offset = datetime.fromisoformat(text).tzinfo is not None
    if follows_offset and has_offset and (keeps_milliseconds or not read.microsecond):
        return text
    local = read if follows_offset else read.replace(tzinfo=zone)
    precision = "milliseconds" if keeps_milliseconds and local.microsecond else "seconds"
    return local.isoformat(timespec=precision)
