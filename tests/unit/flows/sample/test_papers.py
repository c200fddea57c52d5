"""The sample's documents are what their names say."""

from __future__ import annotations

import csv
import re

from datosnap.flows.sample.catalogue import load_catalogue
from datosnap.flows.sample.papers import paper, pdf


def test_the_pdf_says_where_its_objects_are() -> None:
    """Every entry of the cross-reference table is the offset of that object."""
    file = pdf(["Lume (island)", "a \\ b"])
    offsets = [int(entry) for entry in re.findall(rb"(\d{10}) 00000 n", file)]
    table = file.rindex(b"startxref\n") + len(b"startxref\n")
    assert len(offsets) == 5
    for number, offset in enumerate(offsets, 1):
        assert file[offset:].startswith(b"%d 0 obj" % number)
    assert file[int(file[table:].split()[0]) :].startswith(b"xref\n0 6\n")


def test_the_pdf_escapes_what_would_end_its_strings() -> None:
    """Brackets and backslashes are escaped, and the stream has the length it names."""
    file = pdf(["Lume (island)", "a \\ b"])
    length = int(re.search(rb"/Length (\d+)", file)[1])  # type: ignore[index] # it is there
    stream = file.split(b"stream\n", 1)[1]
    assert stream[length:].startswith(b"\nendstream")
    assert rb"(Lume \(island\)) Tj" in stream
    assert rb"(a \\ b) Tj" in stream


def test_the_list_of_lights_has_a_row_for_each_lighthouse() -> None:
    """The list is made from the records, so both agree."""
    catalogue = load_catalogue()
    rows = list(csv.DictReader(paper("list-of-lights.csv", catalogue).decode().splitlines()))
    lights = [record for record in catalogue.records.values() if record.model == "lighthouse"]
    assert [row["name"] for row in rows] == [light.values["name"] for light in lights]


def test_packaged_papers_are_given_as_they_are() -> None:
    """Logo, style sheet and press kit come from the packaged texts."""
    catalogue = load_catalogue()
    assert paper("wordmark.svg", catalogue).startswith(b"<svg ")
    assert "明島".encode() in paper("style-sheet.txt", catalogue)
    assert b"(LANTERNA) Tj" in paper("press-kit.pdf", catalogue)
