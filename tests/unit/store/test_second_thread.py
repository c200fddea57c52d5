"""Facts about the thread that does one piece of work beside its caller."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from datosnap.errors import DiskError
from datosnap.store.second_thread import SecondThread

_PATIENCE_S = 10


def threads() -> list[str]:
    """Name the second threads there are."""
    return [one.name for one in threading.enumerate() if one.name.startswith("datosnap-second")]


def test_work_is_done_beside_the_caller() -> None:
    """The caller goes on while the work waits for it."""
    thread, may_end, ended = SecondThread(), threading.Event(), threading.Event()

    def work() -> None:
        assert may_end.wait(_PATIENCE_S)
        ended.set()

    thread.do(work)
    assert not ended.is_set()
    may_end.set()
    thread.settle()
    assert ended.is_set()


def test_pieces_are_done_in_order_and_by_one_thread() -> None:
    """What was given first is done first, and never two pieces at once."""
    thread = SecondThread()
    done: list[tuple[int, str]] = []

    def work(number: int) -> None:
        done.append((number, threading.current_thread().name))

    for number in range(5):
        thread.do(partial(work, number))
    thread.settle()

    assert [number for number, _ in done] == [0, 1, 2, 3, 4]
    assert len({name for _, name in done}) == 1


@pytest.mark.parametrize("end", ["settle", "end"])
def test_no_thread_is_left(end: str) -> None:
    """There is a thread from the first piece of work to the end, and again when there is more."""
    thread = SecondThread()
    assert threads() == []
    for _ in range(2):
        thread.do(lambda: None)
        assert len(threads()) == 1
        getattr(thread, end)()
        assert threads() == []


@pytest.mark.parametrize("again", ["do", "settle"])
def test_failure_is_told_at_the_next_word_and_once(again: str) -> None:
    """Nothing is begun after a failure, which is the very one that happened."""
    thread, begun = SecondThread(), threading.Event()
    failure = DiskError("expected room, found none")

    def fail() -> None:
        raise failure

    thread.do(fail)
    with pytest.raises(DiskError) as caught:
        thread.do(begun.set) if again == "do" else thread.settle()

    assert caught.value is failure
    thread.end()
    assert not begun.is_set()
    assert threads() == []


def test_end_waits_for_what_is_under_way_and_keeps_its_failure() -> None:
    """Who gives up wants no more news, and nobody works behind his back."""
    thread, begun, may_fail = SecondThread(), threading.Event(), threading.Event()
    ended: list[str] = []

    def work() -> None:
        begun.set()
        assert may_fail.wait(_PATIENCE_S)
        ended.append("work")
        raise DiskError("expected room, found none")

    thread.do(work)
    assert begun.wait(_PATIENCE_S)
    threading.Timer(0, may_fail.set).start()
    thread.end()
    assert ended == ["work"]
    thread.settle()
