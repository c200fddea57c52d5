"""The files of a Parquet snapshot mean the same to pandas, Polars and Spark as to ourselves."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

_DUMP = Path(__file__).resolve().parents[2] / "sample_dumps" / "parquet"
_FILES = {
    "current": sorted(_DUMP.glob("records/*/current-*.parquet")),
    "history": sorted(_DUMP.glob("history/*/*.parquet")),
    "uploads": sorted(_DUMP.glob("uploads/*.parquet")),
    "blocks": sorted(_DUMP.glob("tables/blocks/*/*.parquet")),
    "links": sorted(_DUMP.glob("tables/links/*.parquet")),
    "records": sorted(_DUMP.glob("tables/records/*.parquet")),
}
_ALL = [file for files in _FILES.values() for file in files]
_ARTICLES = _DUMP / "records" / "article" / "current-00000.parquet"


# Too large, with the Java it needs, for what every run of the tests installs.
_HAS_SPARK = importlib.util.find_spec("pyspark") is not None


def titles() -> list[str | None]:
    """Give the Italian titles of articles as we read them, in the order of their ids."""
    rows = pq.read_table(_ARTICLES, columns=["id", "title"]).to_pylist()
    return [row["title"]["it"] for row in sorted(rows, key=lambda row: str(row["id"]))]


def test_there_are_files_of_every_kind() -> None:
    """The readers below are shown all of them."""
    assert all(_FILES.values())
    assert any(titles())
    assert None in titles()


def test_pandas_reads_every_file() -> None:
    """As many rows as there are, moments as moments, members of structs by locale."""
    pd = importlib.import_module("pandas")

    for file in _ALL:
        assert len(pd.read_parquet(file)) == pq.read_metadata(file).num_rows
    articles = pd.read_parquet(_ARTICLES).sort_values("id")
    assert [title["it"] for title in articles["title"]] == titles()
    assert str(articles["_created_at"].dtype) == "datetime64[ms, UTC]"


def test_polars_reads_every_file() -> None:
    """Many files of one table at once too, in a lazy query that reads what it needs."""
    pl = importlib.import_module("polars")

    for file in _ALL:
        assert len(pl.read_parquet(file)) == pq.read_metadata(file).num_rows
    found = pl.scan_parquet(_ARTICLES).sort("id").select(pl.col("title").struct.field("it"))
    assert found.collect()["it"].to_list() == titles()
    links = pl.scan_parquet(_FILES["links"]).filter(pl.col("kind") == "record").collect()
    whole = pl.concat(pl.read_parquet(file) for file in _FILES["links"])
    assert len(links) == whole["kind"].to_list().count("record") > 0


@pytest.mark.skipif(not _HAS_SPARK, reason="PySpark is not installed")
@pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java to run Spark")
@pytest.mark.filterwarnings("ignore")  # of Spark's own making
def test_spark_reads_every_file() -> None:
    """Structs by locale, arrays of links, and binary records, with a schema of its own making."""
    sql = importlib.import_module("pyspark.sql")
    spark = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    try:
        for file in _ALL:
            assert spark.read.parquet(str(file)).count() == pq.read_metadata(file).num_rows
        rows = spark.read.parquet(str(_ARTICLES)).orderBy("id").select("title.it").collect()
        assert [row["it"] for row in rows] == titles()
    finally:
        spark.stop()
