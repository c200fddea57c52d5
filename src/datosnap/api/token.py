"""Keep an API token where no message, log line or traceback can show it."""

from __future__ import annotations

from datosnap.errors import UsageError


class Token:
    """An API token; only `reveal` gives it away.

    Raises: UsageError when it is empty or cannot stand in a header.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not value:
            raise UsageError("the API token is empty")
        if not all("!" <= character <= "~" for character in value):
            # The value is not quoted: it may be the right token with a newline at its end.
            raise UsageError("the API token holds spaces or characters that no token has")
        self._value = value

    def reveal(self) -> str:
        """Give the token itself, for the one header it belongs in."""
        return self._value

    def __repr__(self) -> str:
        return "Token(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a token is not to be written anywhere")
