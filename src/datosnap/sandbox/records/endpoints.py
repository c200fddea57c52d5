"""The table of everything that can be asked about records."""

from __future__ import annotations

from datosnap.sandbox.calls import Endpoint, Wait
from datosnap.sandbox.records import (
    bulk,
    deleting,
    duplicating,
    listing,
    published_state,
    publishing,
    reading,
    scheduling,
    versions,
    writing,
)

_PUBLICATION = "/items/{id}/scheduled-publication"
_UNPUBLISHING = "/items/{id}/scheduled-unpublishing"

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/items", listing.list_items, changes=False),
    Endpoint("POST", "/items", writing.create),
    Endpoint("POST", "/items/validate", writing.validate_new, changes=False),
    Endpoint("POST", "/items/bulk/publish", bulk.publish_all, wait=Wait.JOB),
    Endpoint("POST", "/items/bulk/unpublish", bulk.unpublish_all, wait=Wait.JOB),
    Endpoint("POST", "/items/bulk/destroy", bulk.destroy_all, wait=Wait.JOB),
    Endpoint("POST", "/items/bulk/move-to-stage", bulk.move_all, wait=Wait.JOB),
    Endpoint("GET", "/items/{id}", reading.find_item, changes=False),
    Endpoint("PUT", "/items/{id}", writing.update),
    Endpoint("DELETE", "/items/{id}", deleting.destroy, wait=Wait.JOB),
    Endpoint("POST", "/items/{id}/validate", writing.validate_existing, changes=False),
    Endpoint("POST", "/items/{id}/duplicate", duplicating.duplicate, wait=Wait.JOB),
    Endpoint("PUT", "/items/{id}/publish", publishing.publish),
    Endpoint("PUT", "/items/{id}/unpublish", publishing.unpublish),
    Endpoint("GET", "/items/{id}/references", reading.list_references, changes=False),
    Endpoint(
        "GET",
        "/items/{id}/current-vs-published-state",
        published_state.current_vs_published,
        changes=False,
    ),
    Endpoint("GET", "/items/{id}/versions", versions.list_versions, changes=False),
    Endpoint("GET", "/versions/{id}", versions.find_version, changes=False),
    Endpoint("POST", "/versions/{id}/restore", versions.restore_version, wait=Wait.JOB),
    Endpoint("POST", _PUBLICATION, scheduling.schedule_publication),
    Endpoint("DELETE", _PUBLICATION, scheduling.cancel_publication),
    Endpoint("POST", _UNPUBLISHING, scheduling.schedule_unpublishing),
    Endpoint("DELETE", _UNPUBLISHING, scheduling.cancel_unpublishing),
)
