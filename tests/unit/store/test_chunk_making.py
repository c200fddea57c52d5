"""Chunks made in a process beside: the same bytes as here, whatever becomes of the process."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

from datosnap.core.jsontext import encode
from datosnap.errors import BackupError, CorruptSnapshotError, DiskError
from datosnap.store.chunk_making import ChunkMaker, ChunkTask, joined
from datosnap.store.chunks import RecordFormat
from datosnap.store.columns.tables import Tables
from datosnap.store.locations import locate
from datosnap.store.ndjson import Ndjson
from datosnap.store.parquet import Parquet
from datosnap.store.place import LocalPlace, Place
from datosnap.store.publishing import Published, Publisher
from tests.support.beside import Beside, Gate, Rows
from tests.support.object_stores import S3
from tests.support.snapshots import files_under
from tests.support.typed_tables import block, record, shape

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
_PATIENCE_S = 60
_SHAPE = shape(
    [("name", "string"), ("near", "links"), ("body", "rich_text")], block=[("name", "string")]
)
_COLUMNS = Parquet("zstd", 2_000, Tables(_SHAPE))
_GZIP = Ndjson("gzip")


def rows(number: int, count: int = 40) -> tuple[bytes, ...]:
    """Make the rows of one chunk; the first has a value that fits no column."""
    made = [
        record({"name": f"n{n}", "near": ["a"], "body": [block({"name": "q"}, f"b{n}")]}, f"r{n}")
        for n in range(number * count, (number + 1) * count)
    ]
    made[0]["attributes"]["name"] = 7
    return tuple(map(encode, made))


def task(
    place: Place, number: int, source: Rows | None = None, of: RecordFormat = _COLUMNS
) -> ChunkTask:
    """Ask for a chunk of the model `post`."""
    publisher = Publisher(place, of, sys.maxsize)
    return ChunkTask(publisher, "current", "post", number, source or Rows(rows(number), number))


def made_here(root: Path, count: int, of: RecordFormat = _COLUMNS) -> Published:
    """Make chunks without an executor."""
    root.mkdir()
    maker = ChunkMaker()
    tasks = [task(LocalPlace(root), number, of=of) for number in range(count)]
    return maker.finish([maker.begin(one) for one in tasks[:-1]], tasks[-1])


def content(root: Path) -> dict[str, bytes]:
    """Give all files by name, drafts too."""
    return {name: (root / name).read_bytes() for name in files_under(root)}


@pytest.fixture
def place(tmp_path: Path) -> LocalPlace:
    """Give a folder to make chunks in."""
    (tmp_path / "out").mkdir()
    return LocalPlace(tmp_path / "out")


@pytest.mark.parametrize(
    "of", [_COLUMNS, Parquet("zstd", 2_000, Tables(_SHAPE), keeps_raw=False), _GZIP]
)
def test_whoever_makes_a_chunk_makes_the_same_bytes(
    beside: Beside, place: LocalPlace, tmp_path: Path, of: RecordFormat
) -> None:
    """Files, entries and misfits do not tell that all but the last came from the process."""
    maker = ChunkMaker(beside)
    begun = [maker.begin(task(place, number, of=of)) for number in range(3)]
    for _ in begun:
        beside.next_done()

    done = maker.finish(begun, task(place, 3, of=of))

    assert [one.number for one in beside.tasks] == [0, 1, 2]
    assert done == made_here(tmp_path / "here", 4, of)
    assert content(place.root) == content(tmp_path / "here")
    assert sum(entry.rows or 0 for entry in done.entries if entry.kind == "current") == 160
    assert sum(done.misfits.values()) == (0 if of is _GZIP else 4)


def test_the_process_has_one_task_at_a_time(beside: Beside, place: LocalPlace) -> None:
    """It gets the next when it has ended one, so that those behind can be taken back."""
    maker = ChunkMaker(beside)
    begun = [maker.begin(task(place, number)) for number in range(6)]
    for _ in begun:
        beside.next_done()

    assert [one.number for one in beside.tasks] == [0, 1, 2, 3, 4, 5]
    assert beside.most == 1


def test_who_waits_takes_tasks_from_the_other_end(
    beside: Beside, place: LocalPlace, tmp_path: Path
) -> None:
    """While the process is at the first, the last is done here, then those before it."""
    gate, log = Gate.build(tmp_path / "gate"), list[int]()

    @dataclass(frozen=True, slots=True)
    class Opening(Rows):
        """Rows whose reading lets the process go on."""

        def read(self) -> Iterator[bytes]:
            gate.let_through()
            return Rows.read(self)

    maker = ChunkMaker(beside)
    begun = [maker.begin(task(place, 0, Rows(rows(0), gate=gate)))]
    gate.arrival()
    begun += [
        maker.begin(task(place, 1, Opening(rows(1), 1, log=log))),
        maker.begin(task(place, 2, Rows(rows(2), 2, log=log))),
    ]
    done = maker.finish(begun, task(place, 3, Rows(rows(3), 3, log=log)))

    assert log == [3, 2, 1]
    assert [one.number for one in beside.tasks] == [0]
    assert done == made_here(tmp_path / "here", 4)


def test_a_process_killed_at_work_is_not_missed(
    mortal: Beside, place: LocalPlace, tmp_path: Path
) -> None:
    """Its task is done here over the drafts that it left, and so are those that it never got."""
    gate = Gate.build(tmp_path / "gate")
    many = rows(0, 1_200)
    maker = ChunkMaker(mortal)
    begun = [
        maker.begin(task(place, 0, Rows(many, gate=gate, gated=1_100))),
        *(maker.begin(task(place, number)) for number in (1, 2)),
    ]
    killed = gate.arrival()
    assert [name for name in files_under(place.root) if name.endswith(".draft")]
    os.kill(killed, signal.SIGKILL)
    assert isinstance(mortal.next_done().exception(), BrokenProcessPool)

    begun.append(maker.begin(task(place, 3)))
    done = maker.finish(begun, task(place, 4))
    maker.abandon()

    assert [one.number for one in mortal.tasks] == [0]
    alone = LocalPlace(tmp_path / "alone")
    alone.root.mkdir()
    tasks = [task(alone, 0, Rows(many)), *(task(alone, number) for number in range(1, 5))]
    assert done == joined([one.do() for one in tasks])
    assert content(place.root) == content(alone.root)
    assert set(files_under(place.root)) == {entry.path for entry in done.entries}


def test_a_process_killed_before_its_first_task_is_not_missed(
    mortal: Beside, place: LocalPlace, tmp_path: Path
) -> None:
    """What cannot be handed over, or is lost on the way, is made here."""
    os.kill(mortal.submit(os.getpid).result(), signal.SIGKILL)
    maker = ChunkMaker(mortal)

    done = maker.finish([maker.begin(task(place, n)) for n in range(3)], task(place, 3))

    assert len(mortal.tasks) <= 1
    assert done == made_here(tmp_path / "here", 4)
    assert content(place.root) == content(tmp_path / "here")


@dataclass
class Guarded(Executor):
    """An executor that holds its lock while it tells that it is broken, as Python 3.12's does."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    given: Future[Published] | None = None

    def submit(
        self, fn: Callable[_Given, _Result], /, *_: _Given.args, **__: _Given.kwargs
    ) -> Future[_Result]:
        """Take a task, and leave it."""
        future: Future[_Result] = Future()
        with self.lock:
            if self.given is not None:
                raise BrokenProcessPool
            self.given = future  # type: ignore[assignment] # a task gives what was published
        return future

    def break_down(self) -> None:
        """Tell that the task is lost."""
        with self.lock:
            assert self.given is not None
            self.given.set_exception(BrokenProcessPool())


def test_an_executor_that_breaks_down_is_asked_for_nothing(
    place: LocalPlace, tmp_path: Path
) -> None:
    """It tells so with a lock in hand that handing over the next task would wait for."""
    executor = Guarded()
    maker = ChunkMaker(executor)
    begun = [maker.begin(task(place, number)) for number in range(3)]
    breaking = threading.Thread(target=executor.break_down, daemon=True)
    breaking.start()
    breaking.join(_PATIENCE_S)
    assert not breaking.is_alive()

    assert maker.finish(begun, task(place, 3)) == made_here(tmp_path / "here", 4)


@pytest.mark.parametrize("failure", [DiskError, CorruptSnapshotError])
def test_a_failure_in_the_process_reaches_who_waits(
    mortal: Beside, place: LocalPlace, failure: type[BackupError]
) -> None:
    """It is told as what it is, and neither giving up nor ending the process hangs after it."""
    is_full = failure is DiskError
    source = Rows(rows(0), claimed=None if is_full else 41)
    if is_full:
        (place.root / "records").write_bytes(b"in the way")
    maker = ChunkMaker(mortal)
    begun = maker.begin(task(place, 0, source))
    assert isinstance(mortal.next_done().exception(), failure)
    if is_full:
        (place.root / "records").unlink()

    text = "expected a folder at" if is_full else "expected 41 rows in rows 0, found 40"
    with pytest.raises(failure, match=text):
        maker.finish([begun, maker.begin(task(place, 1))], task(place, 2))
    maker.abandon()
    mortal.shutdown()

    assert not [name for name in files_under(place.root) if name.endswith(".draft")]


def test_giving_up_waits_for_what_is_under_way_and_begins_nothing(
    place: LocalPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chunk under way is whole, those behind it never begin, however often one gives up."""
    is_let, waited = threading.Event(), list[bool]()

    @dataclass(frozen=True, slots=True)
    class Held(Rows):
        """Rows that come when all else was given up."""

        def read(self) -> Iterator[bytes]:
            assert is_let.wait(_PATIENCE_S)
            return Rows.read(self)

    with ThreadPoolExecutor(1) as executor:
        maker = ChunkMaker(executor)
        begun = [maker.begin(task(place, 0, Held(rows(0)))), maker.begin(task(place, 1))]
        under_way = begun[0].under_way
        assert under_way is not None
        ended = under_way.exception

        def let_and_wait() -> BaseException | None:
            waited.append(under_way.done())
            is_let.set()
            return ended(_PATIENCE_S)

        monkeypatch.setattr(under_way, "exception", let_and_wait)
        maker.abandon()
        assert waited[0] is False
        assert under_way.done()
        maker.abandon()
    maker.abandon()

    assert begun[1].under_way is None
    assert names(place.root, "current") == ["current-00000.parquet"]
    assert not list(place.root.rglob("*.draft"))


def test_a_stop_is_heard_while_the_process_is_waited_for(
    mortal: Beside, place: LocalPlace, tmp_path: Path
) -> None:
    """It need not end its chunk for that; only giving up waits for it."""
    gate = Gate.build(tmp_path / "gate")
    heard: list[bool] = []

    def heed() -> None:
        heard.append(begun.under_way is not None and begun.under_way.done())
        if len(heard) == 3:
            raise KeyboardInterrupt

    maker = ChunkMaker(mortal, heed)
    begun = maker.begin(task(place, 0, Rows(rows(0), gate=gate)))
    gate.arrival()

    with pytest.raises(KeyboardInterrupt):
        maker.finish([begun], task(place, 1))
    gate.let_through()
    maker.abandon()

    assert heard == [False] * 3
    assert names(place.root, "current") == ["current-00000.parquet", "current-00001.parquet"]


def test_an_executor_that_was_shut_down_is_done_without(place: LocalPlace, tmp_path: Path) -> None:
    """What it does not take any more, or had taken and dropped, is made here."""
    executor = ThreadPoolExecutor(1)
    is_let = threading.Event()
    executor.submit(is_let.wait, _PATIENCE_S)
    maker = ChunkMaker(executor)
    begun = [maker.begin(task(place, 0))]
    executor.shutdown(wait=False, cancel_futures=True)
    is_let.set()
    executor.shutdown()
    begun += [maker.begin(task(place, number)) for number in (1, 2)]

    assert maker.finish(begun, task(place, 3)) == made_here(tmp_path / "here", 4)
    maker.abandon()


def test_parts_of_a_list_are_joined_in_their_order(tmp_path: Path) -> None:
    """Entries follow one another, and values that fit no column are summed by their column."""
    first, second = (made_here(tmp_path / name, 2) for name in ("a", "b"))
    column = next(iter(first.misfits))

    done = joined([first, Published((), {}), second])

    assert done.entries == (*first.entries, *second.entries)
    assert done.misfits == {column: 4}
    assert joined([]) == Published(())


def test_chunks_go_to_an_object_store_from_the_process(
    s3: S3, mortal: Beside, tmp_path: Path
) -> None:
    """A place in a bucket travels to the process, which began when the keys were there."""
    maker = ChunkMaker(mortal)
    there = locate(s3.url("chunks-of-a-process"))
    begun = [maker.begin(task(there, number)) for number in range(2)]
    assert all(mortal.next_done().exception() is None for _ in begun)
    done = maker.finish(begun, task(there, 2))

    here = made_here(tmp_path / "here", 3)
    assert done == here
    assert {path: s3.get(f"chunks-of-a-process/{path}") for path in there.walk()} == content(
        tmp_path / "here"
    )


def names(root: Path, start: str) -> list[str]:
    """Name the files that begin so."""
    return sorted(one.name for one in root.rglob(f"{start}*"))
