"""Open the two clients that a job needs: the API's, and the assets' that never holds the token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client, ClientSettings

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@asynccontextmanager
async def connected(settings: ClientSettings) -> AsyncIterator[tuple[Client, AssetClient]]:
    """Open both; assets may lie on this machine only when the API does."""
    local = (urlsplit(settings.base_url).hostname or "") in _LOOPBACK
    async with Client(settings) as client, AssetClient(allow_private=local) as assets:
        yield client, assets
