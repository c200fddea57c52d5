"""The project's settings as one resource: some belong to the project, some to the environment.

Source: the schema reference and recorded exchanges: with several locales the global SEO is an
object by locale; a locale that goes takes its content with it; flags can be switched on only.
"""

from __future__ import annotations

from functools import partial

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.access import may
from datosnap.sandbox.calls import Call, Endpoint, Reply, Wait
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.flags import ACTIVATED
from datosnap.sandbox.queries import listed
from datosnap.sandbox.records import schema_changes
from datosnap.sandbox.resources import models
from datosnap.sandbox.resources.changes import ref, with_attributes
from datosnap.sandbox.resources.item_types import newest_first
from datosnap.sandbox.resources.refusals import invalid
from datosnap.sandbox.resources.site_rules import check_settings

_INCLUDES = frozenset(
    {
        "item_types",
        "item_types.fields",
        "item_types.fieldsets",
        "item_types.singleton_item",
        "account",
    }
)
# Which right each attribute asks for; all others ask for `can_edit_site`.
_RIGHTS = {
    "locales": "can_edit_environment",
    "timezone": "can_edit_environment",
    "theme": "can_edit_environment",
    "favicon": "can_edit_favicon",
    "global_seo": "can_edit_favicon",
    "no_index": "can_edit_favicon",
}
_OF_PROJECT = (
    "name",
    "require_2fa",
    "ip_tracking_enabled",
    "force_use_of_sandbox_environments",
)


def _site(call: Call) -> JsonObject:
    environment, project = call.environment, call.project
    owner = project.owner
    return {
        "type": "site",
        "id": project.id,
        "attributes": {
            **project.attributes,
            "name": project.name,
            **environment.site["attributes"],
            "last_data_change_at": environment.last_data_change_at,
        },
        "relationships": {
            "account": {"data": owner if owner["type"] == "account" else None},
            "owner": {"data": owner},
            "item_types": {"data": [ref("item_type", each["id"]) for each in newest_first(call)]},
        },
        "meta": {"created_at": project.created_at, **environment.site["meta"]},
    }


def _find(call: Call) -> Reply:
    wanted = set(listed(call.query.get("include")))
    if unknown := sorted(wanted - _INCLUDES):
        raise ApiFailure("INVALID_PARAMS", {"message": f"cannot include {', '.join(unknown)}"})
    if not wanted:
        return Reply({"data": _site(call)})
    return Reply({"data": _site(call), "included": _included(call, wanted)})


def _included(call: Call, wanted: set[str]) -> list[JsonObject]:
    found: list[JsonObject] = []
    for model in newest_first(call) if any("item_types" in each for each in wanted) else []:
        found.append(model)
        if "item_types.fields" in wanted:
            found += models.fields_of(call.environment, model)
        if "item_types.fieldsets" in wanted:
            found += models.fieldsets_of(call.environment, model)
    account = call.world.accounts.get(call.project.owner["id"])
    if "account" in wanted and account is not None:
        found.append(account)
    return found


def _update(call: Call) -> Reply:
    attributes = call.data.get("attributes", {})
    for name in attributes:
        if not may(call.project, call.actor, _RIGHTS.get(name, "can_edit_site")):
            raise ApiFailure("INSUFFICIENT_PERMISSIONS")
    check_settings(call, attributes)
    before = call.environment.site["attributes"]
    own = {name: value for name, value in attributes.items() if name not in _OF_PROJECT}
    after = {**before, **own}
    after["global_seo"] = _seo_by_locale(after["global_seo"], after["locales"])
    _switch_on(call, call.data.get("meta", {}))
    site = {"attributes": after, "meta": call.environment.site["meta"]}
    call.environment.site = site
    call.project.name = attributes.get("name", call.project.name)
    call.project.attributes |= {
        name: attributes[name] for name in _OF_PROJECT[1:] if name in attributes
    }
    if before["locales"] != after["locales"]:
        _defaults_moved(call, after["locales"])
        schema_changes.locales_changed(call, before["locales"], after["locales"])
    return Reply({"data": _site(call)})


def _seo_by_locale(seo: Json, locales: list[str]) -> Json:
    by_locale = isinstance(seo, dict) and not {"site_name", "fallback_seo"} & seo.keys()
    if len(locales) == 1:
        return seo.get(locales[0]) if by_locale and locales[0] in seo else seo
    told = seo if by_locale else {locales[0]: seo}
    return {locale: told.get(locale) for locale in locales}


def _defaults_moved(call: Call, locales: list[str]) -> None:
    for field in list(call.environment.of_type("field").values()):
        if field["attributes"]["localized"]:
            old = field["attributes"]["default_value"]
            kept = {locale: old.get(locale) for locale in locales}
            models.store(call.environment, with_attributes(field, {"default_value": kept}))


def _switch_on(call: Call, flags: JsonObject) -> None:
    held = call.environment.site["meta"]
    for name, value in flags.items():
        if name in ACTIVATED and held[name] and not value:
            raise invalid("site", f"meta.{name}", "cannot be switched off")
    for environment in call.project.environments.values():
        environment.site = {**environment.site, "meta": {**environment.site["meta"], **flags}}


def _activate(flag: str, call: Call) -> Reply:
    _switch_on(call, {flag: True})
    return Reply({"data": _site(call)})


def _cdn_settings(call: Call) -> Reply:
    settings = call.data["attributes"]
    call.project.attributes["assets_cdn_default_settings"] = settings
    return Reply({"data": _site(call)})


def _public_info(call: Call) -> Reply:
    attributes = call.environment.site["attributes"]
    shown = {"name": call.project.name, "theme": attributes["theme"]}
    return Reply({"data": {"type": "public_info", "id": call.project.id, "attributes": shown}})


def _activation(flag: str) -> Endpoint:
    path = f"/site/activate-{flag.replace('_', '-')}"
    wait = Wait.JOB if flag == "improved_timezone_management" else Wait.SYNC
    return Endpoint("PUT", path, partial(_activate, flag), wait=wait, needs="can_edit_site")


ENDPOINTS = (
    Endpoint("GET", "/site", _find, changes=False),
    Endpoint("PUT", "/site", _update, "site.update", Wait.JOB),
    Endpoint(
        "PUT", "/site/assets-cdn-default-settings", _cdn_settings, "site.cdn", needs="can_edit_site"
    ),
    Endpoint(
        "PUT",
        "/site/activate-draft-mode-as-default",
        partial(_activate, "draft_mode_default"),
        needs="can_edit_site",
    ),
    Endpoint("GET", "/public-info", _public_info, changes=False),
    *map(_activation, ACTIVATED),
)
