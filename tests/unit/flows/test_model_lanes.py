"""Members of one model are written in turn, those of several models at a time."""

from __future__ import annotations

from collections import Counter

import anyio
import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.flows.model_lanes import each_in_turn
from tests.unit.core.test_schema_matching import resource


@pytest.mark.parametrize(("models", "most"), [(1, 1), (3, 3), (9, 4)])
def test_several_models_at_a_time_and_one_member_of_each(models: int, most: int) -> None:
    """Never more than four, never two of one model, and each model's members in their order."""
    members = [
        resource("field", f"{model}.{number}", {"item_type": str(model)}, number=number)
        for number in range(3)
        for model in range(models)
    ]
    under_way: Counter[str] = Counter()
    seen: dict[str, list[int]] = {}
    widest = 0

    async def write(one: JsonObject) -> None:
        nonlocal widest
        model = one["id"].partition(".")[0]
        under_way[model] += 1
        assert under_way[model] == 1
        widest = max(widest, under_way.total())
        await anyio.lowlevel.checkpoint()
        seen.setdefault(model, []).append(one["attributes"]["number"])
        under_way[model] -= 1

    anyio.run(each_in_turn, members, write)

    assert widest == most
    assert list(seen.values()) == [[0, 1, 2]] * models
