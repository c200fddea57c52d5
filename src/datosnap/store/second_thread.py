"""Do a piece of work beside the caller, in a thread of its own, one piece at a time.

It is for calls that leave the interpreter to others, such as Arrow's. What fails there is told to
the caller at the next word between the two: nothing is lost, and nothing is begun after it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

Work: TypeAlias = Callable[[], None]


class SecondThread:
    """A thread that is there from the first piece of work until `settle` or `end`.

    Memory: what one piece of work holds. A second one that waits gains nothing, and holds as much.
    """

    def __init__(self) -> None:
        self._executor: ThreadPoolExecutor | None = None
        self._under_way: Future[None] | None = None

    def do(self, work: Work) -> None:
        """Begin a piece of work; waits for the one before it.

        Raises: what the one before it raised; this one is not begun then.
        """
        self._wait()
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="datosnap-second")
        self._under_way = self._executor.submit(work)

    def settle(self) -> None:
        """Wait until all is done, and let the thread go.

        Raises: what the work raised.
        """
        self._wait()
        self.end()

    def end(self) -> None:
        """Let the thread go when it has done what is under way; how that ends is not told."""
        self._under_way = None
        if self._executor is not None:
            executor, self._executor = self._executor, None
            executor.shutdown()

    def _wait(self) -> None:
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None
