"""`datosnap doctor` with the installed command, against healthy and ailing projects."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.resources.environments import forked
from datosnap.sandbox.state import Project
from tests.conftest import SampleProject
from tests.support.sandboxes import Ended, Sandbox, datosnap, reach, sandbox


def project_of(server: Sandbox, token: str) -> Project:
    """Find the project that a token opens."""
    return next(one for one in server.world.projects.values() if token in one.tokens)


def checks(ended: Ended, name: str) -> list[JsonObject]:
    """Give the checks of a name."""
    return [one for one in ended.document["checks"] if one["name"] == name]


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at no state of the machine that runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


def test_a_healthy_project_ends_with_0(sample: SampleProject, tmp_path: Path) -> None:
    """One line a check, each ok, and no trace at the destination."""
    ended = datosnap("doctor", *sample.reach, "--destination", "later", folder=tmp_path)

    assert ended.code == 0, ended.out
    lines = ended.out.splitlines()
    assert {line.split()[0] for line in lines} == {"ok"}
    for name in ("token", "rate limit", "clock", "environment", "role", "quotas", "disk space"):
        assert any(line[9:].startswith(name) for line in lines), name
    assert list(tmp_path.iterdir()) == []
    assert sample.token not in ended.out + ended.err


def test_a_wrong_token_ends_with_12(sample: SampleProject, tmp_path: Path) -> None:
    """The code that an export would end with."""
    wrong = reach(sample.server, "wrong-token-canary")

    ended = datosnap("doctor", *wrong, "--json", folder=tmp_path)

    assert ended.code == ended.document["exit_code"] == 12
    assert checks(ended, "token")[0]["state"] == "problem"
    assert "wrong-token-canary" not in ended.out + ended.err
    assert datosnap("export", "out", *wrong, folder=tmp_path).code == 12


def test_an_unknown_environment_ends_with_2(sample: SampleProject, tmp_path: Path) -> None:
    """As an export would, and the others are named."""
    ended = datosnap("doctor", *sample.reach, "-e", "staging", folder=tmp_path)

    assert ended.code == 2
    assert "found: main" in ended.out
    assert datosnap("export", "out", *sample.reach, "-e", "staging", folder=tmp_path).code == 2


def test_nobody_there_ends_with_13(tmp_path: Path) -> None:
    """A server that was stopped: the doctor says so soon."""
    with sandbox() as server:
        gone = reach(server, "any")

    ended = datosnap("doctor", *gone, "--json", folder=tmp_path)

    assert ended.code == 13
    assert "cannot connect" in checks(ended, "token")[0]["found"]


def test_a_restricted_role_ends_with_12(tmp_path: Path) -> None:
    """A token whose role reads one model only is found out before an export lies."""
    with sandbox() as server:
        token = server.new_project()
        project = project_of(server, token)
        identity = project.tokens[token]
        link = project.of_type("access_token")[identity["id"]]["relationships"]["role"]["data"]
        held = project.of_type("role")[link["id"]]["meta"]["final_permissions"]
        held["positive_item_type_permissions"][0]["item_type"] = "abc"

        ended = datosnap("doctor", *reach(server, token), "--json", folder=tmp_path)

    assert ended.code == 12
    assert "records" in checks(ended, "role")[0]["found"]


def test_left_over_forks_are_named_and_removed(tmp_path: Path) -> None:
    """First listed, then destroyed on demand, each named before; other forks stay."""
    with sandbox() as server:
        token = server.new_project()
        environments = project_of(server, token).environments
        for name in ("datosnap-backup-20260104", "staging"):
            environments[name] = forked(environments["main"], name, "2026-01-04T02:00:00.000Z")
        look = ("doctor", *reach(server, token))

        listed = datosnap(*look, "--json", folder=tmp_path)
        kept = set(environments)
        removed = datosnap(*look, "--remove-leftovers", folder=tmp_path)

        assert listed.code == removed.code == 0
        assert [one["state"] for one in checks(listed, "left-overs")] == ["warning"]
        assert kept == {"main", "staging", "datosnap-backup-20260104"}
        assert set(environments) == {"main", "staging"}
        assert "removing the left-over environment datosnap-backup-20260104" in removed.err


def test_quotas_and_maintenance_are_warnings(tmp_path: Path) -> None:
    """An export works all the same: the code is 0."""
    with sandbox() as server:
        token = server.new_project()
        project = project_of(server, token)
        project.maintenance = True
        project.limits["roles"] = 2

        ended = datosnap("doctor", *reach(server, token), "--json", folder=tmp_path)

    assert ended.code == 0
    assert checks(ended, "maintenance")[0]["state"] == "warning"
    assert checks(ended, "quotas")[0]["found"] == "2 of 2 roles are used"


def test_a_destination_below_a_file_is_a_problem(sample: SampleProject, tmp_path: Path) -> None:
    """The doctor ends as the export would."""
    (tmp_path / "taken").write_text("")
    at = ("--destination", "taken/x")

    ended = datosnap("doctor", *sample.reach, *at, folder=tmp_path)

    assert ended.code == datosnap("export", "taken/x", *sample.reach, folder=tmp_path).code == 2
    assert "problem  destination" in ended.out
