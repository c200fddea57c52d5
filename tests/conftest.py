"""What tests of several folders share: one sandbox with the sample project in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.object_stores import S3, s3_server
from tests.support.sandboxes import Sandbox, build_sample_project, reach, sandbox


@dataclass(frozen=True, slots=True)
class SampleProject:
    """The sample project in a running sandbox; nothing may be written to it."""

    server: Sandbox
    token: str

    @property
    def reach(self) -> tuple[str, ...]:
        """Give the options that point a command at it."""
        return reach(self.server, self.token)


@pytest.fixture(scope="session")
def sample() -> Iterator[SampleProject]:
    """Run a sandbox that holds the sample project, for the whole session."""
    with sandbox() as server:
        yield SampleProject(server, build_sample_project(server))


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """Run S3 on loopback for the whole session; each test takes a prefix of its own."""
    with s3_server() as server:
        yield server
