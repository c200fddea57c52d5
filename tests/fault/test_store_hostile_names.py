"""No name from outside becomes a path: whatever things are called, a snapshot stays inside."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.jsontext import encode
from datosnap.errors import DiskError, UsageError
from datosnap.store.manifest import ModelTotals
from datosnap.store.names import ChunkFormat
from datosnap.store.snapshot import Snapshot
from datosnap.store.snapshot_writer import SnapshotWriter
from datosnap.store.verification import check
from tests.support.snapshots import facts, files_under

_SEEDS = (
    *(
        "..",
        "../..",
        "../../../etc/passwd",
        "/etc/passwd",
        "//server/share",
        "C:\\Windows",
        "\\\\x",
    ),
    *("%2e%2e%2f", "..%2f..%2fetc", "%00", "a\x00b", "a\nb", "a\rb", "\x1b[2J", "\u202egnp.exe"),
    *("con", "nul", "aux.txt", "com1", "lpt9", "CON", "a:b", "a|b", "a?b", "a*b", '"', "'", "`id`"),
    *("$(id)", "${HOME}", "~", "~root", "~65", "~~", "-rf", "--", "", " ", ".", "...", "a/", "/a"),
    *(".git", ".datosnap.lock", ".datosnap-unfinished.json", "manifest.json", "manifest.json\x00"),
    *(
        "e\u0301",
        "\xe9",
        "\u212a",
        "\u0130",
        "ß",
        "ﬁ",
        "日本語",
        "👩‍🚀",
        "\ufeff",
        "\ufffe",
        "a" * 300,
    ),
    *("é" * 200, "x/" * 200, "../" * 100, "A", "a", "_", "1"),
)
HOSTILE = tuple(
    dict.fromkeys(
        (
            *_SEEDS,
            *(f"{seed}/current-00000.ndjson" for seed in _SEEDS),
            *(f"../{seed}" for seed in _SEEDS),
            *(f"{seed}\\..\\x" for seed in _SEEDS),
            *(f"{seed}.parquet" for seed in _SEEDS),
        )
    )
)


def _upload(number: int, name: str) -> bytes:
    attributes = {"filename": name, "path": f"/1/{name}", "url": f"file:///{name}"}
    return encode({"type": "upload", "id": str(number), "attributes": attributes})


@pytest.mark.parametrize("chunk_format", ["ndjson", "parquet"])
def test_hostile_names_stay_inside_and_are_kept_as_data(
    tmp_path: Path, chunk_format: ChunkFormat
) -> None:
    """Three hundred names of models and files: no file outside, every name comes back."""
    assert len(HOSTILE) > 300
    root = tmp_path / "jail" / "snapshot"
    with SnapshotWriter.begin(root, chunk_format=chunk_format) as writer:
        for name in HOSTILE:
            chunk = writer.chunks("current", name)
            chunk.write([encode({"id": name})])
            chunk.close()
        uploads = writer.chunks("uploads", None)
        uploads.write([_upload(number, name) for number, name in enumerate(HOSTILE)])
        uploads.close()
        writer.commit(facts([ModelTotals(name, "id", 1, 0, 0, 1) for name in HOSTILE]))

    assert all(path.startswith("jail/snapshot/") for path in files_under(tmp_path))
    assert check(root).damages == ()
    snapshot = Snapshot.open(root)
    assert snapshot.models() == HOSTILE
    for name in HOSTILE:
        assert list(snapshot.rows("current", name)) == [encode({"id": name})]
    assert list(snapshot.rows("uploads")) == [
        _upload(number, name) for number, name in enumerate(HOSTILE)
    ]


@pytest.mark.parametrize("name", ["records", "records/post", "assets", "project", "uploads"])
def test_link_in_the_way_is_never_followed(tmp_path: Path, name: str) -> None:
    """A link where a folder of the snapshot belongs ends the run, and leads nowhere."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("precious")
    root = tmp_path / "root"
    with SnapshotWriter.begin(root, chunk_format="ndjson") as writer:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).symlink_to(outside)
        with pytest.raises(DiskError, match="found something else in its way"):
            _write_everything(writer)

    assert files_under(outside) == ["precious"]
    with pytest.raises(UsageError, match="found '"):  # a link is not ours, and is not removed
        SnapshotWriter.begin(root, chunk_format="ndjson")
    assert files_under(outside) == ["precious"]


def _write_everything(writer: SnapshotWriter) -> None:
    writer.resources("site", [b"{}"])
    for kind, model in (("current", "post"), ("uploads", None)):
        chunk = writer.chunks("current" if kind == "current" else "uploads", model)
        chunk.write([b"{}"])
        chunk.close()
    sink = writer.blob()
    sink.write(b"data")
    sink.finish()
