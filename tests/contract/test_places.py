"""One suite for every kind of place: the local disk, an object store in memory, S3 on loopback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest

from datosnap.errors import SnapshotLockedError, SnapshotNotFoundError, UsageError
from datosnap.store import names
from datosnap.store.atomic import Sealed
from datosnap.store.destination import ensure_free
from datosnap.store.locations import Root, locate
from datosnap.store.names import ChunkFormat, Compression
from datosnap.store.place import LocalPlace, put
from datosnap.store.snapshot import Snapshot
from datosnap.store.snapshot_writer import SnapshotWriter
from datosnap.store.verification import check
from tests.support.object_stores import S3, MemoryStore
from tests.support.snapshots import ASSETS, FORMATS, Content, facts, record, write_snapshot

CONTENT = Content()


def s3_place(request: pytest.FixtureRequest, folder: Path) -> Root:
    """Give a prefix of its own on S3."""
    server = request.getfixturevalue("s3")
    assert isinstance(server, S3)
    return locate(server.url(f"{folder.parent.name}/{folder.name}"))


PLACES: Mapping[str, Callable[[pytest.FixtureRequest, Path], Root]] = {
    "local": lambda _request, folder: LocalPlace(folder / "root"),
    "memory": lambda _request, _folder: MemoryStore().place(),
    "s3": s3_place,
}


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Root:
    """Give an empty place of each kind."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = PLACES[str(request.param)](request, tmp_path)
    if isinstance(made, LocalPlace):
        made.root.mkdir()
    return made


def read(place: Root, path: str) -> bytes | None:
    """Read a file whole; None when there is none."""
    file = place.open(path)
    if file is None:
        return None
    with file:
        return file.read()


@pytest.mark.parametrize("size", [0, 1, 100_000, 21_000_000])
def test_published_bytes_are_read_back(place: Root, size: int) -> None:
    """Whatever the size, the bytes are the same, and told by size and hash."""
    data = Random(size).randbytes(size)  # noqa: S311 - repeatable bytes are wanted
    draft = place.draft("a/b")
    for start in range(0, size, 1_000_000):
        draft.write(data[start : start + 1_000_000])

    sealed = draft.publish("a/c")

    assert sealed == Sealed("a/c", size, draft.sha256)
    assert read(place, "a/c") == data
    assert read(place, "a/b") is None


def test_nothing_is_seen_of_what_is_not_published(place: Root) -> None:
    """A draft is under no name that a reader looks at, and leaves nothing when it is dropped."""
    draft = place.draft("a/b")
    draft.write(b"half")
    assert not place.holds("a/b")
    assert read(place, "a/b") is None

    draft.discard()

    assert all(path.endswith("/") for path in place.walk())


def test_publishing_again_replaces(place: Root) -> None:
    """Who reads afterwards reads the new bytes, shorter or longer."""
    for data in (b"first", b"", b"a longer one"):
        put(place, "x", data)
        assert read(place, "x") == data


def test_files_can_be_read_at_any_place(place: Root) -> None:
    """A reader may jump about, as Parquet does."""
    put(place, "x", bytes(range(256)) * 1000)
    file = place.open("x")
    assert file is not None
    with file:
        for at in (255_744, 0, 512):
            file.seek(at)
            assert file.read(256) == bytes(range(256))
        assert file.seek(0, 2) == 256_000


def test_everything_is_listed_once(place: Root) -> None:
    """Files in folders and beside them, hidden ones too."""
    for path in (".hidden", "a/b/c", "a/b/d", "a/x", "y"):
        put(place, path, b"data")

    assert sorted(place.walk()) == [".hidden", "a/b/c", "a/b/d", "a/x", "y"]
    assert [name.rstrip("/") for name in place.top()] == [".hidden", "a", "y"]
    assert place.holds("a/b/c")
    assert not place.holds("a/b")


def test_what_is_removed_is_gone_with_the_folders_it_empties(place: Root) -> None:
    """What stands beside it stays; removing what is not there is harmless."""
    for path in ("a/b/c", "a/x"):
        put(place, path, b"data")

    place.remove("a/b/c")
    place.remove("a/b/c")

    assert list(place.walk()) == ["a/x"]
    assert read(place, "a/b/c") is None
    place.remove("a/x")
    assert list(place.walk()) == []
    assert place.absence() is None


@pytest.mark.parametrize(("chunk_format", "compression"), FORMATS)
def test_snapshot_is_the_same_in_every_place(
    place: Root, chunk_format: ChunkFormat, compression: Compression
) -> None:
    """What is written is verified, and read back byte for byte."""
    manifest = write_snapshot(place, chunk_format, compression)

    assert check(place).damages == ()
    snapshot = Snapshot.open(place)
    assert snapshot.manifest == manifest
    assert tuple(snapshot.resources("site")) == CONTENT.site
    assert tuple(snapshot.rows("current", "post")) == CONTENT.posts
    assert tuple(snapshot.rows("uploads")) == CONTENT.uploads
    paths = [one.path for one in manifest.files if one.kind == "asset"]
    assert sorted(read(place, path) or b"" for path in paths) == sorted(ASSETS)
    assert sorted(place.walk()) == sorted(["manifest.json", *(x.path for x in manifest.files)])


def test_place_without_manifest_is_no_snapshot(place: Root) -> None:
    """Neither an empty place nor an unfinished one opens, and the latter says so."""
    with pytest.raises(SnapshotNotFoundError, match=r"has no manifest\.json"):
        Snapshot.open(place)
    with SnapshotWriter.begin(place, chunk_format="ndjson") as writer:
        writer.resources("site", CONTENT.site)

    with pytest.raises(SnapshotNotFoundError, match="run the export again"):
        Snapshot.open(place)


def test_finished_snapshot_is_never_written_over(place: Root) -> None:
    """A place that holds one is refused, with its date, and stays as it is."""
    write_snapshot(place)

    with pytest.raises(UsageError, match="already holds a snapshot, taken at '2024-05-01"):
        ensure_free(place)
    with pytest.raises(UsageError, match="already holds a snapshot"):
        SnapshotWriter.begin(place, chunk_format="ndjson")
    assert check(place).damages == ()


def test_what_is_not_ours_is_in_the_way(place: Root) -> None:
    """A place that is used for something else is refused, and nothing there is touched."""
    put(place, "photos/cat.jpg", b"meow")

    with pytest.raises(UsageError, match=r"found 'photos/?'"):
        SnapshotWriter.begin(place, chunk_format="ndjson")
    assert list(place.walk()) == ["photos/cat.jpg"]


def test_foreign_files_among_unfinished_remains_are_in_the_way(place: Root) -> None:
    """Our mark does not make everything ours."""
    with SnapshotWriter.begin(place, chunk_format="ndjson") as writer:
        writer.resources("site", CONTENT.site)
    put(place, "project/cat.jpg", b"meow")

    with pytest.raises(UsageError, match=r"found 'project/cat\.jpg'"):
        SnapshotWriter.begin(place, chunk_format="ndjson")
    assert read(place, "project/cat.jpg") == b"meow"


def test_unfinished_run_is_started_over_by_another_command(place: Root) -> None:
    """What it left is cleared, and the new snapshot holds nothing of it."""
    with SnapshotWriter.begin(place, chunk_format="ndjson") as writer:
        writer.resources("plugins", [b"{}"])
        writer.blob().write(b"half an asset")

    manifest = write_snapshot(place)

    assert sorted(place.walk()) == sorted(["manifest.json", *(x.path for x in manifest.files)])
    assert check(place).damages == ()


def test_unfinished_run_is_gone_on_with_by_the_same_command(place: Root) -> None:
    """What was done is known, what was only begun is cleared, and the whole is as undisturbed."""
    identity = {"project": "1234"}
    with SnapshotWriter.begin(place, chunk_format="ndjson", identity=identity) as writer:
        writer.resources("site", CONTENT.site)
        writer.keep("current", "post", [record(1), record(2)])
        writer.mark("current", "post", 2)
        writer.keep("current", "post", [record(9)])
    put(place, names.resource_path("plugins"), b"begun and not named")

    with SnapshotWriter.begin(place, chunk_format="ndjson", identity=identity) as writer:
        assert writer.has_resources("site")
        assert not place.holds(names.resource_path("plugins"))
        assert writer.kept("current", "post").at == 2
        writer.keep("current", "post", [record(3)])
        writer.mark("current", "post", 3)
        writer.publish("current", "post")
        writer.commit(facts())

    snapshot = Snapshot.open(place)
    assert list(snapshot.rows("current", "post")) == [record(1), record(2), record(3)]
    assert check(place).damages == ()
    assert [path for path in place.walk() if names.is_housekeeping(path)] == []


def test_unfinished_run_of_another_command_is_refused(place: Root) -> None:
    """What differs is told; only `--restart` throws it away."""
    with SnapshotWriter.begin(place, chunk_format="ndjson", identity={"project": "1"}) as writer:
        writer.resources("site", CONTENT.site)

    with pytest.raises(UsageError, match="project '1' there, '2' now"):
        SnapshotWriter.begin(place, chunk_format="ndjson", identity={"project": "2"})
    with SnapshotWriter.begin(
        place, chunk_format="ndjson", identity={"project": "2"}, restart=True
    ) as writer:
        assert not writer.has_resources("site")


def test_two_runs_never_write_to_one_place(place: Root) -> None:
    """The second is refused at once, and told who is at work."""
    with SnapshotWriter.begin(place, chunk_format="ndjson") as writer:
        writer.resources("site", CONTENT.site)
        with pytest.raises(SnapshotLockedError, match=r"is locked by process \d+ on "):
            SnapshotWriter.begin(place, chunk_format="ndjson")
        assert place.holds(names.resource_path("site"))


def test_damage_in_any_place_is_named(place: Root) -> None:
    """Changed, missing and foreign files are each told by their path."""
    manifest = write_snapshot(place)
    changed, missing = (manifest.files[0].path, manifest.files[-1].path)
    put(place, changed, (read(place, changed) or b"") + b"\n")
    place.remove(missing)
    put(place, "stranger", b"hello")

    found = {(one.path, one.kind) for one in check(place).damages}

    assert found == {(changed, "damaged"), (missing, "missing"), ("stranger", "foreign")}
