"""Settings that cannot be meant are refused before anything is sent."""

from __future__ import annotations

import pytest

from datosnap.api.settings import ClientSettings
from datosnap.api.token import Token
from datosnap.errors import UsageError

TOKEN = Token("s3cret-canary")


def test_defaults_reach_the_management_api() -> None:
    """Only a token is needed, and it is not shown."""
    settings = ClientSettings(token=TOKEN)
    assert settings.base_url == "https://site-api.datocms.com"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.test",
        "https://api.test/prefix/",
        "http://127.0.0.1:4010",
        "http://[::1]:80",
        "http://localhost",
        "http://LOCALHOST.:4010",
        "http://dato.localhost",
    ],
)
def test_accepts_what_keeps_the_token_safe(base_url: str) -> None:
    """Encryption, or this very machine."""
    assert ClientSettings(base_url=base_url, token=TOKEN).base_url == base_url


@pytest.mark.parametrize(
    "base_url",
    [
        "http://site-api.datocms.com",
        "http://127.0.0.1.evil.test",
        "http://localhost.evil.test",
        "http://10.0.0.1",
        "http://[fe80::1]",
        "ftp://api.test",
        "api.test",
        "",
        "https://",
        "https://user:s3cret@api.test",
        "https://api.test?x=1",
        "https://api.test/#a",
        "https://api.test:99999",
        "https://api.test:0",
        "https://api test",
        "https://[::1",
        "https://api.test\\@evil.test",
        "https://äpi.test",
    ],
)
def test_refuses_a_base_url_that_would_give_the_token_away(base_url: str) -> None:
    """Unencrypted, ambiguous and malformed addresses are refused in one line."""
    with pytest.raises(UsageError, match="base URL") as caught:
        ClientSettings(base_url=base_url, token=TOKEN)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("name", ["in_flight", "max_rate", "deadline_s", "max_tries", "patience_s"])
@pytest.mark.parametrize("number", [0, -1, float("nan"), float("inf")])
def test_refuses_numbers_that_mean_nothing(name: str, number: float) -> None:
    """Nothing is sent with no connection, no rate or no time."""
    with pytest.raises(UsageError, match=name):
        ClientSettings(token=TOKEN, **{name: number})  # type: ignore[arg-type]  # the name is a column of the table


@pytest.mark.parametrize("name", ["", "a b", "a\r\nX: y", "ä", "a/b", "x" * 101])
def test_refuses_names_that_no_environment_has(name: str) -> None:
    """What would break a header or a path is refused."""
    with pytest.raises(UsageError, match="environment"):
        ClientSettings(token=TOKEN, environment=name)
