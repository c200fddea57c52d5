"""What the tests of the sandbox's frame start from."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.client import Client


@pytest.fixture
def api() -> Client:
    """Give a client of a fresh project with full rights."""
    return Client.fresh()
