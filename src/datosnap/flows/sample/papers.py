"""Make the sample's documents: a press kit as PDF, a list of lights as CSV, a logo, a style sheet.

The list is written from the records, the press kit from a packaged text; nothing in them depends
on the day or the machine.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence

from datosnap.flows.sample.catalogue import Catalogue, text

_PDF_HEAD = b"%PDF-1.4\n"
# an A5 page, in points
_PAGE = "[0 0 420 595]"
_TOP_PT = 530
_LINE_PT = 18
_COLUMNS = ("name", "character", "height_m", "range_nm", "lit")


def paper(file_name: str, catalogue: Catalogue) -> bytes:
    """Make the document of a file name."""
    return _MAKERS[file_name](catalogue)


def pdf(lines: Sequence[str]) -> bytes:
    """Write a PDF of one page with lines of Latin text on it.

    Source: ISO 32000-1, 7.5: header, objects, cross-reference table with byte offsets, trailer.
    """
    shown = "".join(f"({_escaped(line)}) Tj T* " for line in lines)
    drawn = f"BT /F1 12 Tf {_LINE_PT} TL 50 {_TOP_PT} Td {shown}ET".encode("latin-1")
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox {_PAGE} /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>".encode("ascii"),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>",
    )
    return _assembled(bodies)


def _assembled(bodies: Sequence[bytes]) -> bytes:
    file = bytearray(_PDF_HEAD)
    entries = [b"0000000000 65535 f \n"]
    for number, body in enumerate(bodies, 1):
        entries.append(b"%010d 00000 n \n" % len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table_at, count = len(file), len(entries)
    file += b"xref\n0 %d\n%s" % (count, b"".join(entries))
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, table_at)
    return bytes(file)


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _list_of_lights(catalogue: Catalogue) -> bytes:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(_COLUMNS)
    for record in catalogue.records.values():
        if record.model == "lighthouse":
            table.writerow([record.values.get(column) for column in _COLUMNS])
    return out.getvalue().encode("utf-8")


_MAKERS: Mapping[str, Callable[[Catalogue], bytes]] = {
    "press-kit.pdf": lambda _: pdf(text("press-kit.txt").splitlines()),
    "style-sheet.txt": lambda _: text("style-sheet.txt").encode("utf-8"),
    "wordmark.svg": lambda _: text("wordmark.svg").encode("utf-8"),
    "list-of-lights.csv": _list_of_lights,
}
