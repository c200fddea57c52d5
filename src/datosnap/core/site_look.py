"""Decide which of the site's settings an import sets: those that are a matter of look.

They name uploads, so that they come after these. Global SEO is a plain object in a site of one
locale and an object by locale in others; the locales that only the target has keep their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from datosnap.core.jsontext import Json, JsonObject, encode_canonical

# What global SEO consists of, by which its plain form is known.
_SEO = frozenset(
    {"site_name", "title_suffix", "twitter_account", "facebook_page_url", "fallback_seo"}
)
_PLAIN = ("no_index", "favicon")


def site_look(source: JsonObject, target: JsonObject, locales: Sequence[str]) -> JsonObject:
    """Give what of the look must be set for the target's to be the source's.

    Both are attributes of sites, the source's with its ids translated; `locales` are those that
    the target has in the end.
    """
    wanted = {name: source[name] for name in _PLAIN if name in source}
    there = {name: target.get(name) for name in _PLAIN}
    if isinstance(source.get("theme"), dict):
        wanted["theme"] = _theme(source["theme"])
        there["theme"] = _theme(target.get("theme") or {})
    if "global_seo" in source:
        theirs = {one: _seo(target).get(one) for one in locales}
        ours = {one: seo for one, seo in _seo(source).items() if one in locales}
        wanted["global_seo"], there["global_seo"] = (
            _as_sent(one) for one in (theirs | ours, theirs)
        )
    return {
        name: value
        for name, value in wanted.items()
        if encode_canonical(value) != encode_canonical(there[name])
    }


def _theme(theme: JsonObject) -> JsonObject:
    """Keep what a theme of its kind may carry: a request with other keys is refused."""
    names = ["type", "primary_color", "light_color", "accent_color", "dark_color", "logo"]
    if theme.get("type") == "monochromatic":
        names = ["type", "hue", "logo"]
    return {"type": "custom"} | {name: theme[name] for name in names if name in theme}


def _seo(site: JsonObject) -> JsonObject:
    """Give the global SEO by locale."""
    seo = site.get("global_seo")
    if isinstance(seo, dict) and not seo.keys() & _SEO:
        return seo
    return {site["locales"][0]: seo}


def _as_sent(by_locale: JsonObject) -> Json:
    return by_locale if len(by_locale) > 1 else next(iter(by_locale.values()), None)
