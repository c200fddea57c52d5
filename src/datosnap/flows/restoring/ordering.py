"""Order the records that an import writes, so that links lead to what is there."""

from __future__ import annotations

from datosnap.core.planning import Order, creation_order
from datosnap.flows.restoring.decisions import Decisions
from datosnap.flows.restoring.source import Source


def writing_order(source: Source, decisions: Decisions) -> Order:
    """Order the records whose base content is written; links to what is there never wait."""
    based = {one for one, work in decisions.works.items() if work.base}
    links = {one: source.links[one] for one in source.records if one in based}
    return creation_order(links, frozenset(decisions.creates))
