"""The table of endpoints for assets."""

from __future__ import annotations

from datosnap.sandbox.calls import Endpoint, Wait
from datosnap.sandbox.uploads.bulk import bulk_destroy, bulk_set_collection, bulk_tag
from datosnap.sandbox.uploads.reading import find_upload, list_uploads
from datosnap.sandbox.uploads.references import list_references
from datosnap.sandbox.uploads.tags import create_tag, list_smart_tags, list_tags
from datosnap.sandbox.uploads.tracks import (
    create_track,
    destroy_track,
    generate_subtitles,
    list_tracks,
)
from datosnap.sandbox.uploads.writing import (
    create_upload,
    destroy_upload,
    request_upload,
    update_upload,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("POST", "/upload-requests", request_upload),
    Endpoint("GET", "/uploads", list_uploads, changes=False),
    Endpoint("POST", "/uploads", create_upload, wait=Wait.JOB),
    Endpoint("GET", "/uploads/{id}", find_upload, changes=False),
    Endpoint("PUT", "/uploads/{id}", update_upload, wait=Wait.JOB),
    Endpoint("DELETE", "/uploads/{id}", destroy_upload),
    Endpoint("GET", "/uploads/{id}/references", list_references, changes=False),
    Endpoint("GET", "/uploads/{id}/tracks", list_tracks, changes=False),
    Endpoint("POST", "/uploads/{id}/tracks", create_track, wait=Wait.JOB),
    Endpoint("POST", "/uploads/{id}/tracks/generate-subtitles", generate_subtitles, wait=Wait.JOB),
    Endpoint("DELETE", "/uploads/{id}/tracks/{track_id}", destroy_track, wait=Wait.JOB),
    Endpoint("POST", "/uploads/bulk/tag", bulk_tag, wait=Wait.JOB),
    Endpoint("POST", "/uploads/bulk/set-upload-collection", bulk_set_collection, wait=Wait.JOB),
    Endpoint("POST", "/uploads/bulk/destroy", bulk_destroy, wait=Wait.JOB),
    Endpoint("GET", "/upload-tags", list_tags, changes=False),
    Endpoint("POST", "/upload-tags", create_tag),
    Endpoint("GET", "/upload-smart-tags", list_smart_tags, changes=False),
)
