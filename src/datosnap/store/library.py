"""Open the tables of a snapshot as data sets of files on this disk.

Where a file is, and that it is as it was written, is settled by whoever brings it; a file is
brought when the table that it belongs to is opened, and not before.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.dataset as ds

from datosnap.errors import CorruptSnapshotError, UsageError, quote
from datosnap.store.manifest import FileEntry
from datosnap.store.snapshot import Snapshot
from datosnap.store.views import Part, Space, View, views_of

# Gives the path at which a file of the manifest can be read.
Bring: TypeAlias = Callable[[FileEntry], Path]


class Library:
    """The tables of one snapshot with Parquet files."""

    def __init__(self, snapshot: Snapshot, bring: Bring) -> None:
        self.views = views_of(snapshot)
        self._bring = bring

    def view(self, name: str, space: Space = "main") -> View:
        """Give the table of a name.

        Raises: UsageError when there is none.
        """
        found = next((one for one in self.views if (one.space, one.name) == (space, name)), None)
        if found is None:
            names = ", ".join(one.name for one in self.views if one.space == space)
            raise UsageError(f"expected a table of {names}; found {quote(name)}")
        return found

    def dataset(self, view: View, part: Part) -> ds.Dataset:
        """Open the files of one part of a table; one without files is a data set without rows.

        Raises: CorruptSnapshotError when a file is not as it was written; AccessRefusedError,
        DiskError.
        """
        if not part.files:
            return ds.dataset(view.schema.empty_table())
        paths = [str(self._bring(entry)) for entry in part.files]
        try:
            return ds.dataset(paths, format="parquet")
        except (OSError, pa.ArrowException) as error:
            raise CorruptSnapshotError(f"cannot read {part.files[0].path}: {error}") from error
