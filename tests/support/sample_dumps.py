"""Make `sample_dumps/` anew: `python -m tests.support.sample_dumps`.

The sample project is the same on every run, so that what changes in a dump is what changed in
datosnap. Only the port of the sandbox, in the addresses of assets, is another each time.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.sandboxes import build_sample_project, datosnap, reach, sandbox

FOLDER = Path(__file__).resolve().parents[2] / "sample_dumps"
FORMATS = ("ndjson", "parquet")


def export_sample(folder: Path, token_reach: tuple[str, ...], chunk_format: str) -> Path:
    """Export the sample project, history and all, as the dumps are made; give the place."""
    ended = datosnap(
        *("export", chunk_format, *token_reach, "--format", chunk_format, "--history", "all"),
        folder=folder,
    )
    if ended.code:
        raise AssertionError(ended.err)
    return folder / chunk_format


def main() -> None:
    """Replace the dumps."""
    with sandbox() as server:
        token = build_sample_project(server)
        for chunk_format in FORMATS:
            shutil.rmtree(FOLDER / chunk_format, ignore_errors=True)
            export_sample(FOLDER, reach(server, token), chunk_format)


if __name__ == "__main__":
    main()
