"""Secrets are left out by name, and named by path."""

from __future__ import annotations

from datosnap.core.secrets import withhold


def test_whole_attributes_become_null() -> None:
    """A secret attribute is nulled and named; an empty one needs no mention."""
    left = withhold({"name": "x", "token": "abc", "headers": {}}, ("token", "headers"), ())

    assert left.attributes == {"name": "x", "token": None, "headers": {}}
    assert left.paths == ("token",)


def test_members_named_like_secrets_go_at_any_depth() -> None:
    """In free-form parameters only what is named like a secret goes; the rest stays."""
    parameters = {
        "theme": "dark",
        "apiKey": "k-1",
        "nested": {"client_secret": "s", "width": 3},
        "list": [{"accessToken": "t"}, {"label": "x"}],
        "usePassword": True,
        "token": "",
    }

    left = withhold({"parameters": parameters}, (), ("parameters",))

    assert left.attributes["parameters"] == {
        "theme": "dark",
        "nested": {"width": 3},
        "list": [{}, {"label": "x"}],
        "usePassword": True,
        "token": "",
    }
    assert left.paths == (
        "parameters.apiKey",
        "parameters.nested.client_secret",
        "parameters.list[0].accessToken",
    )


def test_the_given_attributes_are_not_changed() -> None:
    """What is passed in stays as it is."""
    given = {"parameters": {"apiKey": "k"}}

    withhold(given, (), ("parameters",))

    assert given == {"parameters": {"apiKey": "k"}}
