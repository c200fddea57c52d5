"""Choose who does work that comes in independent pieces: this process, several, or a Dask cluster.

All three are executors of the standard library's kind, so that a flow knows none of them by name.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess

from datosnap.errors import UsageError, quote
from datosnap.flows.collecting import collect_less

# Starting a process costs about as much as converting this much.
_WORTH_A_PROCESS_BYTES = 32 * 1024 * 1024
_CONNECT_S = 10
# What a process loads before it begins, so that the garbage collector passes over it.
_AT_WORK = "datosnap.store.recoding"


@contextmanager
def executing(
    *, workers: int | None, dask: str | None, pieces: int, work_bytes: int
) -> Iterator[Executor]:
    """Give an executor for so many pieces; what has not begun when the context ends is dropped.

    Without a number of workers there is one for each processor, as far as they have enough to do.
    Raises: UsageError when the Dask cluster cannot be used.
    """
    if dask is not None:
        with _cluster(dask) as executor:
            yield executor
        return
    count = workers or min(os.cpu_count() or 1, 1 + work_bytes // _WORTH_A_PROCESS_BYTES)
    executor = _local(min(count, pieces))
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def process_beside(*, wanted: bool) -> Iterator[Executor | None]:
    """Give an executor of one process, which starts with its first work; None when not wanted."""
    if not wanted:
        yield None
        return
    executor = _processes(1)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def _local(count: int) -> Executor:
    if count <= 1:
        return ThreadPoolExecutor(1)
    return _processes(count)


def _processes(count: int) -> Executor:
    return ProcessPoolExecutor(count, mp_context=_Context(), initializer=_begin_worker)


class _Process(SpawnProcess):
    """A process that Ctrl-C leaves alone from its first moment, and not only once it is at work."""

    def start(self) -> None:
        if sys.platform == "win32":
            super().start()
            return
        # What a thread does not take, a process begun by it does not take either.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Context(SpawnContext):
    """Begins processes anew: a copy of this one would inherit the locks of its threads."""

    Process = _Process


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, end when it ends, however it does, and load what is needed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    importlib.import_module(_AT_WORK)
    collect_less()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise UsageError(
            "--dask needs the package distributed; install it with:"
            " pip install 'datosnap[distributed]'"
        ) from error
    try:
        client = distributed.Client(address, timeout=_CONNECT_S)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(
            f"expected a Dask scheduler at {quote(address)}, found none: {error}"
        ) from error
    with client:
        executor: Executor = client.get_executor()
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)
