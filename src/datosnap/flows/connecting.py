"""Open the two clients that a job needs: the API's, and the assets' that never holds the token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client, ClientSettings
from datosnap.flows.accounting import accounting
from datosnap.flows.progress import Progress

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@asynccontextmanager
async def connected(
    settings: ClientSettings, progress: Progress | None = None
) -> AsyncIterator[tuple[Client, AssetClient]]:
    """Open both, and tell `progress` what the first one spends.

    Assets may lie on this machine only when the API does.
    """
    local = (urlsplit(settings.base_url).hostname or "") in _LOOPBACK
    async with AsyncExitStack() as opened:
        client = await opened.enter_async_context(Client(settings))
        assets = await opened.enter_async_context(AssetClient(allow_private=local))
        if progress is not None:
            await opened.enter_async_context(accounting(client, progress))
        yield client, assets
