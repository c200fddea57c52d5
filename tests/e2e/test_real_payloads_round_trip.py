"""Real payloads of the CMS go out with the installed command and come back the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.real_payloads import load_recorded_content, recordings
from tests.support.sandboxes import datosnap, reach, sandbox

pytestmark = pytest.mark.skipif(
    recordings() is None, reason="the recorded exchanges do not lie beside the checkout"
)


@pytest.mark.parametrize("chunk_format", ["ndjson", "parquet"])
def test_recorded_content_survives_export_and_import(chunk_format: str, tmp_path: Path) -> None:
    """Structured text, modular content and files as DatoCMS itself answered them."""
    out, back, state = tmp_path / "out", tmp_path / "back", tmp_path / "state"
    with sandbox(seed=12) as server:
        token = server.new_project("Recorded")
        counts = load_recorded_content(server.base_url, token)
        source, target = reach(server, token), reach(server, server.new_project())
        steps: tuple[tuple[str | Path, ...], ...] = (
            ("export", out, *source, "--format", chunk_format),
            ("import", out, *target, "--ids", "remap", "--state", state),
            ("export", back, *target),
            ("diff", out, back, "--id-map", state / "id-map.ndjson", "--json"),
        )
        for step in steps:
            ended = datosnap(*step, folder=tmp_path)
            assert ended.code == 0, f"{step[0]}: {ended.out}\n{ended.err}"

    compared = ended.document
    assert compared["total"] == 0
    assert compared["compared"]["records"] == counts.records > 0
    assert compared["compared"]["uploads"] == counts.uploads > 0
    assert compared["compared"]["item_types"] == counts.models
