"""Write what surrounds the records: site, environment, schema, settings, project-wide lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict

from anyio import to_thread

from datosnap.api.endpoints import RESOURCES, Resource, Scope
from datosnap.core.jsontext import JsonObject, decode_object, encode, slice_page
from datosnap.core.secrets import withhold
from datosnap.errors import AccessRefusedError, BackupError, RejectedError
from datosnap.flows.exporting.run import ExportRun
from datosnap.flows.opening import Opened
from datosnap.flows.ordering import InOrder
from datosnap.store.manifest import Withheld

# `included` types of the one call that reads the schema, and the files they go to.
_SCHEMA_FILES = {"item_type": "item_types", "field": "fields", "fieldset": "fieldsets"}
_SITE_STATE = "state site"


async def export_schema(run: ExportRun, opened: Opened) -> None:
    """Write site, environment and schema."""
    if run.writer.noted(_SITE_STATE) is None:
        run.writer.note(_SITE_STATE, _state([_settings(opened.site)]))
    files = {"site": [opened.site], "environment": [opened.environment]}
    for kind, name in _SCHEMA_FILES.items():
        files[name] = opened.schema_lines.get(kind, [])
    for name, lines in files.items():
        if run.writer.has_resources(name):
            continue
        await to_thread.run_sync(run.writer.resources, name, lines)


async def export_resources(run: ExportRun, scope: Scope) -> None:
    """Write every other resource of one scope, one file each, and note what was withheld.

    A list that the plan or the role does not offer is a gap, not the end.
    """
    in_scope = [one for one in RESOURCES if one.scope == scope]
    wanted = [one for one in in_scope if not run.writer.has_resources(one.name)]
    for resource in [one for one in in_scope if one not in wanted]:
        known = run.writer.noted(_withheld_note(resource))
        run.withheld += [Withheld(**one) for one in known]

    async def read(resource: Resource) -> list[bytes] | BackupError:
        try:
            return slice_page(await run.client.get(resource.path))[0]
        except (RejectedError, AccessRefusedError) as error:
            return error

    async def keep(resource: Resource, found: list[bytes] | BackupError) -> None:
        if not isinstance(found, BackupError):
            await _keep(run, resource, found)
        elif not resource.optional:
            run.note_gap("resource", resource.name, str(found))

    await InOrder(read, keep, run.slots).run(wanted)


async def _keep(run: ExportRun, resource: Resource, lines: list[bytes]) -> None:
    state = _state(lines)
    withheld: list[Withheld] = []
    if not run.options.include_secrets and (resource.secrets or resource.searched):
        lines = list(_without_secrets(resource, lines, withheld))
    # Noted first: a run that is killed in between reads the list and notes this again.
    run.writer.note(_withheld_note(resource), [asdict(one) for one in withheld])
    run.writer.note(_state_note(resource), state)
    await to_thread.run_sync(run.writer.resources, resource.name, lines)
    run.withheld += withheld


async def changed_resources(run: ExportRun, site: bytes) -> list[str]:
    """Name the settings and lists of the environment that are not as they were when written.

    `site` has the settings as they are now.
    """
    names = [] if run.writer.noted(_SITE_STATE) == _state([_settings(site)]) else ["site"]
    kept: dict[Resource, str | None] = {
        one: run.writer.noted(_state_note(one)) for one in RESOURCES if one.scope == "environment"
    }

    async def read(resource: Resource) -> str:
        return _state(slice_page(await run.client.get(resource.path))[0])

    async def compare(resource: Resource, found: str) -> None:
        names.extend([resource.name] if found != kept[resource] else [])

    await InOrder(read, compare, run.slots).run(one for one in kept if kept[one] is not None)
    return names


def _settings(site: bytes) -> bytes:
    """Give what of a site people set."""
    attributes: JsonObject = decode_object(site)["attributes"]
    return encode({name: attributes[name] for name in attributes if name != "last_data_change_at"})


def _withheld_note(resource: Resource) -> str:
    return f"withheld {resource.name}"


def _state_note(resource: Resource) -> str:
    return f"state {resource.name}"


def _state(lines: Iterable[bytes]) -> str:
    """Tell one content of a list from another; the order in which it comes is none of it."""
    return hashlib.blake2b(b"\n".join(sorted(lines)), digest_size=16).hexdigest()


def _without_secrets(
    resource: Resource, lines: Iterable[bytes], withheld: list[Withheld]
) -> Iterable[bytes]:
    """Leave secrets out; a line without any stays as the API sent it."""
    for line in lines:
        one = decode_object(line)
        left = withhold(one.get("attributes") or {}, resource.secrets, resource.searched)
        if not left.paths:
            yield line
            continue
        withheld.append(Withheld(resource.name, one["id"], ", ".join(left.paths)))
        yield encode({**one, "attributes": left.attributes})
