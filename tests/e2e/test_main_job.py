"""The main job with the installed command: out, verified, back, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import SampleProject
from tests.support.sandboxes import Ended, datosnap, reach


@pytest.mark.parametrize("chunk_format", ["ndjson", "parquet"])
@pytest.mark.parametrize("ids", ["remap", "preserve"])
def test_what_goes_out_comes_back_without_a_difference(
    sample: SampleProject, tmp_path: Path, chunk_format: str, ids: str
) -> None:
    """Either format, either id policy: the copy's export equals the original's, ids translated."""
    out, back, state = tmp_path / "out", tmp_path / "back", tmp_path / "state"
    target = reach(sample.server, sample.server.new_project())

    expect(0, datosnap("export", out, *sample.reach, "--format", chunk_format, folder=tmp_path))
    expect(0, datosnap("verify", out, folder=tmp_path))
    imported = expect(
        0,
        datosnap("import", out, *target, "--ids", ids, "--state", state, "--json", folder=tmp_path),
    )
    expect(0, datosnap("export", back, *target, folder=tmp_path))
    compared = expect(
        0,
        datosnap("diff", out, back, "--id-map", state / "id-map.ndjson", "--json", folder=tmp_path),
    )

    assert compared.document["total"] == 0
    assert compared.document["compared"]["records"] == imported.document["written"]["records"] > 100
    plan = imported.document["plan"]
    assert plan["ids_derived" if ids == "remap" else "ids_kept"] > 0
    assert plan["ids_kept" if ids == "remap" else "ids_derived"] == 0


def expect(code: int, ended: Ended) -> Ended:
    """Assert the exit code, showing what the command said when it is another."""
    assert ended.code == code, f"{ended.out}\n{ended.err}"
    return ended
