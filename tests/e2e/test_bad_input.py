"""What cannot be right ends in one clear line and its exit code, nothing written or lost."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.conftest import SampleProject
from tests.support.sandboxes import COMMAND, Ended, datosnap, environment, reach


def test_no_token_says_where_one_is_looked_for(tmp_path: Path) -> None:
    """Without a token the message names the option, the variable and the files."""
    ended = datosnap("export", "out", folder=tmp_path)

    line = refused(2, ended)
    assert all(one in line for one in ("--api-token", "DATOCMS_API_TOKEN", ".env.local"))
    assert not (tmp_path / "out").exists()


def test_a_token_is_found_in_dotenv_files(sample: SampleProject, tmp_path: Path) -> None:
    """`.env.local` is read as the official tool reads it; a wrong project gives no snapshot."""
    (tmp_path / ".env").write_text("DATOCMS_API_TOKEN=wrong\n")
    (tmp_path / ".env.local").write_text(f"DATOCMS_API_TOKEN={sample.token}\n")

    ended = datosnap(
        *("export", "out", "--base-url", sample.server.base_url, "--models", "author"),
        folder=tmp_path,
    )

    assert ended.code == 0, ended.err
    assert (tmp_path / "out" / "manifest.json").exists()


def test_a_wrong_token_is_refused(sample: SampleProject, tmp_path: Path) -> None:
    """A token that the API does not know ends with 12 and shows nothing of itself."""
    token = "canary-3f1b9c"
    ended = datosnap("export", "out", *reach(sample.server, token), folder=tmp_path)

    assert "INVALID_AUTHORIZATION_HEADER" in refused(12, ended)
    assert token not in ended.out + ended.err
    assert not (tmp_path / "out").exists()


def test_an_unknown_environment_names_those_that_exist(
    sample: SampleProject, tmp_path: Path
) -> None:
    """A misspelt environment is refused with the list of the right ones."""
    ended = datosnap("export", "out", *sample.reach, "-e", "stagign", folder=tmp_path)

    line = refused(2, ended)
    assert "stagign" in line
    assert "main" in line
    assert not (tmp_path / "out").exists()


def test_an_unreachable_host_ends_with_13(tmp_path: Path) -> None:
    """Nobody listens: the command gives up in a bounded time and says which host."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    url = f"http://127.0.0.1:{port}"

    ended = datosnap("export", "out", "--base-url", url, "--api-token", "any", folder=tmp_path)

    assert "/environments" in refused(13, ended)
    assert not (tmp_path / "out").exists()


def test_a_destination_with_something_else_in_it_is_left_alone(
    sample: SampleProject, tmp_path: Path
) -> None:
    """A folder that holds other files is named and not touched."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")

    ended = datosnap("export", "out", *sample.reach, folder=tmp_path)

    assert "thesis.txt" in refused(2, ended)
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_a_snapshot_is_never_overwritten(sample: SampleProject, tmp_path: Path) -> None:
    """Exporting onto a finished snapshot is refused, and the snapshot still verifies."""
    first = datosnap("export", "out", *sample.reach, "--models", "author", folder=tmp_path)
    assert first.code == 0, first.err

    ended = datosnap("export", "out", *sample.reach, folder=tmp_path)

    assert "already" in refused(2, ended)
    assert datosnap("verify", "out", folder=tmp_path).code == 0


@pytest.mark.parametrize("command", ["verify", "import", "diff"])
def test_a_folder_without_a_manifest_is_no_snapshot(
    command: str, sample: SampleProject, tmp_path: Path
) -> None:
    """Whatever reads a snapshot refuses a folder that has no manifest."""
    (tmp_path / "out").mkdir()
    target = reach(sample.server, sample.server.new_project())
    more = {"verify": (), "import": target, "diff": ("out",)}[command]

    ended = datosnap(command, "out", *more, folder=tmp_path)

    assert "manifest.json" in refused(10, ended)


def test_a_damaged_chunk_is_named_and_never_imported(
    sample: SampleProject, snapshot: Path, tmp_path: Path
) -> None:
    """One changed byte: verify names the file, import writes nothing."""
    chunk = next((snapshot / "records").rglob("current-*"))
    raw = bytearray(chunk.read_bytes())
    raw[len(raw) // 2] ^= 0x01
    chunk.write_bytes(raw)
    token = sample.server.new_project()

    verified = datosnap("verify", snapshot, folder=tmp_path)
    imported = datosnap("import", snapshot, *reach(sample.server, token), folder=tmp_path)

    name = chunk.relative_to(snapshot).as_posix()
    assert name in refused(4, verified)
    assert name in refused(4, imported)
    assert is_empty(sample, token, tmp_path)


def test_what_readers_see_is_not_imported_into(
    sample: SampleProject, snapshot: Path, tmp_path: Path
) -> None:
    """A primary environment with content is refused with what it holds, unless one says so."""
    ended = datosnap("import", snapshot, *sample.reach, "--ids", "remap", folder=tmp_path)

    text = refused(2, ended)
    assert "not empty" in text
    assert "--allow-primary" in text


def test_an_unknown_model_is_named(sample: SampleProject, tmp_path: Path) -> None:
    """A misspelt api_key in --models is refused with the models that exist."""
    ended = datosnap("export", "out", *sample.reach, "--models", "artcile", folder=tmp_path)

    line = refused(2, ended)
    assert "artcile" in line
    assert "article" in line
    assert not (tmp_path / "out").exists()


def test_a_read_only_disk_is_named(sample: SampleProject, tmp_path: Path) -> None:
    """A place that cannot be written to ends with 14 and the path."""
    place = tmp_path / "read-only"
    place.mkdir()
    command = [COMMAND, "export", str(place / "out"), *sample.reach]
    if os.geteuid() == 0:
        # Permissions do not bind root; a read-only file system does.
        if not shutil.which("unshare"):
            pytest.skip("root needs `unshare` to mount a read-only file system")
        script = 'mount -t tmpfs -o ro none "$0" && exec "$@"'
        command = ["unshare", "-m", "sh", "-c", script, str(place), *command]
        probe = subprocess.run([*command[:6], "true"], capture_output=True, check=False)
        if probe.returncode:
            pytest.skip(f"mounting is not allowed here: {probe.stderr!r}")
    else:
        place.chmod(0o555)

    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )

    line = refused(14, Ended(done.returncode, done.stdout, done.stderr))
    assert "read-only" in line


def test_an_address_that_would_show_the_token_is_refused(tmp_path: Path) -> None:
    """Plain http to another machine is refused before anything is sent."""
    ended = datosnap(
        *("export", "out", "--base-url", "http://example.com", "--api-token", "t"), folder=tmp_path
    )

    assert "https" in refused(2, ended)


@pytest.fixture
def snapshot(sample: SampleProject, tmp_path: Path) -> Path:
    """Give a snapshot of the sample project that may be damaged."""
    place = tmp_path / "snapshot"
    ended = datosnap("export", place, *sample.reach, folder=tmp_path)
    assert ended.code == 0, ended.err
    return place


def refused(code: int, ended: Ended) -> str:
    """Assert that a command ended with `code`, no answer and no traceback; give its message."""
    assert ended.code == code, f"{ended.code}\n{ended.out}\n{ended.err}"
    assert "Traceback" not in ended.err
    lines = ended.err.strip().splitlines()
    assert lines
    assert all(line.startswith("datosnap: ") for line in lines), ended.err
    return ended.err


def is_empty(sample: SampleProject, token: str, folder: Path) -> bool:
    """Tell whether an import would find nothing in the project."""
    ended = datosnap("export", "probe", *reach(sample.server, token), "--json", folder=folder)
    assert ended.code == 0, ended.err
    return not ended.document["facts"]["totals"]
