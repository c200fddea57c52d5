"""A run's pace and end, from counts and times that are given."""

from __future__ import annotations

import pytest

from datosnap.core.metering import Meter


def test_the_end_of_a_phase_follows_its_pace() -> None:
    """A quarter done in ten seconds leaves thirty."""
    meter = Meter(100.0)
    meter.start("records", total=400, unit="records", now=100.0)
    meter.advance(60)
    meter.advance(40)

    reading = meter.read(110.0)

    assert (reading.done, reading.total, reading.per_s) == (100, 400, 10.0)
    assert reading.left_s == 30.0


def test_a_plan_of_calls_tells_the_end_of_the_whole_run() -> None:
    """Once the plan is known the end is that of the run, not that of the phase."""
    meter = Meter(0.0)
    meter.plan(100)
    meter.spend(20)
    meter.start("assets", total=10, unit="assets", now=35.0)
    meter.advance(5)

    reading = meter.read(40.0)

    assert reading.calls == 20
    assert reading.calls_left == 80
    assert reading.left_s == 160.0


@pytest.mark.parametrize("total", [None, 50])
def test_nothing_is_foretold_before_something_was_done(total: int | None) -> None:
    """Without a unit done, or without time passed, there is no pace and no end."""
    meter = Meter(0.0)
    meter.start("records", total=total, unit="records", now=5.0)

    assert meter.read(9.0).per_s is None
    assert meter.read(9.0).left_s is None
    meter.advance(5)
    assert meter.read(5.0).per_s is None


def test_a_phase_without_a_total_has_a_pace_and_no_end() -> None:
    """What is still to come is not guessed."""
    meter = Meter(0.0)
    meter.start("records", total=None, unit="records", now=0.0)
    meter.advance(10)

    assert meter.read(2.0).per_s == 5.0
    assert meter.read(2.0).left_s is None
    meter.expect(30)
    assert meter.read(2.0).left_s == 4.0


def test_more_than_was_planned_leaves_nothing() -> None:
    """Neither calls nor time left are ever negative."""
    meter = Meter(0.0)
    meter.start("records", total=5, unit="records", now=0.0)
    meter.advance(8)
    assert meter.read(1.0).left_s == 0.0
    meter.plan(3)
    meter.spend(9)

    assert meter.read(1.0).calls_left == 0
    assert meter.read(1.0).left_s == 0.0


def test_only_a_phase_makes_a_run_begun() -> None:
    """Before the first one there is nothing to tell of."""
    assert not Meter(0.0).has_begun


def test_each_phase_counts_from_its_own_beginning() -> None:
    """A new phase starts at nothing, with a pace of its own."""
    meter = Meter(0.0)
    meter.start("records", total=5, unit="records", now=0.0)
    meter.advance(5)
    meter.start("assets", total=2, unit="assets", now=10.0)
    meter.advance(1)

    assert meter.has_begun
    assert meter.read(11.0).done == 1
    assert meter.read(11.0).left_s == 1.0
