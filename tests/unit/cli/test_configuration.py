"""The token and the address are found where users of the official tool keep them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from datosnap.api.client import DEFAULT_BASE_URL
from datosnap.api.token import Token
from datosnap.cli.configuration import client_settings
from datosnap.cli.options import Asked, asked
from datosnap.core.jsontext import Json, JsonObject
from datosnap.errors import UsageError

_CONFIG = "datocms.config.json"
_OF_A_SIDE = ("api_token", "profile", "environment", "base_url")


@pytest.fixture(autouse=True)
def _no_own_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide what the machine that runs the tests has configured."""
    for name in [name for name in os.environ if name.startswith("DATOCMS_")]:
        monkeypatch.delenv(name)


def _configure(folder: Path, name: str = _CONFIG, **profiles: Json) -> None:
    (folder / name).write_text(json.dumps({"profiles": profiles}))


def test_an_option_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token on the command line wins over everything that is configured."""
    monkeypatch.setenv("DATOCMS_API_TOKEN", "environment")
    settings = client_settings(Asked(api_token="option"), tmp_path)
    assert settings.token == Token("option")
    assert settings.base_url == DEFAULT_BASE_URL


def test_the_environment_comes_before_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment wins over `.env.local`, and that over `.env`."""
    (tmp_path / ".env").write_text("DATOCMS_API_TOKEN=env\n")
    assert client_settings(Asked(), tmp_path).token == Token("env")

    (tmp_path / ".env.local").write_text("DATOCMS_API_TOKEN='local'\n")
    assert client_settings(Asked(), tmp_path).token == Token("local")

    monkeypatch.setenv("DATOCMS_API_TOKEN", "environment")
    assert client_settings(Asked(), tmp_path).token == Token("environment")


def test_without_a_token_it_says_where_one_is_looked_for(tmp_path: Path) -> None:
    """The refusal names the option and the variable of the profile that was asked for."""
    with pytest.raises(UsageError, match=r"--api-token, or DATOCMS_API_TOKEN in"):
        client_settings(Asked(), tmp_path)
    with pytest.raises(UsageError, match=r"or DATOCMS_STAGING_PROFILE_API_TOKEN in"):
        client_settings(Asked(profile="staging"), tmp_path)


def test_each_of_two_projects_has_options_of_its_own(tmp_path: Path) -> None:
    """Token, profile and address are the side's; how hard the API is asked is shared."""
    (tmp_path / ".env").write_text("DATOCMS_STAGING_PROFILE_API_TOKEN=staging\n")
    given: JsonObject = {
        **{f"{side}_{name}": None for side in ("source", "destination") for name in _OF_A_SIDE},
        "source_api_token": "live",
        "source_base_url": "http://127.0.0.1:4010",
        "destination_profile": "staging",
        "max_rate": 5.0,
    }
    source = client_settings(asked(given, "source"), tmp_path)
    destination = client_settings(asked(given, "destination"), tmp_path)
    assert (source.token, destination.token) == (Token("live"), Token("staging"))
    assert (source.base_url, destination.base_url) == ("http://127.0.0.1:4010", DEFAULT_BASE_URL)
    assert source.max_rate == destination.max_rate == 5.0


def test_a_missing_token_is_asked_for_by_the_option_of_its_side(tmp_path: Path) -> None:
    """Of two projects, the one without a token is named."""
    given = dict.fromkeys(f"destination_{name}" for name in _OF_A_SIDE)
    with pytest.raises(UsageError, match="--destination-api-token, or DATOCMS_API_TOKEN in"):
        client_settings(asked(given, "destination"), tmp_path)


def test_a_variable_may_be_empty(tmp_path: Path) -> None:
    """A variable without a value holds no token."""
    (tmp_path / ".env").write_text("DATOCMS_API_TOKEN\n")
    with pytest.raises(UsageError, match="no API token"):
        client_settings(Asked(), tmp_path)


def test_a_profile_has_its_own_variable(tmp_path: Path) -> None:
    """A profile's token is never another profile's; the option wins over DATOCMS_PROFILE."""
    (tmp_path / ".env").write_text(
        "DATOCMS_API_TOKEN=default\n"
        "DATOCMS_STAGING_PROFILE_API_TOKEN=staging\n"
        "DATOCMS_LIVE_PROFILE_API_TOKEN=live\n"
        "DATOCMS_PROFILE=staging\n"
    )
    assert client_settings(Asked(), tmp_path).token == Token("staging")
    assert client_settings(Asked(profile="live"), tmp_path).token == Token("live")
    assert client_settings(Asked(profile="default"), tmp_path).token == Token("default")


def test_the_config_file_names_address_and_variable(tmp_path: Path) -> None:
    """A profile of the config file may have a base URL and a variable of its own."""
    _configure(
        tmp_path,
        default={"baseUrl": "http://127.0.0.1:4010", "apiTokenEnvName": "MY_TOKEN"},
        staging={"logLevel": "NONE"},
    )
    (tmp_path / ".env").write_text("MY_TOKEN=mine\nDATOCMS_STAGING_PROFILE_API_TOKEN=staging\n")

    settings = client_settings(Asked(), tmp_path)
    assert settings.token == Token("mine")
    assert settings.base_url == "http://127.0.0.1:4010"
    staging = client_settings(Asked(profile="staging"), tmp_path)
    assert staging.token == Token("staging")
    assert staging.base_url == DEFAULT_BASE_URL


def test_an_address_on_the_command_line_comes_first(tmp_path: Path) -> None:
    """The option wins over the config file's address; the numbers are passed on."""
    _configure(tmp_path, default={"baseUrl": "http://127.0.0.1:4010"})
    wanted = Asked(api_token="t", base_url="http://127.0.0.1:5", in_flight=3, max_rate=2.5)
    settings = client_settings(wanted, tmp_path)
    assert settings.base_url == "http://127.0.0.1:5"
    assert settings.in_flight == 3
    assert settings.max_rate == 2.5


def test_the_default_profile_needs_no_entry(tmp_path: Path) -> None:
    """A config file that only has other profiles leaves the default one as it is."""
    _configure(tmp_path, staging={"baseUrl": "http://127.0.0.1:4010"})
    settings = client_settings(Asked(api_token="t"), tmp_path)
    assert settings.base_url == DEFAULT_BASE_URL


def test_an_unknown_profile_is_refused(tmp_path: Path) -> None:
    """A profile that the config file lacks is refused with the names of those it has."""
    _configure(tmp_path, live={}, beta={})
    with pytest.raises(UsageError, match="no profile 'staging'; it has: beta, live"):
        client_settings(Asked(api_token="t", profile="staging"), tmp_path)

    _configure(tmp_path)
    with pytest.raises(UsageError, match="it has: none"):
        client_settings(Asked(api_token="t", profile="staging"), tmp_path)


def test_another_config_file_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option names the config file, or else the environment; one that is named must exist."""
    _configure(tmp_path, "a.json", default={"baseUrl": "http://127.0.0.1:1"})
    _configure(tmp_path, "b.json", default={"baseUrl": "http://127.0.0.1:2"})
    monkeypatch.setenv("DATOCMS_CONFIG_FILE", "a.json")

    assert client_settings(Asked(api_token="t"), tmp_path).base_url == "http://127.0.0.1:1"
    other = Asked(api_token="t", config_file=str(tmp_path / "b.json"))
    assert client_settings(other, tmp_path).base_url == "http://127.0.0.1:2"
    with pytest.raises(UsageError, match=r"no configuration file at .*gone\.json"):
        client_settings(Asked(api_token="t", config_file="gone.json"), tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "cannot read .*expected JSON"),
        ("[]", "expected a JSON object"),
        ("{}", "expected an object `profiles`"),
        ('{"profiles":[]}', "expected an object `profiles`"),
        ('{"profiles":{"default":"x"}}', "has no profile 'default'"),
        ('{"profiles":{"default":{"baseUrl":5}}}', "baseUrl: expected a text, found 5"),
        ('{"profiles":{"default":{"apiTokenEnvName":{}}}}', "apiTokenEnvName: expected a text"),
    ],
)
def test_a_config_file_of_another_shape_is_refused(
    tmp_path: Path, text: str, complaint: str
) -> None:
    """A file that is not such a configuration is refused, telling what was expected."""
    (tmp_path / _CONFIG).write_text(text)
    with pytest.raises(UsageError, match=complaint):
        client_settings(Asked(api_token="t"), tmp_path)


@pytest.mark.parametrize("name", [".env", ".env.local"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, name: str) -> None:
    """Files of variables in no readable encoding are a mistake of the user's, and named."""
    (tmp_path / name).write_bytes(b"DATOCMS_API_TOKEN=\xff\xfe\n")
    with pytest.raises(UsageError, match=f"cannot read .*{name}"):
        client_settings(Asked(api_token="t"), tmp_path)


def test_configuration_is_never_written(tmp_path: Path) -> None:
    """Reading the configuration leaves the folder as it was."""
    _configure(tmp_path, default={})
    (tmp_path / ".env").write_text("DATOCMS_API_TOKEN=env\n")
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    client_settings(Asked(), tmp_path)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before
