"""Roles, tokens, users and invitations."""

from __future__ import annotations

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.role_shapes import CAPABILITIES, RULES
from tests.unit.sandbox.client import Answer, Client

_FLAGS = {"can_access_cma": True, "can_access_cda": False, "can_access_cda_preview": False}


def _role(api: Client, name: str = "R", *parents: str, **more: Json) -> JsonObject:
    links: JsonObject = {
        "inherits_permissions_from": [{"type": "role", "id": parent} for parent in parents]
    }
    made: JsonObject = api.make("/roles", "role", links, name=name, **more).data
    return made


def _token(api: Client, role: str | None = None) -> Answer:
    links: JsonObject = {"role": {"type": "role", "id": role} if role else None}
    return api.make("/access_tokens", "access_token", links, name="T", **_FLAGS)


def test_rules_are_completed(api: Client) -> None:
    """A rule is read with every key of its family."""
    rule = {"environment": "main", "action": "read"}

    made = _role(api, positive_item_type_permissions=[rule], negative_item_type_permissions=[])[
        "attributes"
    ]

    stored = made["positive_item_type_permissions"][0]
    assert stored == dict.fromkeys(RULES["item_type"]) | rule


def test_pairs_of_rules_come_together(api: Client) -> None:
    """Both arrays of a family are sent, or neither."""
    refused = api.make("/roles", "role", name="R", positive_upload_permissions=[])

    assert refused.details["field"] == "positive_upload_permissions"


def test_read_back_can_be_sent(api: Client) -> None:
    """A role is updated with what was read, computed permissions and all."""
    made = _role(api)
    made["attributes"]["name"] = "S"

    assert api.put(f"/roles/{made['id']}", {"data": made}).attributes["name"] == "S"


def test_permissions_are_inherited(api: Client) -> None:
    """What a role may do finally includes what its parents may."""
    admin = api.get("/roles").data[1]
    child = _role(api, "R", admin["id"])

    final = child["meta"]["final_permissions"]

    assert not any(child["attributes"][name] for name in CAPABILITIES)
    assert all(final[name] for name in CAPABILITIES)
    assert final["environments_access"] == "all"
    assert (
        final["positive_upload_permissions"] == admin["attributes"]["positive_upload_permissions"]
    )


def test_role_does_not_inherit_from_itself(api: Client) -> None:
    """Nor from one that is not there."""
    made = _role(api)
    own: JsonObject = {"inherits_permissions_from": [{"type": "role", "id": made["id"]}]}
    unknown: JsonObject = {"inherits_permissions_from": [{"type": "role", "id": "1"}]}

    for links in (own, unknown):
        assert api.change(f"/roles/{made['id']}", "role", links).code == "INVALID_FIELD"


def test_role_takes_no_id_and_a_name_once(api: Client) -> None:
    """The server numbers roles."""
    body: JsonObject = {"data": {"type": "role", "id": "5", "attributes": {"name": "R"}}}

    assert api.post("/roles", body).code == "INVALID_FORMAT"
    assert api.make("/roles", "role", name="Editor").details["code"] == "VALIDATION_UNIQUENESS"


def test_role_in_use_stays(api: Client) -> None:
    """As long as a token has it, a role is not destroyed."""
    made = _role(api)
    token = _token(api, made["id"]).data

    assert api.delete(f"/roles/{made['id']}").code == "REQUIRED_BY_ASSOCIATION"

    api.delete(f"/access_tokens/{token['id']}")
    assert api.delete(f"/roles/{made['id']}").status == 200


def test_token_opens_the_project_until_it_is_destroyed(api: Client) -> None:
    """A new token works, a destroyed one no more."""
    admin = api.get("/roles").data[1]
    made = _token(api, admin["id"]).data
    full, api.token = api.token, made["attributes"]["token"]
    assert api.get("/site").status == 200

    api.token = full
    api.delete(f"/access_tokens/{made['id']}")
    api.token = made["attributes"]["token"]
    assert api.get("/site").status == 401


def test_regenerated_token_replaces_the_old_one(api: Client) -> None:
    """The old secret opens nothing."""
    made = api.get("/access_tokens").data[0]
    old = api.token

    api.token = api.post(f"/access_tokens/{made['id']}/regenerate_token").attributes["token"]

    assert api.get("/site").status == 200
    api.token = old
    assert api.get("/site").status == 401


def test_token_is_renamed(api: Client) -> None:
    """Names and flags change, the secret stays."""
    made = _token(api).data

    changed = api.change(
        f"/access_tokens/{made['id']}", "access_token", None, name="U", **_FLAGS
    ).attributes

    assert (changed["name"], changed["token"]) == ("U", made["attributes"]["token"])


def test_factory_token_is_not_edited(api: Client) -> None:
    """What the service made is the service's."""
    made = _token(api).data
    held = api.project.of_type("access_token")
    held[made["id"]] = {**made, "attributes": {**made["attributes"], "hardcoded_type": "readonly"}}

    path = f"/access_tokens/{made['id']}"
    assert api.change(path, "access_token", name="U").code == "NON_EDITABLE_ACCESS_TOKEN"
    assert api.delete(path).code == "NON_EDITABLE_ACCESS_TOKEN"


def test_secrets_are_shown_to_who_may_manage_them(api: Client) -> None:
    """Others see that a token is there, not what it says."""
    editor = api.get("/roles").data[0]
    api.token = _token(api, editor["id"]).attributes["token"]

    shown = api.get("/access_tokens").data
    assert [each["attributes"]["token"] for each in shown] == [None, None]
    assert api.get("/users/me").attributes["token"] is None


def test_who_am_i_tells_the_role(api: Client) -> None:
    """A backup asks for it before it trusts what it sees."""
    me = api.get("/users/me?include=role").json

    assert me["data"]["type"] == "access_token"
    assert [role["attributes"]["name"] for role in me["included"]] == ["Admin"]
    assert "included" not in api.get("/users/me").json


def test_token_without_a_role_may_do_nothing(api: Client) -> None:
    """A token does what its role and its flags both grant; without a role nothing is granted."""
    api.token = _token(api).attributes["token"]

    assert "included" not in api.get("/users/me?include=role").json
    assert api.make("/roles", "role", name="R").code == "INSUFFICIENT_PERMISSIONS"
    assert api.get("/items").code == "INSUFFICIENT_PERMISSIONS"


def test_unknown_actor_is_nobody(api: Client) -> None:
    """An identity whose entity is gone is not found."""
    api.project.tokens["ghost"] = {"type": "access_token", "id": "1"}
    api.token = "ghost"

    assert api.get("/users/me").status == 404


def test_users_are_changed_and_destroyed_but_not_made(api: Client) -> None:
    """They come by invitation; nobody destroys himself."""
    users = api.project.of_type("user")
    admin = api.get("/roles").data[1]["id"]
    for identifier in ("1", "2"):
        users[identifier] = {
            "type": "user",
            "id": identifier,
            "attributes": {"email": "a@example.com", "is_active": True},
            "relationships": {"role": {"data": {"type": "role", "id": admin}}},
        }
    api.project.tokens["user"] = {"type": "user", "id": "1"}
    api.token = "user"

    assert api.change("/users/2", "user", is_active=False).attributes["is_active"] is False
    assert api.get("/users/me").data["id"] == "1"
    assert api.delete("/users/1").code == "CANNOT_DESTROY_CURRENT_USER"
    assert api.delete("/users/2").status == 200
    assert api.make("/users", "user").code == "INVALID_ENDPOINT"


def test_invitations_are_kept(api: Client) -> None:
    """An address is invited once, to a role."""
    editor = api.get("/roles").data[0]
    role: JsonObject = {"role": {"type": "role", "id": editor["id"]}}

    made = api.make("/site-invitations", "site_invitation", role, email="a@example.com")
    again = api.make("/site-invitations", "site_invitation", role, email="a@example.com")

    assert made.status == 201
    assert again.details["code"] == "VALIDATION_UNIQUENESS"
    assert len(api.get("/site-invitations").data) == 1
    assert api.delete(f"/site-invitations/{made.data['id']}").status == 200


def test_there_is_no_single_sign_on(api: Client) -> None:
    """Users and groups of an identity provider are none."""
    assert api.get("/sso-users").data == api.get("/sso-groups").data == []


def test_plan_limits_roles_and_tokens(api: Client) -> None:
    """Beyond the plan's limits none is made."""
    api.project.limits |= {"roles": 2, "access_tokens": 1}

    assert api.make("/roles", "role", name="R").details == {"limit": "roles"}
    assert _token(api).details == {"limit": "access_tokens"}


def test_invitations_are_sent_again_and_not_to_who_is_there(api: Client) -> None:
    """Whoever has joined is not invited, and the plan's places count."""
    editor = api.get("/roles").data[0]["id"]
    api.project.of_type("user")["5"] = {
        "type": "user",
        "id": "5",
        "attributes": {"email": "a@example.com"},
        "relationships": {"role": {"data": None}},
    }
    links: JsonObject = {"role": {"type": "role", "id": editor}}

    def invite(email: str) -> Answer:
        return api.make("/site-invitations", "site_invitation", links, email=email)

    assert invite("a@example.com").code == "ACCOUNT_ALREADY_JOINED_SITE"
    made = invite("b@example.com").data
    assert api.post(f"/site-invitations/{made['id']}/resend").data == made
    api.project.limits["users"] = 2
    assert invite("c@example.com").details == {"limit": "users"}
    body = {
        "data": {
            "type": "site_invitation",
            "id": made["id"],
            "relationships": {"role": {"data": links["role"]}},
        }
    }
    assert api.put(f"/site-invitations/{made['id']}", body).status == 200
