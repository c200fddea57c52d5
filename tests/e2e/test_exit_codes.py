"""Every documented exit code comes from the installed command, with what it says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from datosnap import errors
from datosnap.cli import main
from datosnap.core.jsontext import JsonObject
from datosnap.store.lock import hold
from tests.conftest import SampleProject
from tests.support.rewriting import rewrite
from tests.support.sample_dumps import FOLDER
from tests.support.sandboxes import COMMAND, build_sample_project, datosnap, reach, sandbox

_README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize(
    "asked", [("show", FOLDER / "ndjson"), ("verify", FOLDER / "ndjson"), ("--version",)]
)
def test_an_answer_that_cannot_be_written_ends_with_14(asked: tuple[str | Path, ...]) -> None:
    """It is said where to look, without a traceback, and not again when the process ends."""
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [COMMAND, *asked], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert ended.returncode == 14
    assert ended.stderr.splitlines() == [
        "datosnap: cannot write the answer: No space left on device; look at where stdout leads to"
    ]


def test_gaps_end_with_3_and_are_listed(tmp_path: Path) -> None:
    """One asset is gone from the host: the rest is exported, the gap named, the code says so."""
    with sandbox() as server:
        token = build_sample_project(server)
        project = next(one for one in server.world.projects.values() if token in one.tokens)
        gone = next(path for path in project.blobs if path.endswith(".pdf"))
        del project.blobs[gone]

        ended = datosnap("export", "out", *reach(server, token), "--json", folder=tmp_path)

    assert ended.code == 3, ended.err
    assert "1 gap" in ended.err
    gaps = ended.document["facts"]["gaps"]
    assert [gap["kind"] for gap in gaps] == ["asset"]
    assert ended.document["complete"] is False
    assert datosnap("verify", "out", folder=tmp_path).code == 0


def test_an_asset_that_is_missing_is_a_gap_of_the_import_too(
    sample: SampleProject, tmp_path: Path
) -> None:
    """Without bytes an upload cannot come over; it and the links to it are told, code 3."""
    rewrite(FOLDER / "ndjson", tmp_path / "bare", lambda _, one: one)
    target = reach(sample.server, sample.server.new_project())

    ended = datosnap("import", "bare", *target, "--json", folder=tmp_path)

    assert ended.code == 3, ended.err
    kinds = {gap["kind"] for gap in ended.document["gaps"]}
    assert {"upload", "link"} <= kinds
    assert ended.document["written"]["uploads"] == 0


def test_differences_end_with_5(tmp_path: Path) -> None:
    """One changed title: `diff` ends with 5 and names the record and the field."""
    touched: list[str] = []

    def retitle(place: str, one: JsonObject) -> JsonObject:
        if place == "current" and not touched and "title" in one["attributes"]:
            touched.append(str(one["id"]))
            one["attributes"]["title"] = "Something else"
        return one

    rewrite(FOLDER / "ndjson", tmp_path / "other", retitle)

    ended = datosnap("diff", FOLDER / "ndjson", "other", folder=tmp_path)

    assert ended.code == 5
    assert touched[0] in ended.out
    assert "attributes.title" in ended.out


def test_a_held_folder_ends_with_11(sample: SampleProject, tmp_path: Path) -> None:
    """Another run holds the folder: the message says which process."""
    (tmp_path / "out").mkdir()
    with hold(tmp_path / "out"):
        ended = datosnap("export", "out", *sample.reach, folder=tmp_path)

    assert ended.code == 11, ended.err
    assert re.search(r"process \d+|pid \d+", ended.err)


def test_a_defect_ends_with_1_and_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody foresaw is shown whole, and called what it is."""

    def broken(*_: object) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr("sys.argv", ["datosnap", "verify", "nowhere"])
    monkeypatch.setattr("importlib.import_module", broken)

    with pytest.raises(SystemExit) as ended:
        main.run()

    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "defect" in said


def test_unknown_options_end_with_2(tmp_path: Path) -> None:
    """A misspelt option is refused with the usage."""
    ended = datosnap("export", "out", "--formt", "parquet", folder=tmp_path)

    assert ended.code == 2
    assert "--format" in ended.err


def test_readme_and_code_agree_on_the_exit_codes() -> None:
    """Each code in the table is a class of failure, or one of the four that are none."""
    told = {
        int(code)
        for row in re.findall(r"^\| ([\d, ]+) \|", _README.read_text(), re.MULTILINE)
        for code in row.split(",")
    }
    classes = [one for one in vars(errors).values() if isinstance(one, type)]
    owned = {one.exit_code for one in classes if issubclass(one, errors.BackupError)}

    assert told == owned | {0, 5, 130, 143}
