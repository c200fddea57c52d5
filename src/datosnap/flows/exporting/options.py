"""What an export is asked for, and what of it makes two exports the same."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from datosnap.core.jsontext import JsonObject
from datosnap.errors import UsageError
from datosnap.flows.opening import Opened
from datosnap.store.chunks import ChunkFormat, Compression
from datosnap.store.locations import Where

Assets: TypeAlias = Literal["none", "metadata", "referenced", "all"]
Consistent: TypeAlias = Literal["fork", "sweep", "off"]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is exported, and where to.

    `since` is an older snapshot from which unchanged things are taken over. `may_start_processes`
    lets chunks be made in a process beside, which imports the main module anew: a command's can
    be, another program's only when it guards its main code.
    """

    destination: Where
    environment: str | None = None
    chunk_format: ChunkFormat = "ndjson"
    compression: Compression = "zstd"
    keeps_raw: bool = True
    models: tuple[str, ...] = ()
    excluded_models: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()
    updated_since: str | None = None
    history: bool = False
    assets: Assets = "all"
    include_secrets: bool = False
    allow_partial: bool = False
    consistent: Consistent = "sweep"
    since: Where | None = None
    max_calls: int | None = None
    restart: bool = False
    in_flight: int = 8
    may_start_processes: bool = False

    @property
    def wants_process(self) -> bool:
        """Tell whether a process beside would make chunks of columns sooner than this one alone."""
        has_columns = self.chunk_format == "parquet"
        return self.may_start_processes and has_columns and (os.cpu_count() or 1) > 1

    @property
    def filters(self) -> JsonObject:
        """Give the filter that all listings of records share; a time without zone is UTC."""
        if self.updated_since is None:
            return {}
        moment = datetime.fromisoformat(self.updated_since)
        exact = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return {"_updated_at": {"gte": exact.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}}

    def told(self) -> JsonObject:
        """Give what the manifest says was asked for."""
        return {
            "models": list(self.models),
            "excluded_models": list(self.excluded_models),
            "locales": list(self.locales),
            "updated_since": self.updated_since,
            "history": "all" if self.history else "none",
            "assets": self.assets,
            "include_secrets": self.include_secrets,
        }

    def identity(self, opened: Opened) -> JsonObject:
        """Describe the export, so that only the same one is gone on with."""
        lines = [one for kind in opened.schema_lines.values() for one in kind]
        return {
            "project": opened.project_id,
            "environment": opened.environment_id,
            "schema": hashlib.sha256(b"".join(lines)).hexdigest(),
            "format": self.chunk_format,
            "compression": self.compression,
            "keeps_raw": self.keeps_raw,
            "consistent": self.consistent,
            **self.told(),
        }

    def check_against(self, opened: Opened) -> None:
        """See that what was asked for exists.

        Raises: UsageError naming what does not.
        """
        if self.chunk_format != "parquet" and not self.keeps_raw:
            raise UsageError("--no-raw: expected --format parquet with it, found ndjson")
        locales: list[str] = opened.locales
        unknown = [one for one in self.locales if one not in locales]
        if unknown:
            raise UsageError(
                f"--locales names {', '.join(unknown)}, which the project does not have;"
                f" it has: {', '.join(locales)}"
            )
        if self.updated_since is not None:
            try:
                datetime.fromisoformat(self.updated_since)
            except ValueError:
                raise UsageError(
                    f"--updated-since: expected a date like 2026-11-21 or"
                    f" 2026-11-21T09:30:00Z, found {self.updated_since!r}"
                ) from None
