"""What a script can do to a request: answer falsely, wait, break off, cut, swell, lie, meddle."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.types import Message, Scope

from datosnap.core.jsontext import Json, JsonObject, decode, encode
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.fault_scenes import Answered, GoOn, Scene
from datosnap.sandbox.state import World

_JSON = {"content-type": "application/json; charset=utf-8"}
_GZIP_WINDOW = 31
_BLOCK = b" " * 65_536
_FIRST_ERROR_STATUS = 400
# What the signed storage says when its address is too old.
_EXPIRED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer without carrying anything out; a body that is not bytes is sent as JSON."""

    status: int
    body: Json | bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: _JSON)

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Send the answer."""
        del go_on
        await scene.read_all()
        body = self.body if isinstance(self.body, bytes) else encode(self.body)
        told = {"content-length": str(len(body)), **self.headers}
        headers = tuple((name.encode(), value.encode()) for name, value in told.items())
        await scene.answer(Answered(self.status, headers, body))


def refusal(code: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with one of the API's error codes, in its shape and with its status."""
    failure = ApiFailure(code)
    return Answer(failure.status, failure.body(), {**_JSON, **(headers or {})})


def expired_upload() -> Answer:
    """Answer as the signed storage does when its address is too old."""
    return Answer(403, _EXPIRED, {"content-type": "application/xml"})


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait before carrying out. Units: seconds."""

    seconds: float

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Wait, then go on."""
        await scene.sleep(self.seconds)
        await go_on(scene)


@dataclass(frozen=True, slots=True)
class Drop:
    """Break the connection without an answer, before or after carrying out.

    With `reset` off it is closed as if nothing were wrong.
    """

    carried_out: bool
    reset: bool = True

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Break the connection."""
        if self.carried_out:
            await scene.caught(go_on)
        else:
            await scene.read_all()
        if self.reset:
            scene.connection.reset()
        else:
            scene.connection.close()
        await scene.gone()


@dataclass(frozen=True, slots=True)
class Truncate:
    """Carry out, and send only the first bytes of the answer's body, packed or not.

    With `is_told` the Content-Length is that of what is sent, and only what the body says can
    tell that something is missing; without, it is that of the whole, and the connection ends.
    """

    keep_bytes: int
    is_told: bool = False

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Send the cut answer."""
        whole = await scene.caught(go_on)
        cut = whole.body[: self.keep_bytes]
        if self.is_told:
            await scene.answer(whole.with_body(cut))
            return
        await scene.answer(Answered(whole.status, whole.headers, cut), is_whole=False)
        scene.connection.close()
        await scene.gone()


@dataclass(frozen=True, slots=True)
class Swell:
    """Carry out, and send the answer's body followed by blanks up to a size, packed small.

    JSON stays JSON with blanks behind it. `layers` is how often it is packed.
    """

    to_bytes: int
    layers: int = 1

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Send the swollen answer."""
        plain = await scene.wanting_plain().caught(go_on)
        body = _packed(plain.body, self.to_bytes)
        for _ in range(1, self.layers):
            body = _packed(body, len(body))
        encoding = ", ".join(["gzip"] * self.layers)
        await scene.answer(plain.with_body(body, (b"content-encoding", encoding.encode())))


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Carry out, and send the answer's JSON changed."""

    change: Callable[[Json], Json]

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Send the changed answer."""
        plain = await scene.wanting_plain().caught(go_on)
        await scene.answer(plain.with_body(encode(self.change(decode(plain.body)))))


def lying_total(lie: Callable[[int], Json]) -> Rewrite:
    """Send listings whose `meta.total_count` is what `lie` makes of the true one."""

    def change(listing: JsonObject) -> JsonObject:
        meta = listing["meta"]
        return {**listing, "meta": {**meta, "total_count": lie(meta["total_count"])}}

    return Rewrite(change)


@dataclass(frozen=True, slots=True)
class Meddle:
    """Change the world by hand before carrying out."""

    change: Callable[[World], None]

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Change the world, then go on."""
        self.change(scene.world)
        await go_on(scene)


class MeddlingRefusedError(Exception):
    """A change that a script wanted to make was refused, so that the script is wrong."""


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Let somebody with the same token make another request first, as an editor would."""

    method: str
    path: str
    body: JsonObject | None = None

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Make the other request, then go on.

        Raises: MeddlingRefusedError.
        """
        content = b"" if self.body is None else encode(self.body)
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await scene.sandbox(self._scope(scene.scope), receive, send)
        if sent[0]["status"] >= _FIRST_ERROR_STATUS:
            told = f"{self.method} {self.path} was answered {sent[0]['status']}"
            raise MeddlingRefusedError(told)
        await go_on(scene)

    def _scope(self, scope: Scope) -> Scope:
        kept = {b"authorization", b"x-environment", b"x-api-version"}
        headers = [pair for pair in scope["headers"] if pair[0] in kept]
        return {
            **scope,
            "method": self.method,
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "headers": [*headers, (b"content-type", b"application/json")],
        }


def record_created(model_id: str, attributes: JsonObject) -> Meanwhile:
    """Let somebody create a record first."""
    model = {"item_type": {"data": {"type": "item_type", "id": model_id}}}
    data = {"type": "item", "attributes": attributes, "relationships": model}
    return Meanwhile("POST", "/items", {"data": data})


def record_edited(record_id: str, attributes: JsonObject) -> Meanwhile:
    """Let somebody edit a record first."""
    data = {"type": "item", "id": record_id, "attributes": attributes}
    return Meanwhile("PUT", f"/items/{record_id}", {"data": data})


def record_deleted(record_id: str) -> Meanwhile:
    """Let somebody delete a record first."""
    return Meanwhile("DELETE", f"/items/{record_id}")


def _packed(body: bytes, to_bytes: int) -> bytes:
    """Pack `body` and the blanks behind it. Memory: the packed bytes and one block."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP_WINDOW)
    pieces = [packer.compress(body)]
    blanks = max(0, to_bytes - len(body))
    while blanks > 0:
        pieces.append(packer.compress(_BLOCK[:blanks]))
        blanks -= len(_BLOCK)
    return b"".join([*pieces, packer.flush()])
