"""Know what addresses and ids inside text became, for imports that are asked to rewrite them.

The address of an upload is the server's to choose, so that it is known once the upload is there.
"""

from __future__ import annotations

from collections.abc import Iterable

from datosnap.core.entities import Schema
from datosnap.core.jsontext import JsonObject
from datosnap.core.remapping import IdMap
from datosnap.core.text_rewriting import TextRewriter, bare_address

# Kinds whose ids people and plugins write into text.
_KINDS = ("item", "upload")


class Texts:
    """The addresses of a source's uploads and of a target's, and the rewriter that knows both.

    Memory: an address an upload on each side.
    """

    def __init__(self, schema: Schema, uploads: Iterable[JsonObject]) -> None:
        self._sources = {_address(one): one["id"] for one in uploads}
        self._targets: dict[str, str] = {}
        self._ids = IdMap()
        self.rewriter = TextRewriter(schema, self._find_address, self._find_id)

    def learn(self, ids: IdMap) -> None:
        """Go by these ids from now on, as they grow."""
        self._ids = ids

    def note(self, upload: JsonObject) -> None:
        """Note an upload that the target has."""
        self._targets[upload["id"]] = _address(upload)

    def _find_address(self, address: str) -> str | None:
        target_id = self._ids.find("upload", self._sources.get(address, ""))
        return None if target_id is None else self._targets.get(target_id)

    def _find_id(self, word: str) -> str | None:
        found = (self._ids.find(kind, word) for kind in _KINDS)
        return next((one for one in found if one is not None), None)


def _address(upload: JsonObject) -> str:
    return bare_address(upload["attributes"].get("url") or "")
