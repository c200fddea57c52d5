"""Find the API token and the address as DatoCMS users have configured them already.

In this order, as the official command line tool does: the option, then the environment variable
of the profile, then the same variable in `.env.local` and `.env`. `datocms.config.json` may name
the variable and the base URL of a profile; it is read and never written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from datosnap.api.client import DEFAULT_BASE_URL, ClientSettings
from datosnap.api.token import Token
from datosnap.cli.options import Asked
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.errors import NonsenseError, UsageError, quote

_DOTENV_FILES = (".env", ".env.local")
_DEFAULT_PROFILE = "default"
_DEFAULT_CONFIG_FILE = "datocms.config.json"


def client_settings(asked: Asked, folder: Path) -> ClientSettings:
    """Settle whom to call and as whom, with `.env` files and the config file in `folder`.

    Raises: UsageError when a file cannot be read, or no token is found, telling where one is
    looked for.
    """
    known = _variables(folder)
    profile_id = asked.profile or known.get("DATOCMS_PROFILE") or _DEFAULT_PROFILE
    profile = _profile(asked, known, folder, profile_id)
    variable = _text(profile, "apiTokenEnvName") or _variable(profile_id)
    token = asked.api_token or known.get(variable)
    if not token:
        raise UsageError(
            f"no API token: expected {asked.option('api-token')}, or {variable} in the environment,"
            f" in .env.local or in .env; the project's settings list its tokens under API tokens"
        )
    return ClientSettings(
        base_url=asked.base_url or _text(profile, "baseUrl") or DEFAULT_BASE_URL,
        token=Token(token),
        in_flight=asked.in_flight,
        max_rate=asked.max_rate,
    )


def _variables(folder: Path) -> Mapping[str, str | None]:
    """Give the environment; what it lacks comes from `.env.local`, what that lacks from `.env`."""
    known: dict[str, str | None] = {}
    for name in _DOTENV_FILES:
        try:
            known |= dotenv_values(folder / name)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {quote(str(folder / name))}: {error}") from error
    return {**known, **os.environ}


def _variable(profile_id: str) -> str:
    if profile_id == _DEFAULT_PROFILE:
        return "DATOCMS_API_TOKEN"
    return f"DATOCMS_{profile_id.upper()}_PROFILE_API_TOKEN"


def _text(profile: JsonObject, name: str) -> str | None:
    value = profile.get(name)
    if value is None or isinstance(value, str):
        return value
    raise UsageError(f"the profile's {name}: expected a text, found {quote(value)}")


def _profile(
    asked: Asked, known: Mapping[str, str | None], folder: Path, profile_id: str
) -> JsonObject:
    named = asked.config_file or known.get("DATOCMS_CONFIG_FILE")
    path = folder / (named or _DEFAULT_CONFIG_FILE)
    if not path.is_file():
        if named:
            raise UsageError(f"no configuration file at {quote(str(path))}")
        return {}
    try:
        profiles = decode_object(path.read_bytes()).get("profiles")
    except (OSError, NonsenseError) as error:
        raise UsageError(f"cannot read {quote(str(path))}: {error}") from error
    if not isinstance(profiles, dict):
        raise UsageError(f"{quote(str(path))}: expected an object `profiles`, found none")
    profile = profiles.get(profile_id)
    if profile is None and profile_id == _DEFAULT_PROFILE:
        return {}
    if not isinstance(profile, dict):
        names = ", ".join(sorted(profiles)) or "none"
        raise UsageError(f"{quote(str(path))} has no profile {profile_id!r}; it has: {names}")
    return profile
