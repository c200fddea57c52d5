"""What `show` prints: facts that are there, tables of what is missing, documents for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner, Result

from datosnap.cli.show import show
from datosnap.core.jsontext import decode_object
from datosnap.errors import UsageError
from datosnap.store.manifest import Gap, Withheld
from datosnap.store.snapshot_writer import SnapshotWriter
from tests.support.snapshots import Content, facts, record, write_snapshot


def run(*arguments: str | Path) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(show, list(map(str, arguments)))


def words(result: Result) -> Sequence[str]:
    """Give what was printed, line by line, without runs of spaces."""
    assert result.exit_code == 0, result.output
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_a_whole_snapshot_is_told_in_facts_and_a_table(tmp_path: Path) -> None:
    """What is empty is left out; each model has its line."""
    write_snapshot(tmp_path / "s")

    told = words(run(tmp_path / "s"))

    assert told[0] == f"Höhle & Söhne, in {tmp_path / 's'}"
    assert "complete yes" in told
    assert "format ndjson, zstd, version 1" in told
    assert "records 12 of 2 models, 1 published copy, 4 versions" in told
    assert "options history none" in told
    assert any(line.startswith("post 12 1 4 12 ") for line in told)
    empty = ("gaps", "withheld", "locales", "block")
    assert not any(line.startswith(empty) for line in told)


def test_gaps_and_secrets_that_were_withheld_are_listed(tmp_path: Path) -> None:
    """A snapshot that lacks something says no, how often, and what."""
    known = replace(
        facts(Content().totals, gaps=(Gap("asset", "a1", "gone"), Gap("model", "post", "moved"))),
        withheld=(Withheld("webhooks", "w1", "headers"),),
        role={"role": {"id": "7", "name": "Admin"}, "actor": {"type": "user", "id": "5"}},
        options={"models": ["post", "tag"], "history": "all", "include_secrets": False},
        project_name="",
    )
    with SnapshotWriter.begin(tmp_path / "s", chunk_format="parquet", compression="zstd") as writer:
        writer.commit(known)

    told = words(run(tmp_path / "s"))

    assert told[0].startswith("1234, in ")
    assert "complete no" in told
    assert "gaps 2 gaps" in told
    assert "withheld 1 secret" in told
    assert "role Admin, user 5" in told
    assert "options models post, tag, history all" in told
    assert told[-5:] == [
        "withheld from id what",
        "webhooks w1 headers",
        "gap id why",
        "asset a1 gone",
        "model post moved",
    ]


def test_programs_get_one_document(tmp_path: Path) -> None:
    """The same facts, by name."""
    manifest = write_snapshot(tmp_path / "s")

    document = decode_object(run(tmp_path / "s", "--json").stdout)

    assert document["complete"] is True
    assert document["bytes"] == sum(one.bytes for one in manifest.files)
    assert [one["kind"] for one in document["kinds"]] == list(
        dict.fromkeys(one.kind for one in manifest.files)
    )


def test_an_entry_is_printed_copy_by_copy(tmp_path: Path) -> None:
    """Indented, one document after the other; with --json in one."""
    write_snapshot(tmp_path / "s")

    printed = run(tmp_path / "s", "record-3", "--quiet").stdout
    document = decode_object(run(tmp_path / "s", "record-3", "--json").stdout)

    assert printed.count("\n}\n{\n") == 1
    assert [one["kind"] for one in document["copies"]] == ["current", "published"]
    assert document["copies"][0]["resource"] == decode_object(record(3))


def test_an_unknown_id_is_a_usage_error(tmp_path: Path) -> None:
    """The failure goes to the one place that knows exit codes."""
    write_snapshot(tmp_path / "s")

    assert isinstance(run(tmp_path / "s", "nope").exception, UsageError)
