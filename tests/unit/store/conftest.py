"""Processes beside for the tests of the store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.beside import Beside, process


@pytest.fixture(scope="module")
def shared() -> Iterator[Beside]:
    """Give a process that no test ends."""
    with process() as executor:
        yield executor


@pytest.fixture
def beside(shared: Beside) -> Beside:
    """Give that process, with nothing told of what it was given before."""
    shared.forget()
    return shared


@pytest.fixture
def mortal() -> Iterator[Beside]:
    """Give a process that may be ended."""
    with process() as executor:
        yield executor
