"""Bring over roles, webhooks and build triggers, each once although the server numbers them.

Before one is made it is looked for by name, and again when the answer to its making was lost:
what was carried out is found, and only what was not is asked for again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from datosnap.core.jsontext import JsonObject, decode_object, slice_page
from datosnap.core.project_extras import EXTRAS, Extra, pair_in_turn
from datosnap.errors import OutcomeUnknownError
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.schema_matching import read_extras

# A making whose answer is lost every time is a broken connection, not bad luck.
_TRIES = 3


async def restore_extras(run: RestoreRun) -> None:
    """Make what the plan says of these kinds."""
    for name, extra in EXTRAS.items():
        if name in run.schema.extras:
            await _restore(run, extra, read_extras(run.source.snapshot, extra))


async def _restore(run: RestoreRun, extra: Extra, sources: Sequence[JsonObject]) -> None:
    for one in sources:
        step = f"{extra.kind}:{one['id']}"
        make = partial(_make, run, extra, sources, one)
        if run.schema.creates(extra.kind, one["id"]):
            await run.once(step, make, run.refusal(extra.words, one["id"]))


async def _make(
    run: RestoreRun, extra: Extra, sources: Sequence[JsonObject], one: JsonObject
) -> None:
    """Make one unless it is there."""
    rebuilt = extra.rebuild(one, run.ids.find)
    tries = 0
    while not await _is_there(run, extra, sources, one):
        tries += 1
        try:
            answer = await run.client.send("POST", extra.path, rebuilt.body, repeatable=False)
        except OutcomeUnknownError:
            if tries == _TRIES:
                raise
        else:
            run.ids.add(extra.kind, one["id"], answer["data"]["id"])
            break
    for words in rebuilt.left_out:
        run.note_gap(extra.words, one["id"], f"{extra.label(one)}: without {words}")


async def _is_there(
    run: RestoreRun, extra: Extra, sources: Sequence[JsonObject], one: JsonObject
) -> bool:
    """Look whether one is in the target, and learn its id."""
    lines, _ = slice_page(await run.client.get(extra.path))
    target_id = pair_in_turn(extra, sources, map(decode_object, lines)).get(one["id"])
    if target_id is not None:
        run.ids.add(extra.kind, one["id"], target_id)
    return target_id is not None
