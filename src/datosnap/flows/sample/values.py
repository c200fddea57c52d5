"""Turn values as content writes them into values as the API takes them, by the type of the field.

Content names records and uploads by words, writes a colour as `#rrggbb`, a place as a pair and a
block as `{"block": model, …}`; everything else is already what is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject, encode
from datosnap.flows.sample.catalogue import Field, Model
from datosnap.flows.sample.documents import document
from datosnap.flows.sample.identities import identity, linkage, record_identity

_OPAQUE = "ff"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes values for the models it knows."""

    models: Mapping[str, Model]

    def attributes(self, model: Model, values: JsonObject, locales: Iterable[str]) -> JsonObject:
        """Write all values of a record; a localized field gets one member for each locale."""
        spoken = tuple(locales)
        written = {}
        for field in model.fields.values():
            if field.localized and spoken:
                held = values.get(field.key) or {}
                written[field.key] = {
                    locale: self.value(field, held.get(locale)) for locale in spoken
                }
            elif not field.localized and field.key in values:
                written[field.key] = self.value(field, values[field.key])
        return written

    def value(self, field: Field, value: Json) -> Json:
        """Write one value of a field, in one locale where it is localized."""
        write = _WRITERS.get(field.kind)
        return value if value is None or write is None else write(self, value)

    def block(self, thing: JsonObject) -> JsonObject:
        """Write a new block; the values of a block are never localized one by one."""
        model = self.models[thing["block"]]
        return {
            "type": "item",
            "attributes": {
                field.key: self.value(field, thing[field.key])
                for field in model.fields.values()
                if field.key in thing
            },
            "relationships": {"item_type": linkage("item_type", model.id)},
        }


def locales_of(model: Model, values: JsonObject, order: Iterable[str]) -> list[str]:
    """Tell which locales a record speaks: those of any of its localized values, in site order."""
    spoken = {
        locale
        for field in model.fields.values()
        if field.localized
        for locale in values.get(field.key) or ()
    }
    return [locale for locale in order if locale in spoken]


def strings_in(value: Json) -> Iterable[str]:
    """Walk all strings inside a value, ids among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from strings_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from strings_in(member)


def file_value(value: Json) -> JsonObject:
    """Write a reference to an upload: its word alone, or the word with members of its own."""
    if isinstance(value, str):
        return {"upload_id": identity("upload", value)}
    own = {name: member for name, member in value.items() if name != "upload"}
    return {"upload_id": identity("upload", value["upload"]), **own}


def color_value(value: str) -> JsonObject:
    """Write `#rrggbb` or `#rrggbbaa` as the four numbers the API takes."""
    digits = (value.removeprefix("#") + _OPAQUE)[:8]
    red, green, blue, alpha = bytes.fromhex(digits)
    return {"red": red, "green": green, "blue": blue, "alpha": alpha}


def seo_value(value: JsonObject) -> JsonObject:
    """Write search engine settings, whose image is an upload."""
    image = value.get("image")
    return {**value, **({"image": identity("upload", image)} if image else {})}


_WRITERS: Mapping[str, Callable[[Writer, Json], Json]] = {
    "link": lambda _, name: record_identity(name),
    "links": lambda _, names: [record_identity(name) for name in names],
    "file": lambda _, value: file_value(value),
    "gallery": lambda _, values: [file_value(value) for value in values],
    "color": lambda _, value: color_value(value),
    "lat_lon": lambda _, pair: {"latitude": pair[0], "longitude": pair[1]},
    "json": lambda _, value: encode(value).decode("utf-8"),
    "seo": lambda _, value: seo_value(value),
    "rich_text": lambda writer, blocks: [writer.block(block) for block in blocks],
    "single_block": lambda writer, block: writer.block(block),
    "structured_text": lambda writer, lines: document(lines, writer.block),
}
