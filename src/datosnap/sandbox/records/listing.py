"""List records: which ones, in which order, which page, in which form.

A list is worked out once and remembered until the next write; a page is cut from it and joined
from remembered bytes. Without a model or ids, blocks are listed beside the records they live in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from datosnap.core.jsontext import JsonObject, encode_canonical
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.queries import is_true, listed
from datosnap.sandbox.records.block_places import owner_of_block
from datosnap.sandbox.records.content import all_blocks
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.filters import Lens, Test, field_tests, text_test, unknown_filter
from datosnap.sandbox.records.ordering import ordered
from datosnap.sandbox.records.paging import asked_page, invalid_parameter
from datosnap.sandbox.records.rendering import View, seen_version, shelf_of
from datosnap.sandbox.records.schema_view import ModelView
from datosnap.sandbox.state import Item

_DEFAULT_LIMIT = 30
_LIMIT_MAX = 500
_NESTED_MAX = 30
_FILTERS = frozenset({"type", "ids", "query", "fields", "only_valid"})


@dataclass(frozen=True, slots=True)
class BlockLine:
    """A line of a list that is a block: its record, and its index among the blocks of that."""

    item: Item
    index: int


# A line of a list; records stand for themselves, since a list may hold very many.
Line: TypeAlias = Item | BlockLine


def list_items(call: Call) -> Reply:
    """List records, and blocks where nothing tells them apart."""
    desk = desk_of(call)
    view = asked_view(call)
    most = _NESTED_MAX if view.nested else _LIMIT_MAX
    clamps = view.nested and call.world.policy.nested_beyond == "clamp"
    page = asked_page(call.query, default=_DEFAULT_LIMIT, most=most, clamps=clamps)
    lines = _lines(desk, view)
    shelf = shelf_of(desk.index)
    shown = [
        shelf.item_bytes(line, view)
        if isinstance(line, Item)
        else shelf.block_bytes(line.item, view)[line.index]
        for line in lines[page.stretch]
    ]
    total = b"%d" % len(lines)
    return Reply(b'{"data":[' + b",".join(shown) + b'],"meta":{"total_count":' + total + b"}}")


def asked_view(call: Call) -> View:
    """Read in which form a request wants records.

    Raises: ApiFailure with `INVALID_PARAMS` when there is no such version.
    """
    flags = call.environment.site.get("meta") or {}
    fallback = "current" if flags.get("improved_items_listing", True) else "published"
    version = call.query.get("version", fallback)
    if version not in {"current", "latest", "published"}:
        raise invalid_parameter("version", "must be current or published")
    return View(published=version == "published", nested=is_true(call.query.get("nested")))


def _lines(desk: Desk, view: View) -> list[Line]:
    asked = desk.call.query
    wanted = {name: asked[name] for name in ("filter", "order_by", "locale") if name in asked}
    key = encode_canonical([view.published, wanted, desk.rights.key])
    return desk.index.remembered(key, lambda: _worked_out(desk, view))


def _worked_out(desk: Desk, view: View) -> list[Line]:
    given = _asked_filter(desk)
    if "ids" in given:
        return _by_ids(desk, view, given)
    models = _asked_models(desk, given)
    if models and models[0].is_block:
        return _blocks_of_model(desk, view, models[0], given)
    lens = _lens(desk, view, models[0] if len(models) == 1 else None)
    items = _chosen(lens, _candidates(desk, view, models), given)
    shows_blocks = not models and not given.keys() - {"only_valid"}
    chosen = ordered(items, lens, desk.call.query.get("order_by"))
    return _with_blocks(desk, view, chosen) if shows_blocks else [*chosen]


def _asked_filter(desk: Desk) -> JsonObject:
    given = desk.call.query.get("filter", {})
    if not isinstance(given, dict):
        raise invalid_parameter("filter", "must be filter[name]")
    for name in given:
        if name not in _FILTERS:
            raise unknown_filter(name)
    return given


def _asked_models(desk: Desk, given: JsonObject) -> list[ModelView]:
    models = []
    for name in listed(given.get("type")):
        model = desk.schema.named(name)
        if model is None:
            raise ApiFailure("ITEM_TYPE_NOT_FOUND", {"item_type": name})
        models.append(model)
    if len(models) > 1 and any(model.is_block for model in models):
        raise invalid_parameter("filter[type]", "a block model can only be asked for alone")
    return models


def _lens(desk: Desk, view: View, model: ModelView | None) -> Lens:
    locale = desk.call.query.get("locale", desk.schema.locales[0])
    if locale not in desk.schema.locales:
        raise invalid_parameter("locale", "not a locale of the site")
    return Lens(desk.schema, model, view, locale)


def _candidates(desk: Desk, view: View, models: list[ModelView]) -> list[Item]:
    """Give the records of some models or of all, newest first."""
    if not models:
        found = list(desk.environment.items.values())
    elif len(models) == 1:
        found = list(desk.index.of_model(models[0].id))
    else:
        asked = {model.id for model in models}
        found = [one for one in desk.environment.items.values() if one.item_type_id in asked]
    found.reverse()
    found = desk.rights.seen(found)
    return [one for one in found if one.published is not None] if view.published else found


def _chosen(lens: Lens, items: list[Item], given: JsonObject) -> list[Item]:
    tests: list[Test] = []
    if "fields" in given:
        tests += field_tests(lens, given["fields"])
    if given.get("query"):
        tests.append(text_test(lens, str(given["query"])))
    if is_true(given.get("only_valid")):
        tests.append(lambda item: seen_version(item, lens.view).is_valid)
    if not tests:
        return items
    return [item for item in items if all(test(item) for test in tests)]


def _by_ids(desk: Desk, view: View, given: JsonObject) -> list[Line]:
    if "type" in given:
        raise invalid_parameter("filter[ids]", "cannot be combined with filter[type]")
    wanted = listed(given["ids"])
    lens = _lens(desk, view, None)
    records = {one.id for one in map(desk.index.get, wanted) if one is not None}
    items = desk.rights.seen([desk.item(one) for one in records])
    items.sort(key=_sequence(desk), reverse=True)
    visible = [one for one in items if one.published is not None or not view.published]
    chosen = ordered(_chosen(lens, visible, given), lens, desk.call.query.get("order_by"))
    blocks = [_block_line(desk, view, one) for one in wanted if one not in records]
    return [*chosen, *(line for line in blocks if line is not None)]


def _sequence(desk: Desk) -> Callable[[Item], int]:
    numbers = desk.index.remembered(
        "sequence", lambda: {one: at for at, one in enumerate(desk.environment.items)}
    )
    return lambda item: numbers[item.id]


def _block_line(desk: Desk, view: View, block_id: str) -> BlockLine | None:
    owner = owner_of_block(desk.index, block_id)
    if owner is None or (view.published and owner.published is None):
        return None
    if not desk.rights.sees(owner):
        return None
    ids = [block["id"] for block, _ in _blocks_of(desk, view, owner)]
    return BlockLine(owner, ids.index(block_id)) if block_id in ids else None


def _blocks_of_model(desk: Desk, view: View, model: ModelView, given: JsonObject) -> list[Line]:
    lens = _lens(desk, view, model)
    items = _chosen(lens, _candidates(desk, view, []), given)
    return [
        BlockLine(item, at)
        for item in items
        for at, (_, of) in enumerate(_blocks_of(desk, view, item))
        if of.id == model.id
    ]


def _with_blocks(desk: Desk, view: View, items: list[Item]) -> list[Line]:
    lines: list[Line] = []
    for item in items:
        lines.append(item)
        lines += [BlockLine(item, at) for at, _ in enumerate(_blocks_of(desk, view, item))]
    return lines


def _blocks_of(desk: Desk, view: View, item: Item) -> list[tuple[JsonObject, ModelView]]:
    """List a record's blocks in the order in which `Shelf.block_bytes` gives them."""
    content = seen_version(item, view).attributes
    placed = list(all_blocks(desk.schema, desk.model_of(item), content))
    return [(one.block, one.model) for one in reversed(placed)]
