"""Decide which id everything gets in the target, and write those ids where the old ones stood.

Every id is known before the first request, so circles are no obstacle, a repeated request cannot
double anything and a second run finds the first one's work. Source of where ids hide: the
importer's notes of the API reference ("Where ids hide").
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    Container,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from dataclasses import dataclass
from enum import StrEnum

from datosnap.core import ids
from datosnap.core.jsontext import Json, JsonObject
from datosnap.errors import UsageError

# The kinds whose id the caller may choose when creating; all others are numbered by the server.
PORTABLE_KINDS = (
    "workflow",
    "plugin",
    "item_type",
    "fieldset",
    "field",
    "menu_item",
    "schema_menu_item",
    "item_type_filter",
    "upload_filter",
    "upload_collection",
    "upload",
    "item",
)
# Named in a refusal; more would hide the message.
_NAMED_IN_REFUSAL = 5


class IdPolicy(StrEnum):
    """Whether source ids are kept where possible, kept or refused, or always replaced."""

    AUTO = "auto"
    PRESERVE = "preserve"
    REMAP = "remap"


class IdMap:
    """The target id of every source id, by kind.

    `make` makes the mappings of ids to ids that it consists of: in memory, or elsewhere.
    """

    def __init__(self, make: Callable[[], MutableMapping[str, str]] = dict) -> None:
        self._make = make
        self._by_kind: dict[str, MutableMapping[str, str]] = {}
        self._sources: dict[str, MutableMapping[str, str]] = {}

    def add(self, kind: str, source_id: str, target_id: str) -> None:
        """Note what `source_id` became."""
        if self.find(kind, source_id) == target_id:
            return
        if kind not in self._by_kind:
            self._by_kind[kind], self._sources[kind] = self._make(), self._make()
        self.forget(kind, source_id)
        self._by_kind[kind][source_id] = target_id
        self._sources[kind][target_id] = source_id

    def forget(self, kind: str, source_id: str) -> None:
        """Drop an id: its entity could not be brought over, so nothing may point to it."""
        target_id = self.find(kind, source_id)
        if target_id is not None:
            del self._by_kind[kind][source_id]
            if self.source_of(kind, target_id) == source_id:
                del self._sources[kind][target_id]

    def find(self, kind: str, source_id: str) -> str | None:
        """Give the target id, None when there is none."""
        return self._by_kind.get(kind, {}).get(source_id)

    def source_of(self, kind: str, target_id: str) -> str | None:
        """Give the source id that became `target_id`, None when there is none."""
        return self._sources.get(kind, {}).get(target_id)

    def translate(self, kind: str, source_id: str) -> str:
        """Give the target id, or the same id when it was never mapped."""
        return self._by_kind.get(kind, {}).get(source_id, source_id)

    def of_kind(self, kind: str) -> Mapping[str, str]:
        """Give source and target ids of one kind."""
        return self._by_kind.get(kind, {})

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        for kind, pairs in self._by_kind.items():
            for source_id, target_id in pairs.items():
                yield kind, source_id, target_id

    def __len__(self) -> int:
        return sum(len(pairs) for pairs in self._by_kind.values())


@dataclass(frozen=True, slots=True)
class Target:
    """Where ids are derived for, and which are taken there already."""

    project_id: str
    environment_id: str
    taken: Mapping[str, Container[str]]

    def holds(self, kind: str, identifier: str) -> bool:
        """Tell whether something of `kind` has that id already."""
        return identifier in self.taken.get(kind, ())

    def derive(self, kind: str, source_id: str) -> str:
        """Derive the id that a source entity gets here, the same on every run."""
        return ids.derive(self.project_id, self.environment_id, f"{kind}:{source_id}")


def choose_ids(
    sources: Iterable[tuple[str, str]], policy: IdPolicy, target: Target, id_map: IdMap
) -> None:
    """Give every (kind, source id) its target id in `id_map`; those it holds already are kept.

    Raises: UsageError under `preserve`, when an id cannot be kept; nothing was written then.
    """
    refused: list[str] = []
    for kind, source_id in sources:
        if id_map.find(kind, source_id) is not None:
            continue
        keepable = ids.is_portable(source_id) and not target.holds(kind, source_id)
        if policy is IdPolicy.PRESERVE and not keepable:
            refused.append(f"{kind} {source_id}")
            continue
        keep = keepable and policy is not IdPolicy.REMAP
        id_map.add(kind, source_id, source_id if keep else target.derive(kind, source_id))
    if refused:
        shown = ", ".join(refused[:_NAMED_IN_REFUSAL])
        more = f" and {len(refused) - _NAMED_IN_REFUSAL} more" * (len(refused) > _NAMED_IN_REFUSAL)
        raise UsageError(
            f"--ids preserve cannot keep {len(refused)} ids, since they are taken in the target or"
            f" are old decimal ids: {shown}{more}; --ids auto derives new ones for those"
        )


# Gives the id to write for (kind, id); an empty one for what did not come over.
Translate = Callable[[str, str], str]


def translate_resource(resource: JsonObject, translate: Translate) -> JsonObject:
    """Write other ids into a resource of the schema or the settings, wherever it holds any."""
    kind: str = resource["type"]
    rebuilt = {**resource, "id": translate(kind, resource["id"])}
    if isinstance(resource.get("relationships"), dict):
        rebuilt["relationships"] = {
            name: _relationship(linkage, translate)
            for name, linkage in resource["relationships"].items()
        }
    if isinstance(resource.get("attributes"), dict):
        attributes = dict(resource["attributes"])
        for name, rewrite in _IDS_IN_ATTRIBUTES.get(kind, {}).items():
            if attributes.get(name) is not None:
                attributes[name] = rewrite(attributes[name], translate)
        rebuilt["attributes"] = attributes
    return rebuilt


def _relationship(linkage: Json, translate: Translate) -> Json:
    if not isinstance(linkage, dict) or "data" not in linkage:
        return linkage
    data = linkage["data"]
    if isinstance(data, list):
        return {**linkage, "data": [_link(one, translate) for one in data]}
    return {**linkage, "data": _link(data, translate)}


def _link(data: Json, translate: Translate) -> Json:
    if not isinstance(data, dict):
        return data
    return {**data, "id": translate(data["type"], data["id"])}


def _validators(validators: JsonObject, translate: Translate) -> JsonObject:
    return {name: _validator(rules, translate) for name, rules in validators.items()}


def _validator(rules: Json, translate: Translate) -> Json:
    if not isinstance(rules, dict):
        return rules
    rebuilt = dict(rules)
    if isinstance(rules.get("item_types"), list):
        rebuilt["item_types"] = [translate("item_type", one) for one in rules["item_types"]]
    if isinstance(rules.get("title_field_id"), str):
        rebuilt["title_field_id"] = translate("field", rules["title_field_id"])
    return rebuilt


def _appearance(appearance: JsonObject, translate: Translate) -> JsonObject:
    rebuilt = dict(appearance)
    if isinstance(appearance.get("editor"), str):
        rebuilt["editor"] = translate("plugin", appearance["editor"])
    if isinstance(appearance.get("addons"), list):
        rebuilt["addons"] = [
            {**one, "id": translate("plugin", one["id"])} for one in appearance["addons"]
        ]
    return rebuilt


# What is compared with text; an old decimal id may look the same.
_FREE_TEXT = frozenset({"query", "matches", "not_matches"})


def _filter(value: Json, translate: Translate, kinds: Sequence[str]) -> Json:
    """Rewrite every string that is an id of one of `kinds`: the shape of a filter is free."""
    if isinstance(value, dict):
        return {
            key: inner if key in _FREE_TEXT else _filter(inner, translate, kinds)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_filter(inner, translate, kinds) for inner in value]
    if isinstance(value, str):
        return next((new for kind in kinds if (new := translate(kind, value)) != value), value)
    return value


def _item_filter(value: Json, translate: Translate) -> Json:
    return _filter(value, translate, ("item", "upload", "item_type"))


def _upload_filter(value: Json, translate: Translate) -> Json:
    return _filter(value, translate, ("upload", "upload_collection"))


def _upload_id(value: Json, translate: Translate) -> Json:
    # Where an upload is only a setting, one that has no id in the target becomes none at all.
    return (translate("upload", value) or None) if isinstance(value, str) else value


def _theme(theme: JsonObject, translate: Translate) -> JsonObject:
    return _member(theme, "logo", translate)


def _member(value: JsonObject, name: str, translate: Translate) -> JsonObject:
    return {**value, name: _upload_id(value[name], translate)} if name in value else value


def _global_seo(seo: Json, translate: Translate) -> Json:
    """Rewrite `fallback_seo.image`, in the plain form and in the form by locale."""
    if not isinstance(seo, dict):
        return seo
    if isinstance(seo.get("fallback_seo"), dict):
        return {**seo, "fallback_seo": _member(seo["fallback_seo"], "image", translate)}
    return {key: _global_seo(inner, translate) for key, inner in seo.items()}


_IDS_IN_ATTRIBUTES: dict[str, dict[str, Callable[[Json, Translate], Json]]] = {
    "field": {"validators": _validators, "appearance": _appearance, "appeareance": _appearance},
    "item_type_filter": {"filter": _item_filter},
    "upload_filter": {"filter": _upload_filter},
    "site": {"favicon": _upload_id, "theme": _theme, "global_seo": _global_seo},
}
