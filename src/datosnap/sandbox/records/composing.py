"""Compose a record's content from what a request sends and what the record holds already.

Every value is read in the shape of its field type, in every locale; blocks are kept, updated or
created as their form says, each known only to the value it lives in. Whatever is wrong here is a
wrong format, which no draft may have; validators look at the composed content afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.records.content import block_model_id, blocks_in
from datosnap.sandbox.records.schema_view import FieldView, ModelView, Schema
from datosnap.sandbox.records.shapes import Reader, ShapeError, existing_item, read_value
from datosnap.sandbox.records.structured_text import read_document
from datosnap.sandbox.records.text_rules import sanitised

Problem = tuple[str, JsonObject]

_BLOCK_KEYS = frozenset({"type", "id", "attributes", "relationships"})
_NOT_ACCEPTABLE = "Value not acceptable for this field type"


@dataclass(frozen=True, slots=True)
class Where:
    """Where in the record something stands: its path, and the locale around it if any."""

    path: str = ""
    locale: str | None = None

    @property
    def prefix(self) -> str:
        """Give what the paths of the things inside begin with."""
        return f"{self.path}." if self.path else ""


@dataclass(slots=True)
class Composer:
    """Composes one content and collects what is wrong with it.

    `block_id` gives the id of a new block for which a request names one, None to refuse it.
    """

    schema: Schema
    locales: list[str]
    new_id: Callable[[], str]
    block_id: Callable[[str], str | None]
    reader: Reader
    problems: list[Problem] = field(default_factory=list)
    named: set[str] = field(default_factory=set)

    def content(
        self,
        model: ModelView,
        given: JsonObject,
        old: JsonObject | None,
        where: Where = Where(),
    ) -> JsonObject:
        """Compose the attributes of a record or block: sent, else kept, else the default."""
        extra = [key for key in given if key not in model.fields]
        if extra:
            self.problems.append(("INVALID_ATTRIBUTES", {"extraneous_attributes": extra}))
        return {key: self._composed(one, given, old, where) for key, one in model.fields.items()}

    def _composed(
        self, one: FieldView, given: JsonObject, old: JsonObject | None, where: Where
    ) -> Json:
        key, path = one.api_key, where.prefix + one.api_key
        if key not in given:
            return self._default(one, where) if old is None or key not in old else old[key]
        kept = (old or {}).get(key)
        if one.localized and where.locale is None:
            return self._localized(one, given[key], kept or {}, path)
        return self._value(one, given[key], kept, Where(path, where.locale))

    def _localized(self, one: FieldView, given: Json, old: JsonObject, path: str) -> Json:
        if not isinstance(given, dict) or not given:
            self._refuse(one, path, given, ["#: not an object with one value per locale."])
            return old
        unknown = [locale for locale in given if locale not in self.schema.locales]
        if unknown:
            complaints = [f'#: "{locale}" is not a permitted key.' for locale in unknown]
            self._refuse(one, path, given, complaints)
        return {
            locale: self._value(one, value, old.get(locale), Where(f"{path}.{locale}", locale))
            for locale, value in given.items()
        }

    def _value(self, one: FieldView, given: Json, old: Json, at: Where) -> Json:
        if given is None:
            return one.blank
        try:
            if one.holds_blocks:
                return _Blocks(self, one, old, at).read(given)
            value = read_value(one.field_type, self.reader, given)
            sanitising = one.validators.get("sanitized_html") or {}
            return sanitised(value) if sanitising.get("sanitize_before_validation") else value
        except ShapeError as error:
            self._refuse(one, at.path, given, error.messages)
            return old

    def _default(self, one: FieldView, where: Where) -> Json:
        if not one.localized:
            return one.blank if one.default is None else one.default
        defaults = one.default if isinstance(one.default, dict) else {}
        if where.locale is not None:
            return _or_blank(one, defaults.get(where.locale))
        return {locale: _or_blank(one, defaults.get(locale)) for locale in self.locales}

    def _refuse(self, one: FieldView, path: str, given: Json, messages: list[str]) -> None:
        self.problems.append(("INVALID_FIELD", field_problem(one, path, given, errors=messages)))


def field_problem(
    one: FieldView,
    path: str,
    value: Json,
    *,
    errors: list[str] | None = None,
    code: str = "INVALID_FORMAT",
    message: str = _NOT_ACCEPTABLE,
) -> JsonObject:
    """Give the details of an `INVALID_FIELD` about a record's value."""
    return {
        "field": path,
        "field_id": one.id,
        "field_label": one.label,
        "field_type": one.field_type,
        **({} if errors is None else {"errors": errors}),
        "code": code,
        "message": message,
        "failing_value": value,
    }


@dataclass(slots=True)
class _Blocks:
    """Reads one value that may hold blocks; `old` tells which blocks live there already."""

    composer: Composer
    owner: FieldView
    old: Json
    place: Where
    used: set[str] = field(default_factory=set)

    def read(self, given: Json) -> Json:
        if self.owner.field_type == "single_block":
            return self._block(given, "#", 0)
        if self.owner.field_type == "structured_text":
            return read_document(given, self._node_item)
        if not isinstance(given, list):
            raise ShapeError("#: not an array.")
        return [self._block(form, f"#/{at}", at) for at, form in enumerate(given)]

    def _node_item(self, kind: str, item: Json, path: str) -> Json:
        if kind in {"block", "inlineBlock"}:
            return self._block(item, path, len(self.used))
        return existing_item(self.composer.reader, item, path)

    def _block(self, form: Json, path: str, at: int) -> JsonObject:
        known = {block["id"]: block for block in blocks_in(self.owner, self.old)}
        if isinstance(form, str):
            return self._kept(form, known, path)
        self._check_form(form, path)
        where = Where(f"{self.place.path}.{at}", self.place.locale)
        if isinstance(form.get("id"), str) and form["id"] in known:
            before = self._kept(form["id"], known, path)
            return self._updated(form, before, path, where)
        return self._created(form, path, where)

    def _kept(self, block_id: Json, known: dict[str, JsonObject], path: str) -> JsonObject:
        if not isinstance(block_id, str) or block_id not in known:
            raise ShapeError(f'{path}: block "{block_id}" does not belong to this value.')
        if block_id in self.used:
            raise ShapeError(f'{path}: block "{block_id}" stands here twice.')
        self.used.add(block_id)
        return known[block_id]

    def _updated(self, form: JsonObject, before: JsonObject, path: str, where: Where) -> JsonObject:
        model_id = block_model_id(before)
        if "relationships" in form and self._asked_model(form, path) != model_id:
            raise ShapeError(f"{path}/relationships: the model of a block cannot change.")
        model = self.composer.schema.model(model_id)
        given = form.get("attributes", {})
        composed = self.composer.content(model, given, before["attributes"], where)
        return before if composed == before["attributes"] else {**before, "attributes": composed}

    def _created(self, form: JsonObject, path: str, where: Where) -> JsonObject:
        named = self._named_id(form, path) if "id" in form else None
        model = self.composer.schema.find(self._asked_model(form, path))
        if model is None or not model.is_block:
            raise ShapeError(f"{path}/relationships: not a block model.")
        attributes = self.composer.content(model, form.get("attributes", {}), None, where)
        block_id = named or self.composer.new_id()
        self.used.add(block_id)
        return {
            "type": "item",
            "id": block_id,
            "attributes": attributes,
            "relationships": {"item_type": {"data": {"type": "item_type", "id": model.id}}},
        }

    def _named_id(self, form: JsonObject, path: str) -> str:
        wanted = form["id"]
        block_id = self.composer.block_id(wanted) if isinstance(wanted, str) else None
        if block_id is None or block_id in self.composer.named:
            raise ShapeError(f'{path}: block "{wanted}" does not belong to this value.')
        self.composer.named.add(block_id)
        return block_id

    def _check_form(self, form: Json, path: str) -> None:
        if not isinstance(form, dict) or form.get("type") != "item":
            raise ShapeError(f"{path}: neither a block nor the id of one.")
        extra = [key for key in form if key not in _BLOCK_KEYS]
        if extra:
            raise ShapeError(*(f'{path}: "{key}" is not a permitted key.' for key in extra))
        if not isinstance(form.get("attributes", {}), dict):
            raise ShapeError(f"{path}/attributes: not an object.")

    def _asked_model(self, form: JsonObject, path: str) -> str:
        try:
            linkage = form["relationships"]["item_type"]["data"]
            is_linkage = linkage.keys() == {"type", "id"} and linkage["type"] == "item_type"
            model_id = linkage["id"]
        except (KeyError, TypeError, AttributeError):
            is_linkage, model_id = False, None
        if not is_linkage or not isinstance(model_id, str):
            raise ShapeError(f'{path}/relationships: "item_type" wasn\'t supplied.')
        return model_id


def _or_blank(one: FieldView, value: Json) -> Json:
    return one.blank if value is None else value
