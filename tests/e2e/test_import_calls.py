"""An import costs hardly more calls than it writes records, and none for what is there already."""

from __future__ import annotations

from pathlib import Path

from tests.support.authoring import Author, block
from tests.support.importing import beside, environment_of, exported, imported
from tests.unit.sandbox.client import Client

_RECORDS = 1_000
# The bar, bulk publication counted; schema and settings, made once, are not records.
_CALLS_A_RECORD = 1.02


def test_a_record_costs_one_call_and_a_share_of_a_bulk(tmp_path: Path) -> None:
    """Without circles and newer drafts: records, blocks, links and publication in 1.02 a record."""
    author = Author(Client.fresh())
    quote = author.block_model("quote")
    author.field(quote, "words")
    models = [author.model(key) for key in ("author", "post")]
    author.field(models[0], "name", validators={"required": {}, "unique": {}})
    author.field(models[1], "of", "link", to=[models[0]])
    author.field(models[1], "before", "links", to=[models[1]])
    author.field(models[1], "body", "rich_text", blocks=[quote])
    author.field(models[1], "code", localized=True)
    writers = [author.published(models[0], {"name": f"N {at}"}) for at in range(_RECORDS // 10)]
    before: list[str] = []
    for number in range(_RECORDS - len(writers)):
        content = {
            "of": writers[number % len(writers)],
            "before": before[-2:] if number % 20 else [],
            "body": [block(quote, words=str(number))] * (number % 3),
            "code": {"en": str(number)},
        }
        made = author.create(models[1], content)
        if number % 5:
            author.publish(made)
            before.append(made)
    exported(author.api, tmp_path / "out")
    target = beside(author.api)

    done = imported(target, tmp_path / "out", state=tmp_path / "state")

    assert done.gaps == []
    assert len(environment_of(target).items) == _RECORDS
    of_records = [one for one in done.wires.writes if one.path.startswith("/items")]
    print(f"{len(of_records)} writing calls for {_RECORDS} records")  # noqa: T201 - shown with -s
    assert len(of_records) / _RECORDS <= _CALLS_A_RECORD

    again = imported(target, tmp_path / "out", state=tmp_path / "state")

    assert again.wires.writes == []
