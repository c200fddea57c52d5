"""Facts about columns that a process beside makes: the same files, whatever becomes of it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor

import pytest

from datosnap.core.jsontext import Json, encode
from datosnap.store import making
from datosnap.store.chunks import Written
from datosnap.store.columns.tables import Tables
from datosnap.store.making import NamedTable, RowMaker
from datosnap.store.names import LINKS, RECORDS, Table
from datosnap.store.parquet import Parquet
from tests.support.encoding import encoded_tables
from tests.support.typed_tables import block, record, shape

_SHAPE = shape(
    [("name", "string"), ("near", "links"), ("body", "rich_text")], block=[("name", "string")]
)
# One has a value that fits no column, and one bytes that are no record at all.
_RECORDS = [
    *(
        encode(
            record(
                {"name": f"n{n}", "near": ["a", "b"], "body": [block({"name": "q"}, f"b{n}")]},
                f"r{n:03}",
            )
        )
        for n in range(200)
    ),
    encode(record({"name": 7}, "r200")),
    b"[]",
]


class Beside(ProcessPoolExecutor):
    """One process, which counts what it is given."""

    def __init__(self) -> None:
        super().__init__(1, mp_context=multiprocessing.get_context("spawn"))
        self.given = 0

    def submit(self, fn: Callable[..., Json], /, *args: object, **named: object) -> Future[Json]:
        """Count, and begin."""
        self.given += 1
        return super().submit(fn, *args, **named)


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    """Give a process that gets all work."""
    monkeypatch.setattr(making, "_WORTH_A_PROCESS_BYTES", 0)
    with Beside() as executor:
        yield executor


def encoded_by(
    executor: Executor | None, *, keeps_raw: bool = True
) -> tuple[dict[Table | None, bytes], Written]:
    """Encode the records in steps of some 2 KB."""
    maker = RowMaker(executor)
    settings = Parquet("zstd", 2_000, Tables(_SHAPE), keeps_raw, maker)
    return encoded_tables(settings, [_RECORDS], "post")


@pytest.mark.parametrize("keeps_raw", [True, False])
def test_files_are_the_same_to_the_byte(beside: Beside, *, keeps_raw: bool) -> None:
    """Records, blocks, links, slim rows and misfits do not tell who made them."""
    there, here = encoded_by(beside, keeps_raw=keeps_raw), encoded_by(None, keeps_raw=keeps_raw)

    assert there == here
    assert set(there[0]) == {None, LINKS, RECORDS, Table("blocks", "quote")}
    assert there[1].misfits
    assert beside.given > 10


def test_a_process_that_is_lost_costs_nothing_but_time(beside: Beside) -> None:
    """Killed while it has work, it is not missed: its work and all that follows is done here."""
    pid = beside.submit(os.getpid).result()
    maker = RowMaker(beside)
    table = NamedTable(Tables(_SHAPE), "current", "post")
    os.kill(pid, signal.SIGSTOP)
    waits = [maker.begin(table, _RECORDS[:9]) for _ in range(2)]
    os.kill(pid, signal.SIGKILL)

    made = [*(wait() for wait in waits), maker.begin(table, _RECORDS[:9])()]

    assert beside.given == 3
    expected = table.rows(_RECORDS[:9])
    for rows in made:
        assert (rows.arrays, rows.tables) == (expected.arrays, expected.tables)


def test_a_process_lost_before_is_not_asked_again(beside: Beside) -> None:
    """What cannot be handed over any more is made here."""
    pid = beside.submit(os.getpid).result()
    os.kill(pid, signal.SIGKILL)

    assert encoded_by(beside) == encoded_by(None)


def test_little_starts_no_process() -> None:
    """A project of some megabytes is done before a process would have started."""
    with Beside() as executor:
        encoded_by(executor)

        assert executor.given == 0


def test_a_file_that_is_given_up_leaves_nothing_under_way(beside: Beside) -> None:
    """Work that was begun for it is nobody's any more, and the next file has its own."""
    sinks: list[bytearray] = []

    class Sink:
        def __init__(self) -> None:
            self.data = bytearray()
            sinks.append(self.data)

        def write(self, data: bytes) -> None:
            self.data += data

    settings = Parquet("zstd", 2_000, Tables(_SHAPE), maker=RowMaker(beside))
    encoder = settings.encoder(Sink(), "current", "post", lambda _: Sink())
    encoder.write(_RECORDS[:20])
    encoder.abandon()
    before = [bytes(one) for one in sinks]

    assert encoded_tables(settings, [_RECORDS], "post") == encoded_by(None)
    assert [bytes(one) for one in sinks] == before
