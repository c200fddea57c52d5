"""Of a site's look only what is otherwise is set, in the form that the API takes."""

from __future__ import annotations

from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.site_look import site_look


def site(*locales: str, **attributes: Json) -> JsonObject:
    """Write the attributes of a site."""
    return {"locales": list(locales), **attributes}


def test_the_same_look_needs_nothing() -> None:
    """Nor does a snapshot that tells nothing of it."""
    theme = {"type": "monochromatic", "hue": 1, "logo": None}
    one = site("en", no_index=False, favicon=None, theme=theme, global_seo=None)
    assert site_look(one, one, ["en"]) == {}
    assert site_look(site("en"), one, ["en"]) == {}


def test_what_is_otherwise_is_set() -> None:
    """Plain settings come as they are."""
    ours, theirs = site("en", no_index=True, favicon="u"), site("en", no_index=False, favicon="u")
    assert site_look(ours, theirs, ["en"]) == {"no_index": True}


def test_a_theme_carries_only_what_its_kind_may() -> None:
    """An answer has keys of both kinds of theme; a request with those is refused."""
    colours = {"primary_color": 1, "light_color": 2, "accent_color": 3}
    plain = {"type": "monochromatic", "hue": 5, "logo": None, **colours}
    wanted = {"type": "monochromatic", "hue": 5, "logo": None}
    assert site_look(site("en", theme=plain), site("en"), ["en"]) == {"theme": wanted}
    old = {"hue": 5, **colours}
    theirs = site("en", theme={"type": "custom", **colours})
    assert site_look(site("en", theme=old), theirs, ["en"]) == {}
    assert site_look(site("en", theme=None), theirs, ["en"]) == {}


def test_seo_is_spread_over_the_locales_of_the_target() -> None:
    """Locales that only the target has keep theirs; a plain one is that of the main locale."""
    ours = site("en", global_seo={"site_name": "Ours"})
    theirs = site("de", "en", global_seo={"de": {"site_name": "Seine"}, "en": None})
    wanted = {"de": {"site_name": "Seine"}, "en": {"site_name": "Ours"}}
    assert site_look(ours, theirs, ["de", "en"]) == {"global_seo": wanted}
    assert site_look(ours, {**theirs, "global_seo": wanted}, ["de", "en"]) == {}


def test_seo_of_one_locale_is_a_plain_object() -> None:
    """As a site of one locale has it."""
    ours = site("en", "it", global_seo={"en": {"site_name": "Ours"}, "it": None})
    assert site_look(ours, site("en", global_seo=None), ["en"]) == {
        "global_seo": {"site_name": "Ours"}
    }


def test_seo_of_locales_that_are_left_behind_stays_behind() -> None:
    """Where only some locales are taken over, the others' is not taken for a plain one."""
    ours = site("en", global_seo={"en": {"site_name": "Ours"}, "it": {"site_name": "Nostro"}})
    theirs = site("en", "de", global_seo={"en": None, "de": None})
    wanted = {"en": {"site_name": "Ours"}, "de": None}
    assert site_look(ours, theirs, ["en", "de"]) == {"global_seo": wanted}
