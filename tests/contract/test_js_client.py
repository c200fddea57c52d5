"""The official JavaScript client cannot tell the sandbox from the service."""

from __future__ import annotations

import re

import pytest

from datosnap.sandbox.routing import Row
from datosnap.sandbox.server import JobMode
from datosnap.sandbox.tables import DASHBOARD, ENDPOINTS
from tests.support.node import judge, known_endpoints
from tests.support.sandboxes import sandbox

# What the sandbox owes its judges; there are many more.
_CHECKS_MIN = 60
_NO_SSO = "a sandbox has no identity provider to take people from"
_NO_BACKUP = "holds nothing that a backup reads or recreates"
# method and path of what the client can ask and a sandbox does not answer -> why
_LEFT_OUT = {
    "DELETE /sso-groups/{}": _NO_SSO,
    "DELETE /sso-users/{}": _NO_SSO,
    "GET /emoji-suggestions": _NO_BACKUP,
    "GET /sso-settings": _NO_SSO,
    "GET /sso-users/{}": _NO_SSO,
    "GET /white-label-settings": _NO_BACKUP,
    "POST /sso-groups/{}/copy-roles": _NO_SSO,
    "POST /sso-users/copy-users": _NO_SSO,
    "PUT /sso-groups/{}": _NO_SSO,
    "PUT /sso-settings": _NO_SSO,
    "PUT /sso-settings/generate-token": _NO_SSO,
    "PUT /white-label-settings": _NO_BACKUP,
}


@pytest.mark.usefixtures("official")
@pytest.mark.parametrize("jobs", ["sync", "async"])
def test_every_check_of_the_official_client_holds(jobs: JobMode) -> None:
    """The scenario passes with answers at once, and with jobs that are polled."""
    with sandbox(jobs=jobs) as server:
        judged = judge(server.base_url)

    assert [f"{check.suite}: {check.name}\n{check.error}" for check in judged.failed] == []
    names = {(check.suite, check.name) for check in judged.checks}
    assert len(names) == len(judged.checks) >= _CHECKS_MIN
    assert (judged.code, judged.err) == (0, "")


@pytest.mark.usefixtures("official")
def test_checks_that_do_not_hold_are_told() -> None:
    """A false statement, a refusal, a missing one, an empty check and a stop all count."""
    with sandbox() as server:
        judged = judge(server.base_url, "--wrong")

    assert [(check.name, check.ok) for check in judged.checks] == [
        ("a right check", True),
        ("a false statement", False),
        ("an unexpected refusal", False),
        ("a refusal of another code", False),
        ("a refusal that does not come", False),
        ("a check that asserts nothing", False),
        ("the suite goes through", False),
    ]
    assert judged.code == 1
    assert all(check.error for check in judged.failed)


@pytest.mark.usefixtures("official")
def test_every_endpoint_of_the_client_is_served_or_left_out_for_a_reason() -> None:
    """What the client can ask and the sandbox does not answer is exactly the list above."""
    rows: list[Row] = [*ENDPOINTS, *DASHBOARD]
    served = {f"{row.method} {re.sub(r'{[^}]*}', '{}', row.path)}" for row in rows}

    assert known_endpoints() - served == _LEFT_OUT.keys()
