"""Keep the bytes of uploads: a place to PUT them to for a while, and to GET them from.

It stands for two hosts of the real service, the signed storage URL and the asset CDN; neither
sees the API token. A path is `/<project id>/<unix seconds>-<name>`; when two files of one name
are asked for in one second, the later one takes the next free second, since the second is what
keeps them apart.
Source: `uploads.md`, lifecycle; signed URLs live 900 s.
"""

from __future__ import annotations

import re
from datetime import timedelta

from datosnap.sandbox.state import Project, World
from datosnap.sandbox.uploads.analysis import content_type

SIGNED_FOR = timedelta(seconds=900)
_UNSAFE = re.compile(rb"[^a-z0-9._~-]+")

_STORED, _FORBIDDEN = 200, 403


def sanitised(file_name: str) -> str:
    """Spell a file name as paths carry it: lower case, URL-safe, a dash for anything else."""
    # ASCII only: `str.lower` would turn some letters of other scripts into several
    return _UNSAFE.sub(b"-", file_name.encode("utf-8").lower()).decode("ascii")


def request_path(world: World, project: Project, file_name: str) -> str:
    """Reserve the path that a file may be PUT to from now on."""
    now, taken = world.clock(), project.upload_requests
    second, name = int(now.timestamp()), sanitised(file_name)
    while (path := f"/{project.id}/{second}-{name}") in project.blobs or path in taken:
        second += 1
    project.upload_requests[path] = now
    return path


def signed_url(world: World, path: str) -> str:
    """Give the URL that takes the bytes of a reserved path, without a token."""
    signature = world.new_bytes(32).hex()
    lifetime_s = int(SIGNED_FOR.total_seconds())
    return f"{world.base_url}{path}?X-Amz-Expires={lifetime_s}&X-Amz-Signature={signature}"


def put_blob(world: World, project_id: str, file_name: str, body: bytes) -> int:
    """Store bytes at a reserved path; return the HTTP status.

    Shape: 200, or 403 when the path was never asked for, too long ago, or is an upload already.
    """
    project, path = world.projects.get(project_id), f"/{project_id}/{file_name}"
    asked_at = project.upload_requests.get(path) if project else None
    if project is None or asked_at is None or world.clock() - asked_at > SIGNED_FOR:
        return _FORBIDDEN
    project.blobs[path] = body
    return _STORED


def read_blob(world: World, project_id: str, file_name: str) -> tuple[bytes, str] | None:
    """Give the bytes at a public path and their media type; None when there are none.

    The number in a path is that of the project that asked for it, of which this may be a copy.
    """
    path = f"/{project_id}/{file_name}"
    for project in world.projects.values():
        if (body := project.blobs.get(path)) is not None:
            return body, content_type(file_name)
    return None


def drop_unused(project: Project, path: str) -> None:
    """Forget the bytes at a path that no upload of any environment has any more."""
    for environment in project.environments.values():
        if any(u["attributes"]["path"] == path for u in environment.of_type("upload").values()):
            return
    project.blobs.pop(path, None)
