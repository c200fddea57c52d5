"""Decide which records are touched when others are taken back from readers.

The API lets nothing public link to what becomes a draft, or takes the link out of it; so that
what links there is in question before anything is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from datosnap.core.matching import Action, Work
from datosnap.flows.restoring.decisions import Decisions
from datosnap.flows.restoring.source import Source
from datosnap.store.shelf import Shelved


def hidden(source: Source, decisions: Decisions) -> Shelved[None]:
    """Give the records that are taken back from readers."""
    gone = source.shelf.keys()
    gone.update((one, None) for one, work in decisions.works.items() if work.unpublish)
    return gone


def may_lose_links(
    source: Source, decisions: Decisions, gone: Collection[str]
) -> Iterator[tuple[str, Work]]:
    """Give what is public, for good or until now, and links to what is taken back."""
    for one, work in decisions.works.items() if gone else ():
        was_public = work.unpublish or not source.records[one].model.draft_mode_active
        is_ours = was_public and work.action is not Action.SKIP
        if is_ours and any(to in gone and to != one for to in source.links[one]):
            yield one, work


def always_public(source: Source, decisions: Decisions, gone: Collection[str]) -> Iterator[str]:
    """Give what cannot be taken back along with what it links to, since it knows no drafts."""
    found = may_lose_links(source, decisions, gone)
    return (one for one, work in found if not work.unpublish)
