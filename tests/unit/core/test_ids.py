"""Ids are judged as the API judges them, and derived the same on every run."""

from __future__ import annotations

import base64
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datosnap.core.ids import derive, from_random, is_portable


def _spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@given(st.uuids(version=4))
def test_version_4_uuids_are_portable(one: uuid.UUID) -> None:
    """Any UUID of version 4 in 22 characters can be sent as an id."""
    assert is_portable(_spelled(one.bytes))


@given(st.binary(min_size=16, max_size=16))
def test_other_bytes_are_not_portable(raw: bytes) -> None:
    """Of other bytes just those are portable that happen to be a UUID of version 4."""
    one = uuid.UUID(bytes=raw)
    assert is_portable(_spelled(raw)) is (one.variant == uuid.RFC_4122 and one.version == 4)


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        "12345",
        "281474976710655",
        "1234567890123456789012",
        "hWl-mnkWRYmMCSTq4z_pi",
        "hWl-mnkWRYmMCSTq4z_piQQ",
        "hWl-mnkWRYmMCSTq4z_pi=",
        "hWl-mnkWRYmMCSTq4z_pé ",
        "hWl-mnkWRYmMCSTq4z_pi\n",
        "hWl mnkWRYmMCSTq4z_piQ",
        # The same bytes spelled otherwise: the other alphabet, and bits that no byte uses.
        "hWl+mnkWRYmMCSTq4z/piQ",
        "hWl-mnkWRYmMCSTq4z_piR",
    ],
)
def test_what_the_api_would_refuse_is_not_portable(identifier: str) -> None:
    """Decimal ids of old projects, and anything that is not the one spelling, cannot be sent."""
    assert not is_portable(identifier)


def test_an_id_of_the_documentation_is_portable() -> None:
    """The documentation's own example can be sent."""
    assert is_portable("hWl-mnkWRYmMCSTq4z_piQ")


@given(st.binary(min_size=16, max_size=16))
def test_random_bytes_make_a_portable_id(raw: bytes) -> None:
    """Any 16 bytes become an id that can be sent and that begins with a letter."""
    identifier = from_random(raw)
    assert is_portable(identifier)
    assert identifier[0].isalpha()


@given(st.text(), st.text(), st.text())
def test_derived_ids_are_portable_and_stay_the_same(project: str, place: str, source: str) -> None:
    """The same source in the same target has the same id on every run, and it can be sent."""
    derived = derive(project, place, source)
    assert is_portable(derived)
    assert derive(project, place, source) == derived


def test_derived_ids_never_move() -> None:
    """An id derived by an earlier release is derived again, so that its work is found."""
    assert derive("1", "main", "item:5") == "EGjEsjsTT96s-IUxSw4gng"


def test_derived_ids_depend_on_everything() -> None:
    """Another project, environment or source gives another id."""
    seeds = [("1", "main", "5"), ("2", "main", "5"), ("1", "dev", "5"), ("1", "main", "6")]
    assert len({derive(*one) for one in seeds}) == len(seeds)
