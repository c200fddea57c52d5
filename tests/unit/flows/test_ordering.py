"""Several requests at a time, their answers in order, and never more of them than slots."""

from __future__ import annotations

import anyio
import pytest

from datosnap.flows.ordering import InOrder, Slots


class Work:
    """Jobs that end in any order, and what was consumed."""

    def __init__(self, slots: int) -> None:
        self.slots = Slots(slots)
        self.begun: list[int] = []
        self.consumed: list[tuple[int, str]] = []
        self.most_held = 0
        self.fails_at: int | None = None
        self.ends_at: int | None = None
        self.in_order = InOrder(self.fetch, self.consume, self.slots)

    async def fetch(self, job: int) -> str:
        """Take the longer the earlier the job."""
        self.begun.append(job)
        self.most_held = max(self.most_held, len(self.begun) - len(self.consumed))
        for _ in range(max(1, 30 - 3 * job)):
            await anyio.lowlevel.checkpoint()
        if job == self.fails_at:
            raise ValueError(str(job))
        return f"answer {job}"

    async def consume(self, job: int, answer: str) -> None:
        """Take an answer."""
        self.consumed.append((job, answer))
        if job == self.ends_at:
            self.in_order.end()

    def run(self, jobs: int) -> None:
        """Do so many jobs."""
        anyio.run(self.in_order.run, range(jobs))


@pytest.mark.parametrize("slots", [1, 3, 50])
def test_answers_come_in_the_order_of_the_jobs(slots: int) -> None:
    """Whichever ends first, the first job's answer is consumed first."""
    work = Work(slots)

    work.run(20)

    assert work.consumed == [(job, f"answer {job}") for job in range(20)]
    assert 1 <= work.most_held <= slots


def test_without_jobs_nothing_happens() -> None:
    """An empty list of jobs ends at once."""
    work = Work(3)
    work.run(0)
    assert work.begun == []


def test_after_the_end_no_job_is_begun() -> None:
    """Those under way are finished, and all slots are free again."""
    work = Work(3)
    work.ends_at = 5

    work.run(1000)

    assert len(work.begun) <= 5 + 3 + 1
    assert [job for job, _ in work.consumed] == work.begun
    assert slots_free(work.slots) == 3


def test_a_job_that_fails_ends_the_others() -> None:
    """The failure comes out, nothing after it is consumed, and all slots are free again."""
    work = Work(4)
    work.fails_at = 6

    with pytest.raises(ExceptionGroup) as caught:
        work.run(20)

    assert caught.value.subgroup(ValueError) is not None
    assert all(job < 6 for job, _ in work.consumed)
    assert slots_free(work.slots) == 4


def slots_free(slots: Slots) -> int:
    """Count the slots that can be taken."""

    async def count() -> int:
        taken = 0
        with anyio.move_on_after(0.01):
            while True:
                await slots.take()
                taken += 1
        return taken

    return anyio.run(count)
