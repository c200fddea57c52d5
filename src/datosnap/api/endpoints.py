"""The table of what a backup reads besides records, and how many entries a page may have.

Source: `resources.json` of the official client's types, by way of the API notes: only records,
versions and uploads are paged; every list in the table comes whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from datosnap.api.query import Query

Scope = Literal["environment", "project"]

# Source: the API's limits; nested pages are smaller.
NESTED_PAGE = 30
FLAT_PAGE = 500
UPLOAD_PAGE = 500
VERSION_PAGE = 50
BULK = 200
# Ids in one `filter[ids]`, so that the address stays short.
IDS_A_CALL = 100

# With this, the one call that reads the settings brings the whole schema in `included`.
SCHEMA_QUERY: Query = {"include": "item_types,item_types.fields,item_types.fieldsets"}


@dataclass(frozen=True, slots=True)
class Resource:
    """One list: its file in a snapshot, its path, and what must be known to keep it.

    `optional` tells that a plan may lack it, so that a refusal says nothing is there. `secrets`
    are the attributes that are withheld, `searched` those in which a secret may stand among others.
    """

    name: str
    path: str
    scope: Scope
    optional: bool = False
    secrets: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()


RESOURCES: tuple[Resource, ...] = (
    Resource("plugins", "/plugins", "environment", searched=("parameters",)),
    Resource("workflows", "/workflows", "environment", optional=True),
    Resource("menu_items", "/menu-items", "environment"),
    Resource("schema_menu_items", "/schema-menu-items", "environment"),
    Resource("item_type_filters", "/item-type-filters", "environment"),
    Resource("upload_filters", "/upload-filters", "environment"),
    Resource("upload_collections", "/upload-collections", "environment"),
    Resource("roles", "/roles", "project"),
    Resource("access_tokens", "/access_tokens", "project", secrets=("token",)),
    Resource("users", "/users", "project"),
    Resource("site_invitations", "/site-invitations", "project"),
    Resource(
        "webhooks",
        "/webhooks",
        "project",
        secrets=("headers", "http_basic_user", "http_basic_password"),
    ),
    Resource(
        "build_triggers",
        "/build-triggers",
        "project",
        secrets=("webhook_token", "webhook_url", "adapter_settings"),
    ),
    Resource("search_indexes", "/search-indexes", "project", optional=True),
)
