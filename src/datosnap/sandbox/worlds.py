"""Make worlds and projects: a fresh project has what the real service gives one.

With a seed, a world is the same on every run: its bytes come from the seed, its clock starts at a
fixed moment and goes on a second at each look, and nothing labels its pictures, since whatever
does so gets better with time. Source: a new project has one environment
`main`, the locale `en`, two roles and one listed access token.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.flags import FLAGS
from datosnap.sandbox.resources.people import token_text
from datosnap.sandbox.resources.roles import finished_role
from datosnap.sandbox.role_shapes import factory_role
from datosnap.sandbox.state import Clock, Environment, NewBytes, Policy, Project, World, z_time

# Where the clock of a seeded world starts.
EPOCH = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_PRIMARY = "main"


def new_world(*, clock: Clock | None = None, seed: int | None = None) -> World:
    """Make an empty world; with `seed` a repeatable one."""
    if seed is None:
        policy = Policy(smart_tags=True)
        return World(clock or _now, os.urandom, peek=clock or _now, policy=policy)
    return World(clock or _ticking(EPOCH), _seeded(seed))


def create_project(
    world: World, name: str, *, owner: JsonObject | None = None
) -> tuple[Project, str]:
    """Add a fresh project; give it with a token of full rights.

    `owner` is the identity of who pays, an organization of its own when left out.
    """
    created_at = z_time(world.clock())
    project = Project(
        id=world.next_number(),
        name=name,
        created_at=created_at,
        primary_id=_PRIMARY,
        environments={_PRIMARY: _environment(created_at)},
        attributes=_attributes(world, name),
        owner=owner or {"type": "organization", "id": world.next_number()},
    )
    world.projects[project.id] = project
    roles = {each: _role(world, project, each) for each in ("Editor", "Admin")}
    return project, _full_token(world, project, roles["Admin"]["id"])


def _now() -> datetime:
    return datetime.now(UTC)


def _ticking(start: datetime) -> Clock:
    moments: Iterator[datetime] = (start + timedelta(seconds=second) for second in count())
    return moments.__next__


def _seeded(seed: int) -> NewBytes:
    draws = count()

    def new_bytes(size: int) -> bytes:
        return hashlib.shake_256(f"datosnap {seed} {next(draws)}".encode()).digest(size)

    return new_bytes


def _environment(created_at: str) -> Environment:
    return Environment(
        id=_PRIMARY,
        created_at=created_at,
        last_data_change_at=created_at,
        site={
            "attributes": {
                "locales": ["en"],
                "timezone": "Europe/London",
                "no_index": False,
                "favicon": None,
                "theme": {"type": "monochromatic", "hue": 220, "logo": None},
                "global_seo": None,
            },
            "meta": dict(FLAGS),
        },
    )


def _attributes(world: World, name: str) -> JsonObject:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "project"
    number = int.from_bytes(world.new_bytes(2), "big") % 10_000
    return {
        "name": name,
        "domain": None,
        "internal_domain": f"{slug}-{number}.admin.datocms.com",
        "imgix_host": "www.datocms-assets.com",
        "google_maps_api_token": None,
        "last_data_change_at": None,
        "require_2fa": False,
        "ip_tracking_enabled": True,
        "force_use_of_sandbox_environments": False,
        "assets_cdn_default_settings": {"image": {}, "video": {}},
    }


def _role(world: World, project: Project, name: str) -> JsonObject:
    role: JsonObject = {
        "type": "role",
        "id": world.next_number(),
        "attributes": factory_role(name),
        "relationships": {"inherits_permissions_from": {"data": []}},
    }
    role = finished_role(project, role)
    project.of_type("role")[role["id"]] = role
    return role


def _full_token(world: World, project: Project, role_id: str) -> str:
    text = token_text(world)
    identity = {"type": "access_token", "id": world.next_number()}
    project.of_type("access_token")[identity["id"]] = {
        **identity,
        "attributes": {
            "name": "Full-access API token",
            "token": text,
            "hardcoded_type": None,
            "can_access_cda": True,
            "can_access_cda_preview": True,
            "can_access_cma": True,
            "last_cma_access": None,
            "last_cda_access": None,
        },
        "relationships": {"role": {"data": {"type": "role", "id": role_id}}},
    }
    project.tokens[text] = identity
    return text
