"""What an export can be asked for: scope, price, moment, and what it takes over from before."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.store.snapshot import Snapshot
from tests.conftest import SampleProject
from tests.support.sandboxes import Ended, build_sample_project, datosnap, reach, sandbox


def test_models_can_be_chosen_and_left_out(sample: SampleProject, tmp_path: Path) -> None:
    """Chosen models come with all their blocks; the others are left out."""
    everything = export(sample, tmp_path / "all")
    chosen = export(sample, tmp_path / "some", "--models", "article,author")
    rest = export(sample, tmp_path / "rest", "--exclude-models", "article,author")

    assert set(chosen.models()) == {"article", "author"}
    assert set(chosen.models()) | set(rest.models()) == set(everything.models())
    assert list(chosen.rows("current", "article")) == list(everything.rows("current", "article"))
    assert chosen.manifest.facts.options["models"] == ["article", "author"]


def test_locales_can_be_chosen(sample: SampleProject, tmp_path: Path) -> None:
    """Localized values keep the chosen locales alone; everything else stays to the byte."""
    everything = export(sample, tmp_path / "all", "--models", "article")
    english = export(sample, tmp_path / "en", "--models", "article", "--locales", "en")

    pairs = zip(everything.rows("current"), english.rows("current"), strict=True)
    localized = 0
    for whole, part in ((decode_object(a), decode_object(b)) for a, b in pairs):
        assert whole["meta"] == part["meta"]
        for key, value in whole["attributes"].items():
            kept = part["attributes"][key]
            if isinstance(value, dict) and "it" in value:
                localized += 1
                assert kept == {one: value[one] for one in value if one == "en"}
            elif not (isinstance(value, dict) and "en" in value):
                assert kept == value
    assert localized
    assert english.manifest.facts.options["locales"] == ["en"]


def test_only_what_was_updated_since_can_be_asked_for(
    sample: SampleProject, tmp_path: Path
) -> None:
    """A date in the future brings nothing, one in the past everything; nonsense is refused."""
    future = export(sample, tmp_path / "future", "--updated-since", "2050-01-01")
    past = export(sample, tmp_path / "past", "--updated-since", "2001-01-01")

    assert records(future) == 0
    assert records(past) > 100
    refused = datosnap("export", "x", *sample.reach, "--updated-since", "soon", folder=tmp_path)
    assert refused.code == 2
    assert "--updated-since" in refused.err


@pytest.mark.parametrize("mode", ["none", "metadata", "referenced", "all"])
def test_assets_come_as_asked_for(sample: SampleProject, tmp_path: Path, mode: str) -> None:
    """No uploads, their metadata, the bytes of those in use, or the bytes of all."""
    snapshot = export(sample, tmp_path / "out", "--assets", mode)

    uploads = list(snapshot.rows("uploads"))
    bytes_of = {
        one.path.rpartition("/")[2] for one in snapshot.manifest.files if one.kind == "asset"
    }
    md5s = {decode_object(one)["attributes"]["md5"] for one in uploads}
    assert bool(uploads) is (mode != "none")
    if mode == "all":
        assert bytes_of == md5s
    elif mode == "referenced":
        assert bytes_of < md5s
        assert bytes_of
    else:
        assert not bytes_of


def test_an_estimate_is_what_the_export_then_costs(sample: SampleProject, tmp_path: Path) -> None:
    """The estimate writes nothing, and the export spends what it said, schedules aside."""
    options = ("--history", "all", "--json")
    estimated = run("export", tmp_path / "out", *sample.reach, *options, "--estimate")
    assert not (tmp_path / "out").exists()
    exported = run("export", tmp_path / "out", *sample.reach, *options)

    facts = exported.document["facts"]
    schedules = len(Snapshot.open(tmp_path / "out").schedules())
    assert sum(estimated.document["records"].values()) == sum(
        one["records"] for one in facts["totals"]
    )
    assert facts["api_calls"] == exported.document["planned_calls"]
    assert 0 <= facts["api_calls"] - estimated.document["calls"] <= schedules


def test_an_export_that_would_cost_too_many_calls_is_refused(
    sample: SampleProject, tmp_path: Path
) -> None:
    """With --max-calls nothing is begun that cannot be paid for."""
    ended = datosnap("export", "out", *sample.reach, "--max-calls", "60", folder=tmp_path)

    assert ended.code == 2
    assert "--max-calls" in ended.err
    assert not (tmp_path / "out").exists()


def test_what_is_unchanged_is_taken_over_from_an_older_snapshot(tmp_path: Path) -> None:
    """The second night asks for no version and no asset again; what changed is asked for."""
    with sandbox() as server:
        token = build_sample_project(server)
        target = reach(server, token)
        first = run("export", tmp_path / "first", *target, "--history", "all", "--json")
        again = ("--history", "all", "--json", "--since")
        second = run("export", tmp_path / "second", *target, *again, tmp_path / "first")
        touch(server.base_url, token)
        third = run("export", tmp_path / "third", *target, *again, tmp_path / "second")
        undisturbed = run("export", tmp_path / "whole", *target, "--history", "all", "--json")

    old, new = Snapshot.open(tmp_path / "first"), Snapshot.open(tmp_path / "second")
    assert list(old.rows("history")) == list(new.rows("history"))
    assert second.document["reused_assets"] > 40
    total = sum(one["records"] for one in first.document["facts"]["totals"])
    spared = first.document["facts"]["api_calls"] - second.document["facts"]["api_calls"]
    assert spared == total
    assert datosnap("verify", tmp_path / "second", folder=tmp_path).code == 0
    latest, whole = Snapshot.open(tmp_path / "third"), Snapshot.open(tmp_path / "whole")
    assert list(latest.rows("history")) == list(whole.rows("history"))
    assert list(latest.rows("current")) == list(whole.rows("current"))
    assert third.document["facts"]["api_calls"] < undisturbed.document["facts"]["api_calls"]


def test_an_older_snapshot_of_another_project_is_refused(
    sample: SampleProject, tmp_path: Path
) -> None:
    """Nothing is taken over from a project that is not this one."""
    export(sample, tmp_path / "first", "--models", "author")
    other = reach(sample.server, sample.server.new_project())

    ended = datosnap("export", "out", *other, "--since", "first", folder=tmp_path)

    assert ended.code == 2
    assert "--since" in ended.err


def test_a_fork_is_read_and_destroyed(sample: SampleProject, tmp_path: Path) -> None:
    """With --consistent fork the snapshot says so, equals the source and leaves no environment."""
    plain = export(sample, tmp_path / "plain")
    fork = export(sample, tmp_path / "fork", "--consistent", "fork")

    assert fork.manifest.facts.consistency == "forked"
    assert fork.manifest.facts.environment_id == "main"
    assert list(fork.rows("current")) == list(plain.rows("current"))
    assert fork.resources("roles") == plain.resources("roles")
    project = next(
        one for one in sample.server.world.projects.values() if sample.token in one.tokens
    )
    assert list(project.environments) == ["main"]


def test_without_a_look_the_manifest_says_unchecked(sample: SampleProject, tmp_path: Path) -> None:
    """--consistent off promises nothing."""
    snapshot = export(sample, tmp_path / "out", "--consistent", "off", "--models", "author")

    assert snapshot.manifest.facts.consistency == "unchecked"


def touch(base_url: str, token: str) -> None:
    """Change one record of the sample project."""
    headers = {
        "Authorization": f"Bearer {token}",
        "X-Api-Version": "3",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    with httpx.Client(base_url=base_url, headers=headers) as client:
        listing = client.get("/items", params={"filter[type]": "author", "page[limit]": "1"})
        author: JsonObject = listing.json()["data"][0]
        name = next(key for key, value in author["attributes"].items() if isinstance(value, str))
        data = {"type": "item", "id": author["id"], "attributes": {name: "Somebody else"}}
        client.put(f"/items/{author['id']}", json={"data": data}).raise_for_status()


def export(sample: SampleProject, place: Path, *options: str) -> Snapshot:
    """Export the sample project, and open the snapshot."""
    run("export", place, *sample.reach, *options)
    return Snapshot.open(place)


def run(*arguments: str | Path) -> Ended:
    """Run a command that must succeed."""
    ended = datosnap(*arguments, folder=Path.cwd())
    assert ended.code == 0, f"{ended.out}\n{ended.err}"
    return ended


def records(snapshot: Snapshot) -> int:
    """Count the records of a snapshot."""
    return sum(one.records for one in snapshot.manifest.facts.totals)
