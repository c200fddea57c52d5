"""Facts about lines of JSON; that they come back is in the contract of all formats."""

from __future__ import annotations

import io

import pytest

from datosnap.errors import CorruptSnapshotError
from datosnap.store import ndjson
from datosnap.store.ndjson import Ndjson
from tests.support.encoding import decoded, encoded


def test_uncompressed_lines_are_what_any_editor_shows() -> None:
    """One record a line, a line end after each."""
    assert encoded(Ndjson("none"), [[b'{"a":1}', b"[2]"], [b"3"]]) == b'{"a":1}\n[2]\n3\n'


@pytest.mark.parametrize("block", range(1, 12))
def test_lines_do_not_depend_on_where_blocks_end(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text of any script is whole, wherever reading happens to be cut into blocks."""
    lines = [
        "日本語 é".encode(),
        b"",
        b"x" * 50,
        b"\r",
        "\U0001f469\u200d\U0001f680\u2028".encode(),
    ]
    monkeypatch.setattr(ndjson, "_BLOCK_BYTES", block)

    for compression in ("none", "gzip", "zstd"):
        form = Ndjson(compression)
        assert decoded(form, encoded(form, [lines, lines])) == lines * 2


def test_text_after_the_last_line_is_refused() -> None:
    """A file that does not end with a line end was cut, and is told as such."""
    rows = Ndjson("none").rows(io.BytesIO(b"{}\n{"))

    assert next(rows) == b"{}"
    with pytest.raises(CorruptSnapshotError, match="expected whole lines, found 1 bytes after"):
        next(rows)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("data", [b"plain text\n", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"])
def test_what_is_not_compressed_so_is_refused(compression: str, data: bytes) -> None:
    """Bytes that the codec does not know are damage, not a traceback."""
    with pytest.raises(CorruptSnapshotError, match="cannot decompress"):
        decoded(Ndjson("gzip" if compression == "gzip" else "zstd"), data)


def test_line_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than any record is not collected to its end."""
    monkeypatch.setattr(ndjson, "RECORD_MAX_BYTES", 100)
    monkeypatch.setattr(ndjson, "_BLOCK_BYTES", 10)

    assert decoded(Ndjson("none"), b"x" * 100 + b"\n") == [b"x" * 100]
    with pytest.raises(CorruptSnapshotError, match="expected a line, found none in 110 bytes"):
        decoded(Ndjson("none"), b"x" * 1000)
