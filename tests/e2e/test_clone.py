"""A clone takes one project or environment straight into another, twice, and after a crash."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from datosnap.core.jsontext import encode
from tests.conftest import SampleProject
from tests.support.killing import killed_when
from tests.support.sandboxes import Ended, datosnap, reach

ROOT = Path(__file__).resolve().parents[2]
README = re.compile(r"datosnap clone --source-environment [^`]+(?=`)")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the commands of a test keep their state in a folder of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def between(sample: SampleProject, source: str, destination: str) -> tuple[str, ...]:
    """Give the options that name two projects of the sandbox."""
    named = (("source", source), ("destination", destination))
    return tuple(
        part
        for side, token in named
        for part in (f"--{side}-api-token", token, f"--{side}-base-url", sample.server.base_url)
    )


def token_of(token: str) -> dict[str, str]:
    """Configure a token as most users do."""
    return {"DATOCMS_API_TOKEN": token}


def run(*arguments: str | Path, folder: Path) -> Ended:
    """Run a clone."""
    return datosnap("clone", *arguments, folder=folder)


def left(home: Path, name: str) -> list[Path]:
    """Give what of that name the state folder still has."""
    return list(home.rglob(name))


def test_a_clone_puts_one_project_into_another(
    sample: SampleProject, tmp_path: Path, home: Path
) -> None:
    """Both exports are equal but for the ids, and the snapshot that was to be kept is whole.

    Within a project it needs no token but the configured one, and makes the environment.
    """
    token = sample.server.new_project()
    options = between(sample, sample.token, token)

    done = run(*options, "--ids", "remap", "--keep", "kept", folder=tmp_path)

    assert done.code == 0, done.err
    for words in ("Exported", "Plan: into Empty", "Imported"):
        assert words in done.out
    (id_map,) = left(home, "id-map.ndjson")
    assert datosnap("verify", "kept", folder=tmp_path).code == 0
    assert datosnap("export", "right", *reach(sample.server, token), folder=tmp_path).code == 0
    compared = datosnap("diff", "kept", "right", "--id-map", id_map, folder=tmp_path)
    assert compared.code == 0, compared.out
    profiles = {"profiles": {"default": {"baseUrl": sample.server.base_url}}}
    (tmp_path / "datocms.config.json").write_bytes(encode(profiles))
    command = README.search((ROOT / "README.md").read_text())
    assert command is not None
    within = datosnap(*command[0].split()[1:], "--json", folder=tmp_path, variables=token_of(token))
    assert within.code == 0, within.err
    assert within.document["environment"] == "staging"
    assert within.document["snapshot"] is None
    assert set(within.document["restored"]["written"].values()) == {0}
    assert left(home, "manifest.json") == left(home, "clone.json") == []


def test_a_killed_clone_goes_on_where_it_was(
    sample: SampleProject, tmp_path: Path, home: Path
) -> None:
    """Killed within the import, the same command finishes without another export."""
    options = between(sample, sample.token, sample.server.new_project())

    def has_begun_to_import() -> bool:
        return any(
            one.stat().st_size > 3_000 for one in home.glob("datosnap/*/import/journal.ndjson")
        )

    assert killed_when(("clone", *options), has_begun_to_import, tmp_path)

    assert len(left(home, "clone.json")) == 1
    done = run(*options, "--json", folder=tmp_path)
    assert done.code == 0, done.err
    assert done.document["exported"] is None
    assert done.document["restored"]["written"]["records"] > 0
    assert left(home, "clone.json") == []
