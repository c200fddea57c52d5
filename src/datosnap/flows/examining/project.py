"""Look at a project through the API: token, environments, limits, clock.

Five calls. What cannot be read is told as such; only what would end an export is a problem.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from datosnap.api.client import Client
from datosnap.core.jsontext import JsonObject
from datosnap.errors import AccessRefusedError, ApiError, BackupError
from datosnap.flows.diagnosis import Check, failed, fine, warn
from datosnap.flows.examining.environments import examine_environments

# Re-reading what changed takes two minutes of margin; half of it is left to the other errors.
_CLOCK_TOLERANCE = timedelta(minutes=1)
# The server's time is cut to a second.
_SECOND = timedelta(seconds=1)
_NEARLY = 0.9
_WINDOW_S = 3
_ASSET_QUOTA = "uploadable_bytes"
_REFUSED_ADVICE = "compare token and address with those in the project's settings, under API tokens"

Now = Callable[[], datetime]


@dataclass(slots=True)
class Findings:
    """What is known of a project so far."""

    checks: list[Check] = field(default_factory=list)
    leftovers: tuple[JsonObject, ...] = ()
    asset_bytes: int | None = None


async def examine_project(client: Client, wanted: str | None, *, now: Now) -> Findings:
    """Check a project and its environment, the primary one when none is `wanted`.

    Raises: nothing for what goes wrong with the API: that is a finding.
    """
    findings = Findings()
    before = now()
    try:
        me = await client.get_object("/users/me", {"include": "role"})
    except (AccessRefusedError, ApiError) as error:
        return Findings([failed("token", error, _REFUSED_ADVICE)])
    heard = client.heard
    findings.checks += [_token(me), _rate(heard.limit), _clock(heard.served_at, before, now())]
    environments = await examine_environments(client, wanted, _included_role(me))
    findings.checks += environments.checks
    findings.leftovers = environments.leftovers
    await _maintenance(client, findings)
    await _quotas(client, findings)
    return findings


def _token(me: JsonObject) -> Check:
    who = me["data"]
    return fine("token", f"accepted, as {who['type']} {who['id']}")


def _included_role(me: JsonObject) -> JsonObject | None:
    included: list[JsonObject] = me.get("included") or []
    return next((one for one in included if one["type"] == "role"), None)


def _rate(limit: int | None) -> Check:
    if limit is None:
        return warn("rate limit", "the API tells none", "60 requests in 3 s are kept to")
    return fine(
        "rate limit", f"{limit:,} requests in {_WINDOW_S} s, {limit / _WINDOW_S:,.0f} a second"
    )


def _clock(served_at: datetime | None, before: datetime, after: datetime) -> Check:
    if served_at is None:
        return warn("clock", "the API tells no time", "compare this machine's clock yourself")
    ahead, behind = before - served_at - _SECOND, served_at - after
    off = max(ahead, behind, timedelta(0))
    found = f"{off.total_seconds():.0f} s {'ahead of' if ahead > behind else 'behind'} the server's"
    if off > _CLOCK_TOLERANCE:
        return warn("clock", found, "set this machine's clock: changes are found by their times")
    return fine("clock", "agrees with the server's" if off < _SECOND else found)


async def _maintenance(client: Client, findings: Findings) -> None:
    try:
        answer = await client.get_object("/maintenance-mode")
    except (AccessRefusedError, ApiError) as error:
        findings.checks.append(_unread("maintenance", error))
        return
    if answer["data"]["attributes"].get("active"):
        advice = "an export works; nothing can be imported into the primary environment"
        findings.checks.append(warn("maintenance", "maintenance mode is on", advice))
    else:
        findings.checks.append(fine("maintenance", "maintenance mode is off"))


async def _quotas(client: Client, findings: Findings) -> None:
    try:
        answer = await client.get_object("/subscription-limits")
    except (AccessRefusedError, ApiError) as error:
        findings.checks.append(_unread("quotas", error))
        return
    limits = [one["attributes"] for one in answer["data"]]
    findings.asset_bytes = next(
        (one["usage"] for one in limits if one["code"] == _ASSET_QUOTA), None
    )
    near = [check for one in limits if (check := _quota(one)) is not None]
    findings.checks += near or [fine("quotas", f"none of {len(limits)} is nearly used up")]


def _quota(limit: JsonObject) -> Check | None:
    """Tell of a quota that is used up, or nearly; a plan without a limit names none."""
    usage, most = limit.get("usage"), limit.get("limit")
    if usage is None or most is None or usage < most * _NEARLY:
        return None
    found = f"{usage:,} of {most:,} {limit['code']} are used"
    if usage < most:
        return warn("quotas", found, "an import may not fit; look at the project's plan")
    return warn("quotas", found, "what needs more may be refused; look at the project's plan")


def _unread(name: str, error: BackupError) -> Check:
    return warn(name, f"cannot be read: {error}", "look at the project's settings")
