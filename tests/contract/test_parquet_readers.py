"""The files of a Parquet snapshot mean the same to pandas, Polars and Spark as to ourselves."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from datosnap.flows.convert import ConvertOptions, convert
from datosnap.flows.progress import Silent

_DUMPS = Path(__file__).resolve().parents[2] / "sample_dumps"
_PATTERNS = {
    "current": "records/*/current-*.parquet",
    "history": "history/*/*.parquet",
    "uploads": "uploads/*.parquet",
    "blocks": "tables/blocks/*/*.parquet",
    "links": "tables/links/*.parquet",
    "records": "tables/records/*.parquet",
}
# Too large, with the Java it needs, for what every run of the tests installs.
_HAS_SPARK = importlib.util.find_spec("pyspark") is not None


@dataclass(frozen=True, slots=True)
class Dump:
    """The files of a snapshot."""

    root: Path

    @property
    def articles(self) -> Path:
        """Give the file of all articles."""
        return self.root / "records" / "article" / "current-00000.parquet"

    def files(self, kind: str) -> list[Path]:
        """Give the files of one kind."""
        return sorted(self.root.glob(_PATTERNS[kind]))

    @property
    def all(self) -> list[Path]:
        """Give all files."""
        return [file for kind in _PATTERNS for file in self.files(kind)]


@pytest.fixture(scope="module", params=["as kept", "as written today", "columns alone"])
def dump(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Dump:
    """Give the sample project as earlier users have it, and as it is written now."""
    if request.param == "as kept":
        return Dump(_DUMPS / "parquet")
    root = tmp_path_factory.mktemp("readers") / "parquet"
    options = ConvertOptions("parquet", keeps_raw=request.param != "columns alone")
    convert(_DUMPS / "ndjson", root, options, Silent())
    return Dump(root)


def titles(dump: Dump) -> list[str | None]:
    """Give the Italian titles of articles as we read them, in the order of their ids."""
    rows = pq.read_table(dump.articles, columns=["id", "title"]).to_pylist()
    return [row["title"]["it"] for row in sorted(rows, key=lambda row: str(row["id"]))]


def test_there_are_files_of_every_kind(dump: Dump) -> None:
    """The readers below are shown all of them."""
    assert all(dump.files(kind) for kind in _PATTERNS)
    assert any(titles(dump))
    assert None in titles(dump)


def test_pandas_reads_every_file(dump: Dump) -> None:
    """As many rows as there are, moments as moments, members of structs by locale."""
    pd = importlib.import_module("pandas")

    for file in dump.all:
        assert len(pd.read_parquet(file)) == pq.read_metadata(file).num_rows
    articles = pd.read_parquet(dump.articles).sort_values("id")
    assert [title["it"] for title in articles["title"]] == titles(dump)
    assert str(articles["_created_at"].dtype) == "datetime64[ms, UTC]"


def test_polars_reads_every_file(dump: Dump) -> None:
    """Many files of one table at once too, in a lazy query that reads what it needs."""
    pl = importlib.import_module("polars")

    for file in dump.all:
        assert len(pl.read_parquet(file)) == pq.read_metadata(file).num_rows
    found = pl.scan_parquet(dump.articles).sort("id").select(pl.col("title").struct.field("it"))
    assert found.collect()["it"].to_list() == titles(dump)
    links = pl.scan_parquet(dump.files("links")).filter(pl.col("kind") == "record").collect()
    whole = pl.concat(pl.read_parquet(file) for file in dump.files("links"))
    assert len(links) == whole["kind"].to_list().count("record") > 0


@pytest.mark.skipif(not _HAS_SPARK, reason="PySpark is not installed")
@pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java to run Spark")
@pytest.mark.filterwarnings("ignore")  # of Spark's own making
def test_spark_reads_every_file(dump: Dump) -> None:
    """Structs by locale, arrays of links, and binary records, with a schema of its own making."""
    sql = importlib.import_module("pyspark.sql")
    spark = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    try:
        for file in dump.all:
            assert spark.read.parquet(str(file)).count() == pq.read_metadata(file).num_rows
        rows = spark.read.parquet(str(dump.articles)).orderBy("id").select("title.it").collect()
        assert [row["it"] for row in rows] == titles(dump)
    finally:
        spark.stop()
