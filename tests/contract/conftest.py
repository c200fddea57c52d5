"""What the judges from elsewhere need: their packages, installed once a session."""

from __future__ import annotations

import pytest

from tests.support import node


@pytest.fixture(scope="session")
def official() -> None:
    """Install the official clients, or say why their checks are skipped."""
    if (reason := node.why_not()) is not None:
        pytest.skip(reason)
    node.install()
