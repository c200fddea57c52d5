"""Write what surrounds the records: site, environment, schema, settings, project-wide lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from anyio import to_thread

from datosnap.api.endpoints import RESOURCES, Resource, Scope
from datosnap.core.jsontext import decode_object, encode, slice_page
from datosnap.core.secrets import withhold
from datosnap.errors import AccessRefusedError, RejectedError
from datosnap.flows.export_run import ExportRun
from datosnap.flows.opening import Opened
from datosnap.store.manifest import Withheld

# `included` types of the one call that reads the schema, and the files they go to.
_SCHEMA_FILES = {"item_type": "item_types", "field": "fields", "fieldset": "fieldsets"}


async def export_schema(run: ExportRun, opened: Opened) -> None:
    """Write site, environment and schema."""
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
    for resource in RESOURCES:
        if resource.scope != scope:
            continue
        note = f"withheld {resource.name}"
        if run.writer.has_resources(resource.name):
            run.withheld += [Withheld(**one) for one in run.writer.noted(note)]
            continue
        try:
            lines, _ = slice_page(await run.client.get(resource.path))
        except (RejectedError, AccessRefusedError) as error:
            if not resource.optional:
                run.note_gap("resource", resource.name, str(error))
            continue
        withheld: list[Withheld] = []
        if not run.options.include_secrets and (resource.secrets or resource.searched):
            lines = list(_without_secrets(resource, lines, withheld))
        # Noted first: a run that is killed in between reads the list and notes this again.
        run.writer.note(note, [asdict(one) for one in withheld])
        await to_thread.run_sync(run.writer.resources, resource.name, lines)
        run.withheld += withheld


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
