"""Content that means harm: names that are paths, addresses of other things, ids that are both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from datosnap.core.jsontext import Json, JsonObject, decode_object
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.sandbox_load import load_snapshot
from datosnap.sandbox.fault_acts import Rewrite
from datosnap.sandbox.faults import Fault, Script
from datosnap.sandbox.server import running
from datosnap.sandbox.worlds import new_world
from datosnap.store import names
from datosnap.store.snapshot import Snapshot
from datosnap.store.verification import check
from tests.support.exporting import Outcome, outcome, settings_of
from tests.support.sample_dumps import FOLDER
from tests.support.scripted import ScriptedTime

NAMES = (
    "../../x",
    "../" * 40 + "etc/passwd",
    "/etc/passwd",
    "..\\..\\x",
    "C:\\x",
    "%2e%2e%2fx",
    "a\x00b",
    "a\nb",
    "\u202egnp.exe",
    "con",
    ".git",
    "manifest.json",
    ".datosnap-unfinished.json",
    "",
    ".",
    "..",
    "é" * 150,
    "x" * 300,
)
ADDRESSES = (
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "ftp://127.0.0.1/x",
    "data:text/plain,x",
    "javascript:alert(1)",
    "/etc/passwd",
    "//",
    "",
    "http://",
    "http://[::1",
    "http://127.0.0.1:1/x",
    "http://user:secret@127.0.0.1:1/x",
    "http://127.0.0.1:99999/x",
    "https://127.0.0.1:1/x\r\nX: y",
    "\x00",
)


def exported(root: Path, *faults: Fault, history: bool = False) -> Outcome:
    """Export the sample project with its answers changed."""
    world = new_world(seed=1)
    token = load_snapshot(world, FOLDER / "ndjson").token
    with running(world, faults=Script(faults)) as server:
        settings = settings_of(server.base_url, token)
        ended = outcome(settings, ExportOptions(root, history=history), ScriptedTime())
        assert server.fired
    return ended


def uploads(change: Callable[[int, JsonObject], None]) -> Fault:
    """Change the attributes of each upload; they are numbered."""

    def rewrite(page: JsonObject) -> JsonObject:
        for number, upload in enumerate(page["data"]):
            change(number, upload["attributes"])
        return page

    return Fault("GET /uploads", Rewrite(rewrite))


def assert_jailed(jail: Path, root: Path) -> None:
    """Assert that nothing was written but a snapshot, under names of our own making."""
    assert [one for one in jail.iterdir() if one != root] == []
    own = [one.relative_to(root).as_posix() for one in root.rglob("*") if one.is_file()]
    assert [one for one in own if one != "manifest.json" and not names.is_ours(one)] == []
    assert not [one for one in root.rglob("*") if one.is_symlink()]


def test_names_of_files_stay_data(tmp_path: Path) -> None:
    """Whatever uploads are called, their bytes lie under their hash, and the names are kept."""
    given: dict[str, str] = {}

    def rename(number: int, attributes: JsonObject) -> None:
        name = NAMES[number % len(NAMES)]
        attributes |= {"filename": name, "basename": name, "path": f"/{name}"}
        given[attributes["url"]] = name

    ended = exported(tmp_path / "out", uploads(rename))

    assert ended.code == 0, ended
    assert_jailed(tmp_path, tmp_path / "out")
    rows = [
        decode_object(row)["attributes"] for row in Snapshot.open(tmp_path / "out").rows("uploads")
    ]
    assert {row["url"]: row["filename"] for row in rows} == given
    assert set(NAMES) <= set(given.values())


def test_addresses_of_other_things_are_gaps(tmp_path: Path) -> None:
    """Files of this machine, other schemes and nonsense are not fetched: one gap each, exit 3."""
    changed: list[str] = []

    def readdress(number: int, attributes: JsonObject) -> None:
        if number < len(ADDRESSES):
            attributes |= {"url": ADDRESSES[number], "md5": f"{number:032x}", "size": None}
            changed.append(ADDRESSES[number])

    ended = exported(tmp_path / "out", uploads(readdress))

    assert changed == list(ADDRESSES)
    assert ended.code == 3, ended
    assert ended.gaps == ["asset"] * len(ADDRESSES)
    assert ended.report is not None
    told = " ".join(one.reason for one in ended.report.manifest.facts.gaps)
    assert "root:" not in told
    assert_jailed(tmp_path, tmp_path / "out")
    assert check(tmp_path / "out").damages == ()


@pytest.mark.parametrize("md5", ["../../x", "0" * 31, "0" * 32, "G" * 32, "d" * 300])
def test_a_hash_that_is_no_hash_is_a_gap(tmp_path: Path, md5: str) -> None:
    """Bytes that do not have the hash that they should have are not kept."""

    def mark(number: int, attributes: JsonObject) -> None:
        if number == 0:
            attributes["md5"] = md5

    ended = exported(tmp_path / "out", uploads(mark))

    assert (ended.code, ended.gaps) == (3, ["asset"]), ended
    assert_jailed(tmp_path, tmp_path / "out")


@pytest.mark.parametrize("value", [None, 7, ["a"], {"a": 1}])
def test_an_address_of_another_type_ends_the_export(tmp_path: Path, value: Json) -> None:
    """What is no upload is not written as one."""

    def break_url(number: int, attributes: JsonObject) -> None:
        if number == 3:
            attributes["url"] = value

    ended = exported(tmp_path / "out", uploads(break_url))

    assert ended.code in {3, 13}, ended
    assert_jailed(tmp_path, tmp_path / "out")


def test_keys_of_models_do_not_become_paths(tmp_path: Path) -> None:
    """A model's folder is its key, spelt so that it stays inside; the manifest has it as it is."""

    def rename(answer: JsonObject) -> JsonObject:
        models = [one for one in answer["included"] if one["type"] == "item_type"]
        models = [one for one in models if not one["attributes"]["modular_block"]]
        for one, api_key in zip(models, NAMES, strict=False):
            one["attributes"]["api_key"] = api_key
        return answer

    ended = exported(tmp_path / "out", Fault("GET /site", Rewrite(rename)))

    assert ended.code == 0, ended
    assert_jailed(tmp_path, tmp_path / "out")
    snapshot = Snapshot.open(tmp_path / "out")
    renamed = [one for one in snapshot.models() if one in NAMES]
    assert len(renamed) > 10
    assert all(list(snapshot.rows("current", one)) for one in renamed)


@pytest.mark.parametrize("identifier", ["../../x", "a/b", "a?b=c", "..", "a b", "\x00", "é"])
def test_ids_do_not_become_other_requests(tmp_path: Path, identifier: str) -> None:
    """A record whose id would be another path of the API ends the export before it is asked for."""

    def rename(page: JsonObject) -> JsonObject:
        for record in page["data"][:1]:
            record["id"] = identifier
        return page

    ended = exported(tmp_path / "out", Fault("GET /items", Rewrite(rename)), history=True)

    assert ended.code == 13, ended
    assert "expected the id of a record or upload" in str(ended.error)
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert_jailed(tmp_path, tmp_path / "out")
