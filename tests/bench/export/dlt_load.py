"""Load all records with dlt's REST source into files; run by the Python that dlt is installed in.

Arguments: address, page size, model, folder, file format, table nesting. The default of dlt makes
tables of all nested values; with 0 a record stays one row, which is the least it can do. Prints
the number of records.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

# Nothing is told to anybody, and nothing is read from a home directory.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"


def main(base: str, size: int, model: str, folder: Path, *, file_format: str, nesting: str) -> None:
    """Load `base` into `folder`."""
    os.environ["DLT_DATA_DIR"] = str(folder / "work")
    dlt = importlib.import_module("dlt")
    rest_api = importlib.import_module("dlt.sources.rest_api")
    asked = {"filter[type]": model, "version": "current", "order_by": "id_ASC"}
    if size == 30:
        asked["nested"] = "true"
    paginator = {
        "type": "offset",
        "limit": size,
        "offset_param": "page[offset]",
        "limit_param": "page[limit]",
        "total_path": "meta.total_count",
    }
    endpoint = {"path": "items", "params": asked, "data_selector": "data"}
    source = rest_api.rest_api_source(
        {
            "client": {"base_url": f"{base}/", "paginator": paginator},
            "resources": [{"name": "items", "endpoint": endpoint}],
        }
    )
    if nesting != "default":
        source.max_table_nesting = int(nesting)
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.filesystem(bucket_url=(folder / "out").as_uri()),
        dataset_name="bench",
        pipelines_dir=str(folder / "pipelines"),
    )
    pipeline.run(source, loader_file_format=file_format)
    print(json.dumps({"rows": pipeline.last_trace.last_normalize_info.row_counts["items"]}))  # noqa: T201 - its answer


if __name__ == "__main__":
    given = sys.argv[1:]
    main(
        given[0],
        int(given[1]),
        given[2],
        Path(given[3]),
        file_format=given[4],
        nesting=given[5],
    )
