"""Hold files, galleries and SEO images to the validators that look at the upload behind them.

An upload that is gone, or of which a measure is not known, is not complained about here.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.records.facts import Facts, Rule, Subject

_UNITS = {"B": 1, "KB": 1024, "MB": 1024 * 1024}

_TRANSFORMABLE = frozenset({"png", "jpg", "jpeg", "gif", "webp", "avif", "tif", "tiff", "heic"})
PREDEFINED_EXTENSIONS = {
    "transformable_image": _TRANSFORMABLE,
    "image": _TRANSFORMABLE | {"svg", "bmp", "ico"},
    "video": frozenset({"mp4", "mov", "avi", "mkv", "webm", "m4v", "mpg", "mpeg", "ogv"}),
    "document": frozenset(
        {
            "pdf",
            "doc",
            "docx",
            "xls",
            "xlsx",
            "ppt",
            "pptx",
            "txt",
            "odt",
            "ods",
            "odp",
            "rtf",
            "csv",
        }
    ),
}

# Judges one file: the validator's parameters, the file as the record holds it, its upload.
FileRule = Callable[[JsonObject, JsonObject, JsonObject], str | None]


def files_in(subject: Subject) -> list[JsonObject]:
    """List the files of a file, gallery or SEO value."""
    value = subject.value
    if subject.field.field_type == "gallery":
        return list(value)
    if subject.field.field_type == "seo":
        return [{"upload_id": value["image"]}] if value.get("image") else []
    return [value]


def _on_each_file(rule: FileRule) -> Rule:
    def on_value(params: JsonObject, subject: Subject, facts: Facts) -> str | None:
        for file in files_in(subject):
            upload = facts.upload(file["upload_id"])
            complaint = rule(params, file, upload) if upload else None
            if complaint:
                return complaint
        return None

    return on_value


def _extension(params: JsonObject, _file: JsonObject, upload: JsonObject) -> str | None:
    listed = params.get("extensions") or ()
    allowed = {one.lower().lstrip(".") for one in listed}
    allowed |= PREDEFINED_EXTENSIONS.get(params.get("predefined_list") or "", frozenset())
    found = str(upload.get("format") or "").lower()
    return None if found in allowed else f'must not have the extension "{found}"'


def _file_size(params: JsonObject, _file: JsonObject, upload: JsonObject) -> str | None:
    return _bounded(upload.get("size"), _bytes(params, "min"), _bytes(params, "max"), "file size")


def _bytes(params: JsonObject, end: str) -> Json:
    value = params.get(f"{end}_value")
    return None if value is None else value * _UNITS[params.get(f"{end}_unit") or "B"]


def _image_dimensions(params: JsonObject, _file: JsonObject, upload: JsonObject) -> str | None:
    for side in ("width", "height"):
        low, high = params.get(f"{side}_min_value"), params.get(f"{side}_max_value")
        complaint = _bounded(upload.get(side), low, high, side)
        if complaint:
            return complaint
    return None


def _image_aspect_ratio(params: JsonObject, _file: JsonObject, upload: JsonObject) -> str | None:
    if not upload.get("width") or not upload.get("height"):
        return None
    ratio = Fraction(upload["width"], upload["height"])
    exact = _ratio(params, "eq")
    if exact is not None and ratio != exact:
        return f"aspect ratio must be exactly {exact}"
    return _bounded(ratio, _ratio(params, "min"), _ratio(params, "max"), "aspect ratio")


def _ratio(params: JsonObject, end: str) -> Fraction | None:
    numerator, denominator = params.get(f"{end}_ar_numerator"), params.get(f"{end}_ar_denominator")
    return Fraction(numerator) / Fraction(denominator) if numerator and denominator else None


def _bounded(size: Json, low: Json, high: Json, name: str) -> str | None:
    if size is None:
        return None
    if low is not None and size < low:
        return f"{name} must be at least {low}"
    if high is not None and size > high:
        return f"{name} must be at most {high}"
    return None


def _required_alt_title(params: JsonObject, subject: Subject, facts: Facts) -> str | None:
    for file in files_in(subject):
        upload = facts.upload(file["upload_id"]) or {}
        defaults = upload.get("default_field_metadata") or {}
        for name in ("alt", "title"):
            given = file.get(name) or _default_text(defaults, name, subject.locale)
            if params.get(name) and not given:
                return f"{name} must be given"
    return None


def _default_text(defaults: JsonObject, name: str, locale: str | None) -> Json:
    """Find an upload's own text, in either shape of its metadata; no locale asks for any."""
    by_locale = defaults.get(name)
    if not isinstance(by_locale, dict):
        by_locale = {one: (part or {}).get(name) for one, part in defaults.items() if part}
    texts = [by_locale.get(locale)] if locale else list(by_locale.values())
    return next((text for text in texts if text), None)


FILE_RULES: dict[str, Rule] = {
    "extension": _on_each_file(_extension),
    "file_size": _on_each_file(_file_size),
    "image_dimensions": _on_each_file(_image_dimensions),
    "image_aspect_ratio": _on_each_file(_image_aspect_ratio),
    "required_alt_title": _required_alt_title,
}
