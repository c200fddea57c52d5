"""Name everything in the sample project by a word, and turn that word into the id it is given.

Content refers to things as people do (`author:vera-lind`); the id is a function of the word, so
that texts can link to each other before anything exists and every build gives the same project.
"""

from __future__ import annotations

from datosnap.core import ids


def identity(kind: str, key: str) -> str:
    """Give the id of the thing of one kind that content calls `key`."""
    return str(ids.derive("sample", "main", f"{kind}:{key}"))


def record_identity(name: str) -> str:
    """Give the id of a record, named `model:key` as in content."""
    return identity("record", name)


def linkage(kind: str, identifier: str | None) -> dict[str, dict[str, str] | None]:
    """Write a JSON:API to-one relationship; None is an empty one."""
    return {"data": None if identifier is None else {"type": kind, "id": identifier}}
