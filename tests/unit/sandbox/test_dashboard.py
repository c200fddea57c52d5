"""Sessions, accounts and projects at the dashboard API."""

from __future__ import annotations

from typing import Literal

import pytest

from datosnap.core.jsontext import JsonObject
from tests.unit.sandbox.client import Client, document


@pytest.fixture
def signed_in(api: Client) -> Client:
    """Give a client that has signed in as an account."""
    credentials = {"email": "a@example.com", "password": "secret"}
    answer = api.post("/sessions", document("email_credentials", None, credentials))
    api.token = answer.data["id"]
    return api


def _made(api: Client, name: str = "Shop") -> JsonObject:
    site: JsonObject = api.make("/sites", "site", name=name).data
    return site


def test_account_of_an_email_is_the_same_each_time(signed_in: Client) -> None:
    """Signing in twice opens two sessions of one account."""
    credentials = {"email": "a@example.com", "password": "other"}
    again = signed_in.post("/sessions", document("email_credentials", None, credentials)).json

    assert again["data"]["id"] != signed_in.token
    assert again["included"][0]["id"] == signed_in.get("/account").data["id"]


def test_dashboard_is_asked_without_a_version(signed_in: Client) -> None:
    """The dashboard's official client names no version of the API, and is answered."""
    del signed_in.headers["x-api-version"]

    assert signed_in.get("/sites").status == 200
    assert signed_in.get("/site").code == "INVALID_API_VERSION"


def test_accounts_are_told_apart(signed_in: Client) -> None:
    """Another address is another account, which owns nothing of the first."""
    _made(signed_in)
    other = {"email": "b@example.com", "password": "secret"}
    answer = signed_in.post("/sessions", document("email_credentials", None, other)).json
    assert answer["included"][0]["id"] != signed_in.get("/account").data["id"]

    signed_in.token = answer["data"]["id"]
    assert signed_in.get("/sites").json == {"data": [], "meta": {"total_count": 0}}


def test_account_can_be_opened_and_changed(api: Client) -> None:
    """An account is made with a session and keeps its names, never its password."""
    made = api.make("/account", "account", email="b@example.com", password="x", company="B")
    api.token = made.data["id"]

    changed = api.change("/account", "account", company="C", password="y").json["included"][0]

    assert changed["attributes"]["company"] == "C"
    assert "password" not in api.get("/account").attributes


def test_project_comes_with_a_token_that_works(signed_in: Client) -> None:
    """The token of a new project opens it; it is not listed, but acts as the one that is."""
    site = _made(signed_in)
    signed_in.token = site["attributes"]["access_token"]

    assert signed_in.get("/site").attributes["name"] == "Shop"
    listed = signed_in.get("/access_tokens").data
    assert len(listed) == 1
    assert signed_in.get("/users/me").data["id"] == listed[0]["id"]
    assert listed[0]["attributes"]["token"] != signed_in.token


def test_projects_are_listed_newest_first_by_pages(signed_in: Client) -> None:
    """Only the account's own projects are listed, with their number."""
    ids = [_made(signed_in, f"P{n}")["id"] for n in range(3)]

    page = signed_in.get("/sites?page[limit]=2&page[offset]=1").json

    assert [site["id"] for site in page["data"]] == [ids[1], ids[0]]
    assert page["meta"] == {"total_count": 3}


@pytest.mark.parametrize("query", ["page[limit]=51", "page[limit]=x", "page[offset][a]=1"])
def test_pages_beyond_the_limit_are_refused(signed_in: Client, query: str) -> None:
    """Fifty projects a page are the most."""
    assert signed_in.get(f"/sites?{query}").code == "INVALID_PARAMS"


def test_project_is_changed(signed_in: Client) -> None:
    """Its name and addresses can be changed here."""
    path = f"/sites/{_made(signed_in)['id']}"

    _made(signed_in, "Other")
    signed_in.change(path, "site", name="Store")
    signed_in.change(path, "site", internal_subdomain="store", domain="a.example")

    attributes = signed_in.get(path).attributes
    assert (attributes["name"], attributes["domain"]) == ("Store", "a.example")
    assert attributes["internal_domain"] == "store.admin.datocms.com"


def test_project_becomes_no_template(signed_in: Client) -> None:
    """What a sandbox cannot do is refused, not ignored."""
    path = f"/sites/{_made(signed_in)['id']}"

    assert signed_in.change(path, "site", is_public_template=True).code == "INVALID_FIELD"


def test_destroyed_project_is_gone(signed_in: Client) -> None:
    """It is answered once more and then unknown, and so is its token."""
    site = _made(signed_in)

    assert signed_in.delete(f"/sites/{site['id']}").data["id"] == site["id"]
    assert signed_in.get(f"/sites/{site['id']}").status == 404
    signed_in.token = site["attributes"]["access_token"]
    assert signed_in.get("/site").status == 401


def test_projects_of_others_are_not_found(signed_in: Client) -> None:
    """An account sees what it owns."""
    assert signed_in.get(f"/sites/{signed_in.project.id}").status == 404


def test_project_without_a_token_is_not_ready(signed_in: Client) -> None:
    """When the last token of a project is gone, there is none to give."""
    site = _made(signed_in)
    signed_in.world.projects[site["id"]].of_type("access_token").clear()

    assert signed_in.get(f"/sites/{site['id']}").code == "SITE_NOT_READY"


def test_nobody_signed_in_sees_nothing(api: Client) -> None:
    """A project's token is no session."""
    assert api.get("/sites").status == 401


def test_session_ends_when_it_is_asked_to(signed_in: Client) -> None:
    """Its token opens nothing afterwards."""
    answer = signed_in.delete("/session")

    assert (answer.status, answer.body) == (204, b"")
    assert signed_in.get("/sites").code == "INVALID_AUTHORIZATION_HEADER"


def test_project_is_told_with_its_tokens(signed_in: Client) -> None:
    """Each stays the same; the last one reads and does not write."""
    site = _made(signed_in)
    names = ("access_token", "readwrite_token", "readonly_token")
    tokens = [site["attributes"][name] for name in names]
    again = signed_in.get(f"/sites/{site['id']}").attributes
    assert [again[name] for name in names] == tokens
    assert len(set(tokens)) == 3

    statuses = []
    for signed_in.token in tokens:
        read = signed_in.get("/item-types").status
        written = signed_in.make("/item-types", "item_type", name="A", api_key="a").status
        signed_in.delete("/item-types/a")
        statuses.append((read, written))
    assert statuses == [(200, 201), (200, 201), (200, 403)]


@pytest.mark.parametrize(
    ("status", "code"), [("creating", "SITE_NOT_READY"), ("deactivated", "DEACTIVATED_SITE")]
)
def test_project_that_is_not_ready_answers_nobody(
    signed_in: Client, status: Literal["creating", "deactivated"], code: str
) -> None:
    """The dashboard tells why."""
    site = _made(signed_in)
    session, signed_in.token = signed_in.token, site["attributes"]["access_token"]
    assert signed_in.get("/site").status == 200

    signed_in.world.projects[site["id"]].status = status

    assert signed_in.get("/site").code == code
    signed_in.token = session
    told = signed_in.get(f"/sites/{site['id']}").attributes
    assert (told["status"], told["deactivated"]) == (status, status == "deactivated")
