"""Snapshots on S3 with the installed command: out, verified, compared, damaged, gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from datosnap.core.jsontext import decode_object
from datosnap.flows.sandbox_load import load_snapshot
from datosnap.sandbox.worlds import new_world
from tests.conftest import SampleProject
from tests.support.object_stores import KEY, S3, SECRET
from tests.support.sandboxes import Ended, datosnap, reach


@pytest.fixture
def variables(tmp_path: Path) -> Mapping[str, str]:
    """Keep what a run leaves on the local disk inside the test's folder."""
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def expect(code: int, ended: Ended) -> Ended:
    """Assert the exit code, and that no key was told; show what the command said."""
    assert ended.code == code, f"{ended.out}\n{ended.err}"
    assert KEY not in ended.out + ended.err
    assert SECRET not in ended.out + ended.err
    return ended


@pytest.mark.parametrize("chunk_format", ["ndjson", "parquet"])
def test_snapshot_on_an_object_store_is_as_good_as_one_on_the_disk(
    sample: SampleProject,
    s3: S3,
    tmp_path: Path,
    variables: Mapping[str, str],
    chunk_format: str,
) -> None:
    """It verifies, holds what the disk's holds, is never written over, and damage is named."""
    there = s3.url(f"nightly/{chunk_format}")
    run = partial(datosnap, folder=tmp_path, variables=variables)
    kind = ("--format", chunk_format)

    told = expect(0, run("export", there, *sample.reach, *kind, "--json"))
    expect(0, run("export", "here", *sample.reach, *kind))

    assert told.document["destination"] == there
    assert expect(0, run("verify", there, "--json")).document["damages"] == []
    compared = expect(0, run("diff", there, "here", "--json")).document
    assert (compared["total"], compared["compared"]["records"] > 100) == (0, True)
    expect(0, run("show", there))
    again = expect(2, run("export", there, *sample.reach, *kind))
    assert "already holds a snapshot" in again.err
    damage_one_of_each(s3, f"nightly/{chunk_format}")
    damages = expect(4, run("verify", there, "--json")).document["damages"]
    assert {one["path"]: one["kind"] for one in damages} == {
        "project/site.ndjson": "damaged",
        "project/fields.ndjson": "missing",
        "stranger.txt": "foreign",
    }
    assert list((tmp_path / "state").rglob("*")) in ([], [tmp_path / "state" / "datosnap"])


def damage_one_of_each(s3: S3, prefix: str) -> None:
    """Change one object, remove another and add a third."""
    site = f"{prefix}/project/site.ndjson"
    before = s3.get(site)
    s3.put(site, before.replace(b'"id"', b'"iD"', 1))
    assert s3.get(site) != before
    s3.delete(f"{prefix}/project/fields.ndjson")
    s3.put(f"{prefix}/stranger.txt", b"hello")


def test_export_that_was_cut_off_goes_on_with_the_same_command(
    sample: SampleProject, s3: S3, tmp_path: Path, variables: Mapping[str, str]
) -> None:
    """What is on the store already is not asked of the API again, and the whole verifies."""
    there = s3.url("cut-off")
    run = partial(datosnap, folder=tmp_path, variables=variables)
    command = ("export", there, *sample.reach, "--json")
    s3.refuse("PUT /backups/cut-off/manifest.json")
    try:
        cut = expect(12, run(*command))
    finally:
        s3.refuse("")
    assert s3.refused() > 0
    assert "access is denied" in cut.err
    missing = expect(10, run("verify", there))
    assert "run the export again" in missing.err
    looked = expect(0, run("doctor", "--destination", there, *sample.reach))
    assert "holds an export that did not finish; run the same export again" in looked.out
    assert "holds the journal of an export" in looked.out

    done = expect(0, run(*command)).document

    whole = expect(0, run("export", "here", *sample.reach, "--json"))
    # Both runs together hardly cost more than one that was never disturbed.
    assert done["facts"]["api_calls"] < 1.2 * whole.document["facts"]["api_calls"]
    assert done["facts"]["totals"] == whole.document["facts"]["totals"]
    expect(0, run("verify", there))
    expect(0, run("diff", there, "here"))
    assert expect(0, run("drill", there, "--json")).document["equal"] is True
    totals = done["facts"]["totals"]
    assert load_snapshot(new_world(), there).records == sum(one["records"] for one in totals)


def test_unusable_address_is_one_line_and_nothing_is_made_of_it(
    sample: SampleProject, tmp_path: Path
) -> None:
    """A key in an address is refused unrepeated, and no folder of that name appears."""
    address = f"s3://{KEY}:{SECRET.replace('/', '')}@bucket/a"

    refused = expect(2, datosnap("export", address, *sample.reach, folder=tmp_path))

    assert "credentials do not belong in it" in refused.err
    assert SECRET.replace("/", "") not in refused.err
    assert list(tmp_path.iterdir()) == []


def test_manifest_names_no_key(
    sample: SampleProject, s3: S3, tmp_path: Path, variables: Mapping[str, str]
) -> None:
    """What is written down of an export says nothing of how the store was reached."""
    there = s3.url("keys")
    expect(0, datosnap("export", there, *sample.reach, folder=tmp_path, variables=variables))

    text = s3.get("keys/manifest.json")

    assert decode_object(text)["complete"] is True
    assert KEY.encode() not in text
    assert SECRET.encode() not in text


def test_import_from_an_address_needs_a_place_for_its_journal(
    sample: SampleProject, s3: S3, tmp_path: Path, variables: Mapping[str, str]
) -> None:
    """Without --state it is refused; with it the project comes back from the store."""
    there = s3.url("restore")
    expect(0, datosnap("export", there, *sample.reach, folder=tmp_path, variables=variables))
    target = reach(sample.server, sample.server.new_project())
    command = ("import", there, *target, "--ids", "remap", "--json")

    refused = expect(2, datosnap(*command, folder=tmp_path, variables=variables))
    done = datosnap(*command, "--state", "state", folder=tmp_path, variables=variables)

    assert "--state" in refused.err
    assert expect(0, done).document["written"]["records"] > 100
    assert (tmp_path / "state" / "id-map.ndjson").exists()
