"""Refuse what a project's plan has no room for, and tell how much is used.

A sandbox project has no limits unless they are set; then creating beyond one is refused as the
API does. Source: `PLAN_UPGRADE_REQUIRED` names the limit; `/subscription-limits` lists all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.state import Project

# What is counted for each limit, in the environment the request is for.
_USED: Mapping[str, Callable[[Call], int]] = MappingProxyType(
    {
        "items": lambda call: len(call.environment.items),
        "item_types": lambda call: len(call.environment.of_type("item_type")),
        "locales": lambda call: len(call.environment.site["attributes"]["locales"]),
        "plugins": lambda call: len(call.environment.of_type("plugin")),
        "sandbox_environments": lambda call: len(call.project.environments) - 1,
        "roles": lambda call: len(call.project.of_type("role")),
        "users": lambda call: len(call.project.of_type("user")),
        "access_tokens": lambda call: len(call.project.of_type("access_token")),
        "build_triggers": lambda call: len(call.project.of_type("build_trigger")),
        "uploadable_bytes": lambda call: stored_bytes(call.project),
    }
)


def stored_bytes(project: Project) -> int:
    """Count the bytes of all uploads; what was PUT and never made one does not count."""
    waiting = project.upload_requests
    return sum(len(body) for path, body in project.blobs.items() if path not in waiting)


def check_quota(call: Call, code: str, used: int, wanted: int = 1) -> None:
    """Refuse to go beyond a limit.

    Raises: ApiFailure PLAN_UPGRADE_REQUIRED.
    """
    limit = call.project.limits.get(code)
    if limit is not None and used + wanted > limit:
        raise ApiFailure("PLAN_UPGRADE_REQUIRED", {"limit": code})


def usages(call: Call) -> dict[str, int]:
    """Tell how much of each limit is used."""
    return {code: count(call) for code, count in _USED.items()}
