"""What surrounds a flow that a command runs."""

from __future__ import annotations

import gc

from datosnap.cli.running import run_flow


def test_the_garbage_collector_looks_less_often_while_a_flow_runs() -> None:
    """What was loaded before is passed over, and all is as before when the flow has ended."""
    before = gc.get_threshold()

    async def flow() -> tuple[int, int]:
        return gc.get_threshold()[0], gc.get_freeze_count()

    threshold, frozen = run_flow(flow)

    assert threshold > 10 * before[0]
    assert frozen > 1_000
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
