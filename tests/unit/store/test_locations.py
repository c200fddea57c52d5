"""Facts about addresses: which place they name, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.errors import UsageError
from datosnap.store.locations import locate
from datosnap.store.objects import ObjectPlace
from datosnap.store.place import LocalPlace
from tests.support.object_stores import MemoryStore

CANARY = "c4n4ry"


def test_paths_are_folders(tmp_path: Path) -> None:
    """A path, and every word without a scheme, names a folder of the local disk."""
    for where in (tmp_path, str(tmp_path)):
        place = locate(where)
        assert isinstance(place, LocalPlace)
        assert place.root == tmp_path
    assert isinstance(locate("s3:/no/address"), LocalPlace)


def test_places_are_themselves(tmp_path: Path) -> None:
    """Whoever has a place already may pass it on."""
    for place in (LocalPlace(tmp_path), MemoryStore().place()):
        assert locate(place) is place


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://bucket/a/b?region=eu-west-1", "s3://bucket/a/b?region=eu-west-1"),
        ("S3://bucket/a/b/?region=eu-west-1", "S3://bucket/a/b?region=eu-west-1"),
        ("s3://bucket?region=eu-west-1&scheme=http", "s3://bucket?region=eu-west-1&scheme=http"),
        ("gs://bucket/a", "gs://bucket/a"),
        ("gs://anonymous@bucket/a", "gs://anonymous@bucket/a"),
        ("abfs://files@account.dfs.core.windows.net/a", None),
        ("abfss://files@account.dfs.core.windows.net/a?credential_kind=cli", None),
    ],
)
def test_addresses_are_prefixes_of_object_stores(url: str, shown: str | None) -> None:
    """Each of the stores is reached by its own scheme, and the place is called by its address."""
    place = locate(url)

    assert isinstance(place, ObjectPlace)
    assert str(place) == (shown or url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"s3://key:{CANARY}@bucket/a", "credentials do not belong in it"),
        (f"s3://{CANARY}@bucket/a", "credentials do not belong in it"),
        (f"gs://{CANARY}@bucket/a", "credentials do not belong in it"),
        (f"abfs://files:{CANARY}@account.dfs.core.windows.net/a", "credentials do not belong"),
        (f"abfs://files@account.dfs.core.windows.net/a?client_secret={CANARY}", "of its options"),
        (f"s3://bucket/a?secret_key={CANARY}", "of its options only endpoint_override"),
        (f"s3://bucket/a?{CANARY}", "of its options only endpoint_override"),
        (f"s3:///{CANARY}", "names no bucket"),
        ("s3://", "names no bucket"),
        (f"s3://bucket/a#{CANARY}", "holds a '#'"),
        (f"s3://bucket/../{CANARY}", "empty, '.' or '..'"),
        (f"s3://bucket/{CANARY}//a", "empty, '.' or '..'"),
        (f"s3://[{CANARY}/a", "cannot be told apart"),
        ("gs://bucket/a?retry_limit_seconds=never", "never"),
        ("abfs://account.dfs.core.windows.net", "names no bucket"),
        (f"https://bucket/{CANARY}", "expected a path or an address that begins with s3://"),
        (f"file:///{CANARY}", "found 'file://'"),
    ],
)
def test_addresses_that_cannot_be_right_are_refused_unrepeated(url: str, why: str) -> None:
    """The reason is told, and nothing that may be a key in the wrong place."""
    with pytest.raises(UsageError) as caught:
        locate(url)

    assert why in str(caught.value)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None or CANARY not in str(caught.value.__cause__)


def test_address_of_nothing_below_the_bucket_is_the_bucket() -> None:
    """A whole bucket may be a place."""
    assert str(locate("gs://bucket/")) == "gs://bucket"
