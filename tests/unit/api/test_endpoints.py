"""The table of resources is fit for file names and requests."""

from __future__ import annotations

import re

from datosnap.api.client import _PATH
from datosnap.api.endpoints import RESOURCES, SCHEMA_QUERY
from datosnap.api.query import encode_query


def test_names_and_paths_are_unique_and_plain() -> None:
    """Each resource has a file and an address of its own, and neither needs escaping."""
    names = [resource.name for resource in RESOURCES]
    paths = [resource.path for resource in RESOURCES]
    assert len(set(names)) == len(set(paths)) == len(RESOURCES)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    assert all(_PATH.fullmatch(path) for path in paths)


def test_every_resource_that_carries_credentials_says_which() -> None:
    """Tokens, webhooks and build triggers have something to withhold; plugins may have."""
    secret = {resource.name for resource in RESOURCES if resource.secrets}
    assert secret == {"access_tokens", "webhooks", "build_triggers"}
    searched = {resource.name: resource.searched for resource in RESOURCES if resource.searched}
    assert searched == {"plugins": ("parameters",)}


def test_the_schema_comes_in_one_call() -> None:
    """Models, fields and fieldsets are asked for together."""
    text = encode_query(SCHEMA_QUERY).replace("%2C", ",")
    assert text == "include=item_types,item_types.fields,item_types.fieldsets"
