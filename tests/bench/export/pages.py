"""Render every answer of a project into a file of its own, once, for a server that only sends.

Pages are compressed beforehand where the server is to answer with gzip, as the API does. Those of
a project are complete when its mark is there, and are used again.
"""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from datosnap.core.jsontext import encode
from tests.bench.export.content import Shape, record
from tests.bench.export.project import answers

Encoding: TypeAlias = Literal["gzip", "identity"]

PAGE_SIZES: dict[Shape, int] = {"nested": 30, "flat": 500}
# Changed whenever the pages would be others.
_VERSION = 1
_LEVEL = 6
_MARK = "complete"


@dataclass(frozen=True, slots=True)
class Project:
    """A project of one model, as the folder that its answers are served from."""

    shape: Shape
    records: int
    encoding: Encoding

    @property
    def name(self) -> str:
        """Give the name of its folder, which is also the first part of its addresses."""
        return f"{self.shape}-{self.records}-{self.encoding}-v{_VERSION}"

    @property
    def page_size(self) -> int:
        """Give how many records a page has."""
        return PAGE_SIZES[self.shape]

    @property
    def offsets(self) -> range:
        """Give the offsets of its pages."""
        return range(0, self.records, self.page_size)


def render(root: Path, project: Project) -> None:
    """Write the answers of a project below `root`; pages that are there stay."""
    folder = root / project.name
    for path, answer in answers(project.shape).items():
        _write(folder / f"{path}.json", encode(answer), project.encoding)
    if (folder / _MARK).exists():
        return
    shutil.rmtree(folder / "items", ignore_errors=True)
    _write(folder / "items" / "total.json", _page(project, ()), project.encoding)
    # In processes of their own: what this process uses would count as its children's memory.
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(partial(_write_page, folder, project), project.offsets, chunksize=50):
            pass
    (folder / _MARK).touch()


def _write_page(folder: Path, project: Project, offset: int) -> None:
    numbers = range(offset, min(offset + project.page_size, project.records))
    body = _page(project, (record(project.shape, number) for number in numbers))
    _write(folder / "items" / f"{offset}.json", body, project.encoding)


def _page(project: Project, records: Iterable[bytes]) -> bytes:
    return b'{"data":[%b],"meta":{"total_count":%d}}' % (b",".join(records), project.records)


def _write(path: Path, body: bytes, encoding: Encoding) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if encoding == "gzip":
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(body, _LEVEL, mtime=0))
    else:
        path.write_bytes(body)
