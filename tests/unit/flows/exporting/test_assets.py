"""The bytes behind uploads: once per content, from any address that has them, or named as gaps."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from datosnap.core.jsontext import Json, encode
from datosnap.errors import NonsenseError
from datosnap.flows.exporting.assets import read_upload_head
from datosnap.flows.exporting.options import Assets, ExportOptions
from datosnap.store.snapshot import Snapshot
from tests.support.exporting import Outcome, content_of
from tests.support.in_process import Asked, InProcess, add_upload
from tests.support.small_projects import SmallProject, small_project


def with_uploads(*data: bytes) -> tuple[SmallProject, list[str]]:
    """Make a project with uploads."""
    project = small_project(1, posts=2, notes=2)
    return project, [add_upload(project, f"{n}.txt", one) for n, one in enumerate(data)]


def kept(root: Path) -> list[bytes]:
    """Read the assets of a snapshot."""
    return sorted(path.read_bytes() for path in root.glob("assets/*/*"))


def export(project: SmallProject, root: Path, assets: Assets = "all") -> tuple[Outcome, InProcess]:
    """Export it."""
    wires = InProcess(project)
    return wires.export(ExportOptions(root, assets=assets)), wires


def paths(project: SmallProject) -> list[str]:
    """Give the addresses of the uploads."""
    return list(project.api.project.blobs)


def forget(project: SmallProject, path: str) -> None:
    """Lose the bytes at an address."""
    del project.api.project.blobs[path]


def test_equal_bytes_are_fetched_and_kept_once(tmp_path: Path) -> None:
    """Three uploads of one content and one of another: two downloads, two files."""
    project, _ = with_uploads(b"same", b"same", b"other", b"same")

    ended, wires = export(project, tmp_path / "out")

    assert ended.code == 0, ended
    assert kept(tmp_path / "out") == [b"other", b"same"]
    assert len(wires.downloads) == 2
    assert len(content_of(tmp_path / "out")["uploads"]) == 4


def test_bytes_that_are_gone_are_a_gap(tmp_path: Path) -> None:
    """One upload's address is dead: it is named, the others are there."""
    project, (first, _) = with_uploads(b"one", b"two")
    forget(project, paths(project)[0])

    ended, _ = export(project, tmp_path / "out")

    assert ended.code == 3
    assert ended.report is not None
    (gap,) = ended.report.manifest.facts.gaps
    assert (gap.kind, gap.id) == ("asset", first)
    assert kept(tmp_path / "out") == [b"two"]


@pytest.mark.parametrize("alive", [0, 1, 2, None])
def test_equal_bytes_may_lie_at_any_of_their_addresses(tmp_path: Path, alive: int | None) -> None:
    """Of three uploads of one content some are dead: the bytes are had from the one that is not."""
    project, ids = with_uploads(b"same", b"same", b"same")
    for number, path in enumerate(paths(project)):
        if number != alive:
            forget(project, path)

    ended, _ = export(project, tmp_path / "out")

    assert kept(tmp_path / "out") == ([] if alive is None else [b"same"])
    assert ended.report is not None
    named = {gap.id for gap in ended.report.manifest.facts.gaps}
    assert named == (set(ids) if alive is None else set())


def test_uploads_without_a_hash_are_fetched_each(tmp_path: Path) -> None:
    """Without an MD5 to go by, equal bytes are fetched twice and kept once."""
    project, ids = with_uploads(b"same", b"same")
    for one in ids:
        project.api.main.of_type("upload")[one]["attributes"]["md5"] = None

    ended, wires = export(project, tmp_path / "out")

    assert ended.code == 0, ended
    assert len(wires.downloads) == 2
    assert kept(tmp_path / "out") == [b"same"]


def test_metadata_alone_fetches_nothing(tmp_path: Path) -> None:
    """All uploads are told, no bytes are fetched."""
    project, _ = with_uploads(b"one")

    ended, wires = export(project, tmp_path / "out", "metadata")

    assert ended.code == 0
    assert (wires.downloads, kept(tmp_path / "out")) == ([], [])
    assert len(content_of(tmp_path / "out")["uploads"]) == 1


def test_no_uploads_are_not_asked_for(tmp_path: Path) -> None:
    """With `none`, not even their metadata is."""
    project, _ = with_uploads(b"one")

    ended, wires = export(project, tmp_path / "out", "none")

    assert ended.code == 0
    assert not [one for one in wires.asked if one.path == "/uploads"]
    assert content_of(tmp_path / "out")["uploads"] == []


def test_only_referenced_bytes_are_fetched(tmp_path: Path) -> None:
    """The site's icon is named by its settings; the other upload by nothing."""
    project, (icon, _) = with_uploads(b"icon", b"other")
    project.api.main.site["attributes"]["favicon"] = icon

    ended, _ = export(project, tmp_path / "out", "referenced")

    assert ended.code == 0, ended
    assert kept(tmp_path / "out") == [b"icon"]
    assert len(content_of(tmp_path / "out")["uploads"]) == 2


def test_bytes_are_taken_over_from_an_older_snapshot(tmp_path: Path) -> None:
    """What the older one holds is not fetched; what it does not is."""
    project, _ = with_uploads(b"old")
    assert export(project, tmp_path / "old")[0].code == 0
    add_upload(project, "new.txt", b"new")
    wires = InProcess(project)

    ended = wires.export(ExportOptions(tmp_path / "out", since=tmp_path / "old"))

    assert ended.code == 0, ended
    assert ended.report is not None
    assert ended.report.reused_assets == 1
    assert len(wires.downloads) == 1
    assert kept(tmp_path / "out") == [b"new", b"old"]


@pytest.mark.parametrize("act", ["edit", "delete", "add"])
def test_uploads_that_change_meanwhile_are_read_again(tmp_path: Path, act: str) -> None:
    """The snapshot has the uploads as they are in the end, and their bytes."""
    project, (first, second) = with_uploads(b"one", b"two")

    done: list[str] = []

    def change(one: Asked) -> None:
        if one.path == "/environments/main" and not done:
            done.append(act)
            if act == "edit":
                body = {"type": "upload", "id": first, "attributes": {"author": "Ann"}}
                assert project.api.put(f"/uploads/{first}", {"data": body}).status == 200
            elif act == "delete":
                assert project.api.delete(f"/uploads/{second}").status == 200
            else:
                add_upload(project, "new.txt", b"new")

    ended = InProcess(project, change).export(ExportOptions(tmp_path / "out"))

    assert done
    assert (ended.code, ended.consistency) == (0, "still"), ended
    now, _ = export(project, tmp_path / "now")
    assert now.code == 0
    assert content_of(tmp_path / "out") == content_of(tmp_path / "now")


def test_what_is_no_upload_is_nonsense() -> None:
    """Without an address there is nothing to fetch."""
    values: tuple[Json, ...] = ({"id": "1"}, {"id": "1", "attributes": {"url": None}}, [])
    for value in values:
        with pytest.raises(NonsenseError, match="expected an upload"):
            read_upload_head(encode(value))


def test_the_bytes_of_an_upload_lie_under_their_hash(tmp_path: Path) -> None:
    """The name of the file is the MD5 that the upload's metadata tells."""
    project, _ = with_uploads(b"one")
    export(project, tmp_path / "out")
    digest = hashlib.md5(b"one", usedforsecurity=False).hexdigest()
    assert Snapshot.open(tmp_path / "out").asset_entry(digest) is not None
