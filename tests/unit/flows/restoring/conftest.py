"""What several tests of imports begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.importing import exported
from tests.support.newsroom import Newsroom, newsroom


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    """Build a newsroom and export it to `out`."""
    built = newsroom()
    exported(built.api, tmp_path / "out")
    return built
