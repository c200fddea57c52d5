"""What a client is told: where to call, as whom, how hard; refused here when it cannot be meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from datosnap.api.addresses import check_base_url
from datosnap.api.token import Token
from datosnap.errors import UsageError, quote

DEFAULT_BASE_URL = "https://site-api.datocms.com"
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """Where to call, as whom, and how hard.

    Units: `max_rate` in requests per second, None for all that the API allows; seconds else.
    Raises: UsageError when the base URL would carry the token unencrypted, or a number or the
    environment's name cannot be meant.
    """

    base_url: str = DEFAULT_BASE_URL
    token: Token
    environment: str | None = None
    in_flight: int = 8
    max_rate: float | None = None
    deadline_s: float = 60
    max_tries: int = 8
    patience_s: float = 300

    def __post_init__(self) -> None:
        check_base_url(self.base_url)
        if self.environment is not None:
            check_environment(self.environment)
        numbers = {
            "in_flight": self.in_flight,
            "max_rate": 1.0 if self.max_rate is None else self.max_rate,
            "deadline_s": self.deadline_s,
            "max_tries": self.max_tries,
            "patience_s": self.patience_s,
        }
        for name, number in numbers.items():
            if not 0 < number < float("inf"):
                raise UsageError(f"{name}: expected a number above 0, found {quote(number)}")


def check_environment(name: str) -> None:
    """Refuse a name that no environment has.

    Raises: UsageError.
    """
    if not _ENVIRONMENT.fullmatch(name):
        raise UsageError(f"{quote(name)} cannot be the name of an environment")
