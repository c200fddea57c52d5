"""Build every path of a snapshot, and tell which paths can be ours.

Paths are relative and use `/`. A name from outside never becomes one as it is: a model's api_key
is used when it is plain and escaped, reversibly, when it is not; assets live under the hash of
their bytes. A manifest is believed only when each of its paths is one that this module builds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from datosnap.errors import BackupError, quote

ChunkKind: TypeAlias = Literal["current", "published", "history", "uploads"]
Kind: TypeAlias = Literal["resource", ChunkKind, "table", "schedules", "asset"]
ChunkFormat: TypeAlias = Literal["ndjson", "parquet"]
Compression: TypeAlias = Literal["none", "gzip", "zstd"]
# A model, or a block model, and a column of its table; uploads have no model.
ColumnOf: TypeAlias = tuple[str | None, str]

MANIFEST: Final = "manifest.json"
SCHEDULES: Final = "schedules.ndjson"
# Hidden, and no part of a snapshot: the mark of an unfinished run, the lock, and who holds it.
MARKER: Final = ".datosnap-unfinished.json"
LOCK: Final = ".datosnap.lock"
HOLDER: Final = ".datosnap-holder.json"
_HOUSEKEEPING = frozenset({MARKER, LOCK, HOLDER})
# On an object store each run that writes there claims it by an object of its own.
_CLAIM = re.compile(r"\.datosnap-claim-[0-9a-f]{32}\.json")
# Hidden too, while a run is under way: what is done so far, and rows that are not yet in chunks.
JOURNAL: Final = ".datosnap-journal.ndjson"
WORK: Final = ".datosnap-work"

_PER_MODEL = frozenset({"current", "published", "history", "table"})
_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
_MD5 = re.compile(r"[0-9a-f]{32}")
# File systems take 255 bytes; half of it leaves room for drafts and for encrypting layers.
_FOLDER_MAX = 100
# Windows opens these as devices, whatever folder they stand in.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)

_CHUNK_PATHS: Mapping[ChunkKind, str] = {
    "current": "records/{folder}/current-{number:05d}.{extension}",
    "published": "records/{folder}/published-{number:05d}.{extension}",
    "history": "history/{folder}/{number:05d}.{extension}",
    "uploads": "uploads/uploads-{number:05d}.{extension}",
}
_NUMBER = r"[0-9]{5,9}\.(?:ndjson(?:\.gz|\.zst)?|parquet)"
_ANY_FOLDER = r"[a-z0-9_~]{1,100}"
_LAYOUT: Mapping[Kind, str] = {
    "resource": r"project/[a-z][a-z0-9_]*\.ndjson",
    "current": r"records/FOLDER/current-" + _NUMBER,
    "published": r"records/FOLDER/published-" + _NUMBER,
    "history": r"history/FOLDER/" + _NUMBER,
    "uploads": r"uploads/uploads-" + _NUMBER,
    "table": rf"tables/(?:links|records|blocks/{_ANY_FOLDER})/FOLDER-[0-9]{{5,9}}\.parquet",
    "schedules": r"schedules\.ndjson",
    "asset": r"assets/([0-9a-f]{2})/\1[0-9a-f]{30}",
}
_ANY_FILE = tuple(
    re.compile(pattern.replace("FOLDER", _ANY_FOLDER))
    for pattern in (
        *_LAYOUT.values(),
        r"assets/blob-[0-9]+",
        r"manifest\.json",
        re.escape(JOURNAL),
        re.escape(WORK) + r"/[a-z0-9_~-]{1,120}-[0-9]{5}\.zst",
    )
)
_OUR_FOLDERS = re.compile(
    rf"project/|uploads/|{re.escape(WORK)}/|(?:records|history)/(?:{_ANY_FOLDER}/)?"
    rf"|assets/(?:[0-9a-f]{{2}}/)?|tables/(?:links/|records/|blocks/(?:{_ANY_FOLDER}/)?)?"
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table made of the records of all models; one of blocks is of one block model."""

    name: Literal["links", "records", "blocks"]
    block_model: str | None = None


LINKS: Final = Table("links")
RECORDS: Final = Table("records")


def resource_path(name: str) -> str:
    """Name the file of one kind of project resources."""
    if not _PLAIN.fullmatch(name):
        raise BackupError(f"expected a plain resource name, found {quote(name)}")
    return f"project/{name}.ndjson"


def chunk_path(kind: ChunkKind, model: str | None, number: int, extension: str) -> str:
    """Name one chunk of records, of versions or of upload metadata."""
    if (model is not None) != (kind in _PER_MODEL):
        raise BackupError(f"expected a model for records and for them alone, found {kind} {model}")
    folder = "" if model is None else model_folder(model)
    return _CHUNK_PATHS[kind].format(folder=folder, number=number, extension=extension)


def table_path(table: Table, model: str, number: int) -> str:
    """Name the part of a table that is made of one chunk of a model's records."""
    folder: str = table.name
    if table.block_model is not None:
        folder += f"/{model_folder(table.block_model)}"
    return f"tables/{folder}/{model_folder(model)}-{number:05d}.parquet"


def number_of(path: str) -> int:
    """Give the number of a chunk, or of a part of a table."""
    return int(path.rpartition("/")[2].partition(".")[0].rpartition("-")[2])


def work_name(kind: ChunkKind, model: str | None) -> str:
    """Name the work files of one list, without their numbers."""
    return kind if model is None else f"{kind}-{model_folder(model)}"


def asset_path(md5: str) -> str:
    """Name the file that holds an asset's bytes."""
    if not _MD5.fullmatch(md5):
        raise BackupError(f"expected an MD5 in hexadecimal, found {quote(md5)}")
    return f"assets/{md5[:2]}/{md5}"


def blob_draft(number: int) -> str:
    """Name the place near which an asset is written while its hash is not known yet."""
    return f"assets/blob-{number}"


def claim_path(run: str) -> str:
    """Name the object by which a run, known by 32 hexadecimal digits, claims a place."""
    return f".datosnap-claim-{run}.json"


def is_claim(path: str) -> bool:
    """Tell whether an object is the claim of a run."""
    return _CLAIM.fullmatch(path) is not None


def draft_name(name: str) -> str:
    """Name the hidden neighbour under which a file is written."""
    return f".{name}.draft"


def model_folder(api_key: str) -> str:
    """Give the folder of a model: its api_key, or an escaped form of one that is not plain.

    Shape: each byte other than `a-z 0-9 _` becomes `~` and two hexadecimal digits, and so does
    the first one when it is no letter or the whole is a device's name; beyond 100 characters the
    folder is `~~` and a SHA-256, and only the manifest tells the api_key.
    """
    raw = api_key.encode("utf-8", "surrogatepass")
    first = 1 if raw[:1].islower() and api_key not in _DEVICES else 0
    folder = raw[:first].decode() + "".join(
        chr(byte) if number and _is_plain(byte) else f"~{byte:02x}"
        for number, byte in enumerate(raw[first:], start=first)
    )
    if folder and len(folder) <= _FOLDER_MAX:
        return folder
    return "~~" + hashlib.sha256(raw).hexdigest()


def model_of(folder: str) -> str | None:
    """Give the api_key that `model_folder` was given; None when only the manifest knows it."""
    if folder.startswith("~~"):
        return None
    raw = re.sub(
        rb"~([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), folder.encode()
    )
    return raw.decode("utf-8", "surrogatepass")


def belongs(path: str, kind: Kind, model: str | None) -> bool:
    """Tell whether `path` is one that this module builds for such a file."""
    if (model is not None) != (kind in _PER_MODEL):
        return False
    folder = "" if model is None else re.escape(model_folder(model))
    return re.fullmatch(_LAYOUT[kind].replace("FOLDER", folder), path) is not None


def is_housekeeping(path: str) -> bool:
    """Tell whether a file serves the running of datosnap and is no part of a snapshot."""
    return _undrafted(path) in _HOUSEKEEPING or is_claim(path) or is_progress(path)


def is_progress(path: str) -> bool:
    """Tell whether a file tells how far a run has come, and goes when the run is done."""
    return _undrafted(path) == JOURNAL or path.startswith(f"{WORK}/")


def is_ours(path: str) -> bool:
    """Tell whether a run of ours, and nothing else, can have left this file or folder.

    Shape: an empty folder ends with `/`; `manifest.json` itself is a finished snapshot and is not
    meant here, its draft is.
    """
    if path.endswith("/"):
        return _OUR_FOLDERS.fullmatch(path) is not None
    final = _undrafted(path)
    known = any(pattern.fullmatch(final) for pattern in _ANY_FILE)
    return path != MANIFEST and (known or is_housekeeping(path))


def _undrafted(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    draft = re.fullmatch(r"\.(.+)\.draft", name)
    return folder + slash + (draft[1] if draft else name)


def _is_plain(byte: int) -> bool:
    return byte == ord("_") or ord("a") <= byte <= ord("z") or ord("0") <= byte <= ord("9")
