"""A token that cannot see everything: refused, or accepted with the gap named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.flows.exporting.options import ExportOptions
from datosnap.sandbox.fault_acts import Rewrite
from datosnap.sandbox.faults import Fault
from tests.support.exporting import Outcome, content_of, outcome, served, settings_of
from tests.support.sandboxes import datosnap
from tests.support.small_projects import SmallProject, small_project
from tests.unit.sandbox.roleplay import everything, role, rule, token_of


def _one_model(project: SmallProject) -> JsonObject:
    grant = everything(item_type=project.models["note"])
    return role(project.api, records=[grant], uploads=[everything()])


def _forbidden_model(project: SmallProject) -> JsonObject:
    hidden = rule("read", on_creator="anyone", item_type=project.models["post"])
    return role(project.api, records=[everything()], but_records=[hidden], uploads=[everything()])


def _own_records(project: SmallProject) -> JsonObject:
    own = rule("read", on_creator="self")
    return role(project.api, records=[own], uploads=[everything()])


def _no_uploads(project: SmallProject) -> JsonObject:
    return role(project.api, records=[everything()])


_ROLES: dict[str, tuple[Callable[[SmallProject], JsonObject], str]] = {
    "one model": (_one_model, "some records (no rule lets it read all of them)"),
    "a model is forbidden": (_forbidden_model, "some records (a rule forbids it)"),
    "its own records": (_own_records, "some records (no rule lets it read all of them)"),
    "no uploads": (_no_uploads, "some uploads (no rule lets it read all of them)"),
}


def exported(project: SmallProject, held: JsonObject, root: Path, *, partial: bool) -> Outcome:
    """Export with a token of a role."""
    token = token_of(project.api, held)["attributes"]["token"]
    with served(project) as server:
        settings = settings_of(server.base_url, token)
        return outcome(settings, ExportOptions(root, allow_partial=partial))


@pytest.mark.parametrize("name", _ROLES)
def test_a_restricted_token_is_refused_with_what_it_cannot_see(name: str, tmp_path: Path) -> None:
    """Exit 12, the blind spot in words, and nothing written."""
    project = small_project(1, posts=12, notes=6)
    make, spot = _ROLES[name]

    ended = exported(project, make(project), tmp_path / "out", partial=False)

    assert ended.code == 12, ended
    assert spot in str(ended.error)
    assert "--allow-partial" in str(ended.error)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", _ROLES)
def test_a_restricted_token_may_be_accepted_with_a_gap(name: str, tmp_path: Path) -> None:
    """Exit 3: what it sees is kept, and the manifest says what it does not."""
    project = small_project(1, posts=12, notes=6)
    make, spot = _ROLES[name]

    ended = exported(project, make(project), tmp_path / "out", partial=True)

    assert ended.code == 3, ended
    assert ended.report is not None
    facts = ended.report.manifest.facts
    assert [one.reason for one in facts.gaps if one.kind == "role"] == [spot]
    seen = {one.model: one.records for one in facts.totals}
    hidden = {"one model": {"post": 0, "note": 6}, "a model is forbidden": {"post": 0, "note": 6}}
    assert seen == hidden.get(name, seen)
    assert len(content_of(tmp_path / "out")["current"]) == sum(seen.values())


def test_the_command_says_it_too(tmp_path: Path) -> None:
    """The installed command ends with 12, and with 3 when that is accepted."""
    project = small_project(2, posts=12, notes=6)
    token = token_of(project.api, _one_model(project))["attributes"]["token"]
    with served(project) as server:
        command = ("export", "out", "--base-url", server.base_url, "--api-token", token)
        refused = datosnap(*command, folder=tmp_path)
        accepted = datosnap(*command, "--allow-partial", folder=tmp_path)

    assert refused.code == 12, refused.err
    assert "cannot see everything" in refused.err
    assert accepted.code == 3, accepted.err
    assert "no rule lets it read all of them" in accepted.out


def test_a_role_that_is_not_told_is_not_trusted(tmp_path: Path) -> None:
    """When the API does not say what the token may see, that is refused as well."""
    project = small_project(3, posts=3, notes=3)

    def forget(answer: JsonObject) -> JsonObject:
        return {"data": answer["data"]}

    with served(project, Fault("GET /users/me", Rewrite(forget))) as server:
        settings = settings_of(server.base_url, project.token)
        ended = outcome(settings, ExportOptions(tmp_path / "out"))
        assert server.fired

    assert ended.code == 12, ended
    assert "does not tell its role" in str(ended.error)


def test_a_token_that_is_refused_ends_with_12(tmp_path: Path) -> None:
    """An unknown token: 12, and nothing written."""
    project = small_project(4, posts=3, notes=3)
    with served(project) as server:
        ended = outcome(settings_of(server.base_url, "0123456789"), ExportOptions(tmp_path / "out"))

    assert ended.code == 12, ended
    assert not (tmp_path / "out").exists()
