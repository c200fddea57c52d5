"""Object stores for tests: one in memory whose calls can be made to fail, and S3 on loopback.

The one in memory behaves as the trusted ones do: an object shows whole, when its stream is
closed, and a listing tells what is there. The other is moto's server in a process of its own,
since a stream of pyarrow's may hold the interpreter while it talks to it.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import httpx
import pyarrow as pa
import pytest
from pyarrow.fs import (
    FileInfo,
    FileSelector,
    FileSystem,
    FileSystemHandler,
    FileType,
    PyFileSystem,
)

from datosnap.store.objects import ObjectPlace

if TYPE_CHECKING:
    from typing_extensions import Buffer

KEY, SECRET = "AKIACANARYCANARYCANA", "canary/secret+of+the+object+store"
BUCKET = "backups"
# What a store answers to who may not, as pyarrow words it.
DENIED = "When writing: AWS Error ACCESS_DENIED during PutObject operation: Access Denied"


@dataclass(slots=True)
class MemoryStore:
    """Objects by key, as the handler sees them; `now` is the store's own clock."""

    objects: dict[str, bytes] = field(default_factory=dict)
    written: dict[str, datetime] = field(default_factory=dict)
    buckets: set[str] = field(default_factory=lambda: {BUCKET})
    now: datetime = datetime(2026, 5, 1, tzinfo=UTC)
    calls: list[str] = field(default_factory=list)
    before: Callable[[str, str], None] = lambda _call, _path: None

    def place(self, prefix: str = "a/b") -> ObjectPlace:
        """Give a prefix of the store as a place."""
        files = PyFileSystem(_Handler(self))
        return ObjectPlace(files, f"{BUCKET}/{prefix}", f"mem://{BUCKET}/{prefix}")

    def put(self, key: str, data: bytes) -> None:
        """Write an object, with a date."""
        self.objects[key] = data
        self.written[key] = self.now

    def note(self, call: str, path: str) -> None:
        """Remember a call, and let the test step in before it."""
        self.calls.append(f"{call} {path}")
        self.before(call, path)


class _Handler(FileSystemHandler):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def get_type_name(self) -> str:
        return "memory"

    def normalize_path(self, path: str) -> str:
        return path

    def get_file_info(self, paths: str | list[str]) -> list[FileInfo]:
        assert isinstance(paths, list)
        for path in paths:
            self._store.note("info", path)
        return [self._info(path) for path in paths]

    def get_file_info_selector(self, selector: FileSelector) -> list[FileInfo]:
        self._store.note("list", selector.base_dir)
        start = f"{selector.base_dir}/"
        found: dict[str, FileInfo] = {}
        for key in self._store.objects:
            if not key.startswith(start):
                continue
            steps = key[len(start) :].split("/")
            for count in range(1, len(steps) + 1 if selector.recursive else 2):
                path = start + "/".join(steps[:count])
                found[path] = self._info(path)
        return list(found.values())

    def create_dir(self, path: str, recursive: bool) -> None:  # noqa: FBT001 - pyarrow's signature
        raise NotImplementedError

    def delete_dir(self, path: str) -> None:
        self._store.note("delete folder", path)
        for key in [key for key in self._store.objects if key.startswith(f"{path}/")]:
            del self._store.objects[key]

    def delete_dir_contents(self, path: str, missing_dir_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - pyarrow's signature
        raise NotImplementedError

    def delete_root_dir_contents(self) -> None:
        raise NotImplementedError

    def delete_file(self, path: str) -> None:
        self._store.note("delete", path)
        if path not in self._store.objects:
            raise FileNotFoundError(path)
        del self._store.objects[path]

    def move(self, src: str, dest: str) -> None:
        raise NotImplementedError

    def copy_file(self, src: str, dest: str) -> None:
        raise NotImplementedError

    def open_input_stream(self, path: str) -> pa.NativeFile:
        raise NotImplementedError

    def open_input_file(self, path: str) -> pa.NativeFile:
        self._store.note("read", path)
        if path not in self._store.objects:
            raise FileNotFoundError(path)
        return pa.PythonFile(_Reading(self._store, path), mode="r")

    def open_output_stream(self, path: str, metadata: dict[str, str]) -> pa.NativeFile:
        self._store.note("write", path)
        return pa.PythonFile(_Writing(self._store, path), mode="w")

    def open_append_stream(self, path: str, metadata: dict[str, str]) -> pa.NativeFile:
        raise NotImplementedError

    def _info(self, path: str) -> FileInfo:
        data = self._store.objects.get(path)
        if data is not None:
            written = self._store.written.get(path)
            return FileInfo(path, FileType.File, mtime=written, size=len(data))
        is_folder = path in self._store.buckets or any(
            key.startswith(f"{path}/") for key in self._store.objects
        )
        return FileInfo(path, FileType.Directory if is_folder else FileType.NotFound)


class _Reading(io.BytesIO):
    def __init__(self, store: MemoryStore, key: str) -> None:
        super().__init__(store.objects[key])
        self._store = store
        self._key = key

    def read(self, size: int | None = -1, /) -> bytes:
        self._store.note("read part", self._key)
        return super().read(size)


class _Writing(io.BytesIO):
    def __init__(self, store: MemoryStore, key: str) -> None:
        super().__init__()
        self._store = store
        self._key = key
        self._has_failed = False

    def write(self, data: Buffer, /) -> int:
        try:
            self._store.note("write part", self._key)
        except OSError:
            self._has_failed = True
            raise
        return super().write(data)

    def close(self) -> None:
        if not self.closed:
            data = self.getvalue()
            super().close()
            if self._has_failed:  # an upload with a part missing is never completed
                raise OSError("the upload is incomplete")
            self._store.note("complete", self._key)
            self._store.put(self._key, data)


@dataclass(frozen=True, slots=True)
class S3:
    """S3 on loopback, with one bucket."""

    endpoint: str

    def url(self, prefix: str, bucket: str = BUCKET) -> str:
        """Address a prefix, as a user would."""
        query = urlencode(
            {"endpoint_override": self.endpoint, "scheme": "http", "region": "us-east-1"}
        )
        return f"s3://{bucket}/{prefix}?{query}"

    def get(self, key: str) -> bytes:
        """Read an object past everything of ours."""
        files, path = FileSystem.from_uri(self.url(key))
        with files.open_input_file(path) as stream:
            return stream.read()

    def put(self, key: str, data: bytes) -> None:
        """Write an object past everything of ours."""
        files, path = FileSystem.from_uri(self.url(key))
        with files.open_output_stream(path, compression=None) as stream:
            stream.write(data)

    def delete(self, key: str) -> None:
        """Remove an object past everything of ours."""
        files, path = FileSystem.from_uri(self.url(key))
        files.delete_file(path)

    def refuse(self, part: str) -> None:
        """Refuse, from now on, requests whose method and address hold `part`; '' for none."""
        self._control("refuse", part)

    def refused(self) -> int:
        """Count the requests that were refused, and begin anew."""
        return int(self._control("refused", ""))

    def _control(self, what: str, value: str) -> str:
        answer = httpx.get(f"http://{self.endpoint}/-/{what}?{quote(value)}", trust_env=False)
        return answer.raise_for_status().text


@contextmanager
def s3_server() -> Iterator[S3]:
    """Run S3 on a free loopback port, with an empty bucket; keys are in the environment."""
    with (
        pytest.MonkeyPatch.context() as patch,
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.s3_process"], stdout=subprocess.PIPE
        ) as process,
    ):
        patch.setenv("AWS_ACCESS_KEY_ID", KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        try:
            assert process.stdout is not None
            endpoint = f"127.0.0.1:{int(process.stdout.readline())}"
            httpx.put(f"http://{endpoint}/{BUCKET}", trust_env=False).raise_for_status()
            yield S3(endpoint)
        finally:
            process.kill()
