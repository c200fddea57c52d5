"""Facts about what object stores answer, and what is made of it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from datosnap.errors import AccessRefusedError, BackupError, DiskError
from datosnap.store.storeerrors import translating_store

TOLD = (
    (
        "When reading 'x' in bucket 'b': AWS Error ACCESS_DENIED during HeadObject operation: no",
        AccessRefusedError,
        "access is denied",
    ),
    (
        "When listing objects: AWS Error NO_SUCH_BUCKET during ListObjectsV2 operation",
        DiskError,
        "there is no such bucket",
    ),
    (
        "AWS Error NETWORK_CONNECTION during HeadObject operation: curlCode: 7",
        DiskError,
        "the store cannot be reached",
    ),
    ("AWS Error SLOW_DOWN during PutObject operation: ", DiskError, "the store is busy"),
    ("AWS Error REQUEST_TIME_TOO_SKEWED during PutObject operation: ", DiskError, "clock is wrong"),
    ("AWS Error UNKNOWN (HTTP status 418) during PutObject operation: ", DiskError, "refused"),
    ("google::cloud::Status(PERMISSION_DENIED: no)", AccessRefusedError, "access is denied"),
    ("failed. Azure Error: [AuthorizationFailure] 403", AccessRefusedError, "access is denied"),
    ("something else", DiskError, "the store refused"),
    ("", DiskError, "OSError"),
)


@pytest.mark.parametrize(("text", "failure", "meaning"), TOLD)
def test_store_failures_say_what_to_do(text: str, failure: type[BackupError], meaning: str) -> None:
    """Each names the place, what happened there and what helps, in one line."""
    with (
        pytest.raises(failure, match=meaning) as caught,
        translating_store("read", "s3://b/x"),
    ):
        raise OSError(text)

    message = str(caught.value)
    assert message.startswith("cannot read 's3://b/x': ")
    assert "\n" not in message
    assert ";" in message


def test_long_and_broken_answers_are_cut_and_escaped() -> None:
    """What a store writes can neither flood a log nor steer a terminal."""
    with pytest.raises(DiskError) as caught, translating_store("read", "s3://b/x"):
        raise pa.ArrowInvalid("\x1b[2J\n" + "x" * 5000)

    assert len(str(caught.value)) < 400
    assert "\x1b" not in str(caught.value)


def test_other_failures_pass() -> None:
    """What is translated already, or is none of the store's, is left alone."""
    with pytest.raises(DiskError, match=r"^full$"), translating_store("read", "s3://b/x"):
        raise DiskError("full")
