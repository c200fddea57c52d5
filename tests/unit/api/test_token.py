"""A token shows itself to nobody."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

from datosnap.api.token import Token
from datosnap.errors import UsageError


def test_repr_and_str_hide_the_token() -> None:
    """However a token is printed, it is not seen."""
    token = Token("s3cret-canary")
    shown = f"{token} {token!r} {[token]}"
    assert "s3cret" not in shown
    assert token.reveal() == "s3cret-canary"


def test_a_token_cannot_be_pickled_or_copied_into_a_file() -> None:
    """Writing a token somewhere is refused."""
    with pytest.raises(TypeError):
        pickle.dumps(Token("s3cret-canary"))
    with pytest.raises(TypeError):
        copy.deepcopy(Token("s3cret-canary"))


@pytest.mark.parametrize("value", ["", " ", "abc def", "abc\n", "\tabc", "töken", "abc\x00", "🔑"])
def test_a_value_that_cannot_be_a_token_is_refused_unseen(value: str) -> None:
    """Emptiness, space and other scripts are refused, and the message does not repeat them."""
    with pytest.raises(UsageError) as caught:
        Token(value)
    assert not value.strip() or value not in "".join(traceback.format_exception_only(caught.value))


def test_tokens_are_equal_by_value() -> None:
    """Two tokens of one value are one token."""
    assert Token("a") == Token("a")
    assert Token("a") != Token("b")
    assert Token("a") != "a"
    assert len({Token("a"), Token("a")}) == 1
