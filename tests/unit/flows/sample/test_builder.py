"""The sample project is what it promises to be, as the API answers once it is built."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import anyio
import pytest

from datosnap.core.jsontext import JsonObject
from tests.unit.flows.sample.built import (
    Built,
    block_depth,
    build,
    is_block,
    model_of,
    nodes_in,
)

FIELD_TYPE_NAMES = """
    boolean color date date_time file float gallery integer json lat_lon link links rich_text seo
    single_block slug string structured_text text video
"""
NODE_TYPE_NAMES = """
    root paragraph heading list listItem blockquote code thematicBreak span link itemLink inlineItem
    block inlineBlock
"""
FIELD_TYPES = frozenset(FIELD_TYPE_NAMES.split())
NODE_TYPES = frozenset(NODE_TYPE_NAMES.split())
MARKS = {"strong", "emphasis", "underline", "strikethrough", "code", "highlight"}


@pytest.fixture(scope="module")
def built() -> Built:
    """Build the sample once for all these tests."""
    return anyio.run(build)


def statuses(items: list[JsonObject]) -> Counter[str]:
    """Count records by status."""
    return Counter(item["meta"]["status"] for item in items)


def links_of(built: Built) -> dict[str, set[str]]:
    """Tell for each record which records it refers to, however deep."""
    ids = {item["id"] for item in built.items}
    found = {}
    for item in built.items:
        texts = nodes_in(
            item["attributes"], lambda node: node.get("type") in {"itemLink", "inlineItem"}
        )
        found[item["id"]] = {node["item"] for node in texts} | _plain(item["attributes"], ids)
    return found


def _plain(value: object, ids: set[str]) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_plain(member, ids) for member in value.values()))
    if isinstance(value, list):
        return set().union(*(_plain(member, ids) for member in value))
    return {value} & ids if isinstance(value, str) else set()


def test_counts_are_those_of_the_api(built: Built) -> None:
    """What the builder reports is what the API lists."""
    blocks = [each for each in built.models.values() if each["attributes"]["modular_block"]]
    assert built.counts.block_models == len(blocks)
    assert built.counts.models == len(built.models) - len(blocks)
    assert built.counts.fields == len(built.fields)
    assert built.counts.records == len(built.items)
    assert built.counts.uploads == len(built.uploads)
    assert built.counts.versions == sum(map(len, built.versions.values()))


def test_it_is_neither_small_nor_large(built: Built) -> None:
    """Models, blocks, records and assets lie within what a demonstration should show."""
    assert 10 <= built.counts.models <= 15
    assert 6 <= built.counts.block_models <= 10
    assert 150 <= built.counts.records <= 300
    assert 30 <= built.counts.uploads <= 60
    assert sum(upload["attributes"]["size"] for upload in built.uploads) < 400_000


def test_every_type_of_field_is_there_localized_and_not(built: Built) -> None:
    """All twenty types occur in both kinds, and every one of them holds a value somewhere."""
    kinds = {(f["attributes"]["field_type"], f["attributes"]["localized"]) for f in built.fields}
    assert kinds == {(kind, localized) for kind in FIELD_TYPES for localized in (True, False)}
    filled = {
        field["attributes"]["field_type"]
        for field in built.fields
        for item in built.items
        if item["attributes"].get(field["attributes"]["api_key"]) not in (None, [], "")
    }
    assert filled == FIELD_TYPES


def test_three_locales_and_not_every_record_has_all(built: Built) -> None:
    """Some records speak one language, some two, some three."""
    assert len(built.site["attributes"]["locales"]) == 3
    titles = [item["attributes"]["title"] for item in built.of_model("article")]
    assert {len(title) for title in titles} == {1, 2, 3}
    assert all(
        set(item["attributes"]["title"]) == set(built.site["attributes"]["locales"])
        for item in built.of_model("page")
    )


def test_blocks_go_at_least_four_deep(built: Built) -> None:
    """The front page alone has four blocks inside each other, one of them its own kind's."""
    assert max(block_depth(item["attributes"]) for item in built.of_model("home")) >= 4
    sections = built.models["section"]["id"]
    nested = [
        inner
        for item in built.items
        for outer in nodes_in(item["attributes"], is_block)
        for inner in nodes_in(outer["attributes"], is_block)
        if model_of(outer) == model_of(inner) == sections
    ]
    assert nested


def test_one_block_model_stands_in_all_three_kinds_of_places(built: Built) -> None:
    """Pictures are found in modular content, alone in a field, and inside texts."""
    picture = built.models["picture"]["id"]
    places = set()
    for field in built.fields:
        kind, key = field["attributes"]["field_type"], field["attributes"]["api_key"]
        holders = [
            node
            for item in built.items
            for node in (item, *nodes_in(item["attributes"], is_block))
            if model_of(node) == field["relationships"]["item_type"]["data"]["id"]
        ]
        if kind in {"rich_text", "single_block", "structured_text"} and any(
            is_block(found) and model_of(found) == picture
            for holder in holders
            for found in nodes_in(holder["attributes"][key], is_block)
        ):
            places.add(kind)
    assert places == {"rich_text", "single_block", "structured_text"}


def test_texts_use_every_node_and_every_mark(built: Built) -> None:
    """All nodes of structured text occur, all marks, and links with settings of both kinds."""
    nodes = [
        node
        for item in built.items
        for text in nodes_in(item["attributes"], lambda node: "schema" in node)
        for node in nodes_in(text["document"], lambda node: "type" in node)
        if not is_block(node)
    ]
    assert {node["type"] for node in nodes} >= NODE_TYPES
    assert {mark for node in nodes for mark in node.get("marks", ())} == MARKS
    with_settings = {node["type"] for node in nodes if node.get("meta")}
    assert with_settings == {"link", "itemLink"}


def test_records_link_in_circles(built: Built) -> None:
    """There are records that link to themselves, to each other, and around three corners."""
    links = links_of(built)
    pairs = {(a, b) for a, found in links.items() for b in found}
    assert any(a == b for a, b in pairs)
    assert any(a != b and (b, a) in pairs for a, b in pairs)
    assert any(len({a, b, c}) == 3 and (c, a) in pairs for a, b in pairs for c in links.get(b, ()))


def test_a_required_link_is_part_of_a_circle(built: Built) -> None:
    """Two lights must each look across at something, and look at each other."""
    opposite = {
        light["id"]: light["attributes"]["opposite"] for light in built.of_model("lighthouse")
    }
    (field,) = (
        each
        for each in built.fields
        if each["attributes"]["api_key"] == "opposite"
        and each["relationships"]["item_type"]["data"]["id"] == built.models["lighthouse"]["id"]
    )
    assert "required" in field["attributes"]["validators"]
    assert any(opposite.get(across) == light != across for light, across in opposite.items())


def test_places_form_a_tree_of_four_levels(built: Built) -> None:
    """Harbours lie on islands, islands in archipelagos, archipelagos in seas."""
    parents = {item["id"]: item["attributes"]["parent_id"] for item in built.of_model("place")}

    def level(place: str | None) -> int:
        return 0 if place is None else 1 + level(parents[place])

    assert {level(place) for place in parents} == {1, 2, 3, 4}


def test_sorted_models_count_from_one(built: Built) -> None:
    """Positions of topics are 1 to n, and one topic was moved from the end to the second place."""
    positions = {
        item["attributes"]["slug"]: item["attributes"]["position"]
        for item in built.of_model("topic")
    }
    assert sorted(positions.values()) == list(range(1, len(positions) + 1))
    assert positions["night"] == 2


def test_there_is_one_front_page(built: Built) -> None:
    """The singleton has its one record, and its model knows which."""
    (front,) = built.of_model("home")
    held = built.models["home"]["relationships"]["singleton_item"]["data"]
    assert held == {"type": "item", "id": front["id"]}


def test_records_are_in_all_states(built: Built) -> None:
    """Drafts, published and updated records are many; some were public once and are not now."""
    found = statuses(built.items)
    assert min(found["draft"], found["updated"], found["published"]) >= 8
    withdrawn = [
        item
        for item in built.items
        if item["meta"]["status"] == "draft" and item["meta"]["first_published_at"]
    ]
    assert len(withdrawn) == 2
    assert set(statuses(built.of_model("letter"))) == {"published"}


def test_some_drafts_are_invalid(built: Built) -> None:
    """Half an idea may be saved, also over a published one."""
    invalid = [item for item in built.items if not item["meta"]["is_current_version_valid"]]
    assert {model_of(item) for item in invalid} == {built.models["pitch"]["id"]}
    assert {item["meta"]["status"] for item in invalid} == {"draft", "updated"}


def test_articles_lie_in_all_stages_of_the_desk(built: Built) -> None:
    """Every stage of the workflow holds an article."""
    stages = {item["meta"]["stage"] for item in built.of_model("article")}
    assert stages == {"sketch", "writing", "fact-check", "ready"}


def test_some_records_wait_for_their_day(built: Built) -> None:
    """Two publications and one unpublishing are scheduled for 2056."""
    up = [each["meta"]["publication_scheduled_at"] for each in built.items]
    down = [each["meta"]["unpublishing_scheduled_at"] for each in built.items]
    assert [day[:4] for day in up if day] == ["2056", "2056"]
    assert [day[:4] for day in down if day] == ["2056"]


def test_a_good_part_has_several_versions(built: Built) -> None:
    """At least a third of the records changed since they were created, some more than once."""
    counts = Counter(map(len, built.versions.values()))
    assert sum(count for length, count in counts.items() if length > 1) >= len(built.items) / 3
    assert max(counts) >= 4


def test_a_block_changed_between_two_versions_of_its_record(built: Built) -> None:
    """A block that kept its id has other words in the newer version."""
    changed = [
        block_id
        for versions in built.versions.values()
        for older, newer in pairwise(versions)
        for block_id in _words(older).keys() & _words(newer).keys()
        if _words(older)[block_id] != _words(newer)[block_id]
    ]
    assert changed


def _words(version: JsonObject) -> dict[str, JsonObject]:
    return {block["id"]: block["attributes"] for block in nodes_in(version["attributes"], is_block)}


def test_old_articles_keep_their_dates(built: Built) -> None:
    """Creation and first publication lie in the past where the content says so."""
    years = {
        item["meta"]["first_published_at"][:4]
        for item in built.of_model("article")
        if item["meta"]["first_published_at"]
    }
    assert {"2017", "2018", "2019", "2020", "2021", "2023"} <= years


def test_some_uploads_are_used_only_inside_blocks_or_for_search_engines(built: Built) -> None:
    """A tool that looks at file fields alone would lose them."""

    def used(value: object) -> set[str]:
        return {node["upload_id"] for node in nodes_in(value, lambda node: "upload_id" in node)}

    kinds = {
        (field["relationships"]["item_type"]["data"]["id"], field["attributes"]["api_key"]): field[
            "attributes"
        ]["field_type"]
        for field in built.fields
    }
    in_fields, in_blocks, in_seo = set(), set(), set()
    for item in built.items:
        for key, value in item["attributes"].items():
            kind = kinds.get((model_of(item), key))
            if kind in {"file", "gallery"}:
                in_fields |= used(value)
            in_seo |= {
                node["image"]
                for node in nodes_in(value, lambda node: isinstance(node.get("image"), str))
            }
            for block in nodes_in(value, is_block):
                in_blocks |= used(block["attributes"])
    assert in_blocks - in_fields
    assert in_seo - in_fields - in_blocks


def test_uploads_lie_in_nested_folders_with_words_of_their_own(built: Built) -> None:
    """Collections nest three deep; uploads have texts per locale, tags, authors, focal points."""
    parents = {
        each["id"]: (each["relationships"]["parent"]["data"] or {}).get("id")
        for each in built.collections
    }
    assert any(
        parents.get(str(parents.get(str(parents[each])))) is None
        and parents.get(str(parents[each]))
        for each in parents
    )
    metadata = [each["attributes"]["default_field_metadata"] for each in built.uploads]
    assert any(each["alt"]["it"] and each["alt"]["ja"] for each in metadata)
    assert any(each["focal_point"] for each in metadata)
    assert any(each["custom_data"]["en"] for each in metadata)
    assert {each["attributes"]["format"] for each in built.uploads} >= {
        "png",
        "svg",
        "pdf",
        "txt",
        "csv",
    }
    assert len({each["attributes"]["md5"] for each in built.uploads}) == len(built.uploads) - 1


def test_edge_values_come_back_as_they_were_written(built: Built) -> None:
    """Empty is not null, zero is not false, and large and small numbers keep their value."""
    log = {
        item["attributes"]["headline"]: item["attributes"] for item in built.of_model("log_entry")
    }
    zero, nothing = log[""], log[None]
    assert (zero["degrees"], zero["beaufort"], zero["lamp_ok"]) == (0.0, 0, False)
    assert (nothing["degrees"], nothing["beaufort"], nothing["lamp_ok"]) == (None, None, None)
    assert (zero["remark"], nothing["remark"]) == ("", None)
    huge = log["Instrument broken, or the sun"]
    assert (huge["degrees"], huge["beaufort"]) == (1e21, 2**53 - 1)
    assert log["A tenth"]["degrees"] == 0.1
    assert len(log["Tide table"]["remark"]) > 5_000
    scripts = next(entry["remark"] for head, entry in log.items() if head and "🏴" in head)
    assert {"\u202e", "\t", "\n", "\\"} <= set(scripts)


def test_the_site_is_dressed(built: Built) -> None:
    """Favicon, logo and the words for search engines name uploads of the project."""
    attributes = built.site["attributes"]
    uploads = {upload["id"] for upload in built.uploads}
    assert attributes["favicon"] in uploads
    assert attributes["theme"]["logo"] in uploads
    assert attributes["global_seo"]["en"]["fallback_seo"]["image"] in uploads
    assert attributes["global_seo"]["ja"] is None


def test_the_menu_has_groups(built: Built) -> None:
    """Entries stand in groups; one leads to a saved search and one out of the project."""
    assert any(item["relationships"]["children"]["data"] for item in built.menu_items)
    assert any(item["relationships"]["item_type_filter"]["data"] for item in built.menu_items)
    assert any(item["attributes"]["external_url"] for item in built.menu_items)


def test_only_what_names_its_own_id_may_be_repeated(built: Built) -> None:
    """Every call that is declared repeatable is a creation under an id of ours."""
    repeatable = [(method, body) for method, _, body, again in built.asked if again]
    assert repeatable
    assert all(method == "POST" and body and body["data"]["id"] for method, body in repeatable)
