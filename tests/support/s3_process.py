"""Serve moto's S3 on a free loopback port, told on stdout, and refuse what a test wants refused."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Request

Environ: TypeAlias = dict[str, object]
Start: TypeAlias = Callable[..., object]

_REFUSAL = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


@dataclass(slots=True)
class Gate:
    """Stand before the server; `/-/refuse?PART` and `/-/refused` are its own addresses."""

    server: Callable[[Environ, Start], Iterable[bytes]]
    part: str = ""
    refused: int = 0

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer one request."""
        path, query = str(environ["PATH_INFO"]), str(environ["QUERY_STRING"])
        if path == "/-/refuse":
            self.part = unquote(query)
            return _answer(start, "200 OK", b"")
        if path == "/-/refused":
            count, self.refused = self.refused, 0
            return _answer(start, "200 OK", b"%d" % count)
        if self.part and self.part in f"{environ['REQUEST_METHOD']} {path}?{query}":
            self.refused += 1
            Request(environ).get_data()  # a body left unread would look like a broken connection
            return _answer(start, "403 Forbidden", _REFUSAL)
        return self.server(environ, start)


def _answer(start: Start, status: str, body: bytes) -> Iterable[bytes]:
    start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


def main() -> None:
    """Serve until the process is ended."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    gate = Gate(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, gate, threaded=True)
    print(server.port, flush=True)  # noqa: T201 - this is how the test learns where it is
    server.serve_forever()


if __name__ == "__main__":
    main()
