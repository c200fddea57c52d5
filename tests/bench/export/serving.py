"""Serve rendered pages from loopback at next to no cost, and name the server that does it.

nginx when it is installed, one worker, files sent as they lie on the disk; else a server of our
own that does as little as Python can. Both answer as the API does: which page is in the query.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bench.export.pages import Encoding

_TRIES = 100
_WAIT_S = 0.05

# The page is chosen by the query; total.json has a total and no rows.
_NGINX = """
{user}
worker_processes 1;
worker_rlimit_nofile 16384;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ application/json json; }}
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    open_file_cache max=10000 inactive=1h;
    gzip_static {gzip_static};
    map $args $page {{
        default 0;
        "~_status" total;
        "~page(\\[|%5B)limit(\\]|%5D)=0(&|$)" total;
        "~page(\\[|%5B)offset(\\]|%5D)=(?<offset>[0-9]+)" $offset;
    }}
    server {{
        listen 127.0.0.1:{port};
        root {root};
        add_header X-RateLimit-Limit 10000;
        add_header X-RateLimit-Remaining 9999;
        location ~ ^/[^/]+/items$ {{ rewrite ^ $uri/$page.json break; }}
        location / {{ rewrite ^ $uri.json break; }}
    }}
}}
"""


@contextmanager
def served(
    root: Path, encoding: Encoding, folder: Path, *, by_nginx: bool
) -> Iterator[tuple[str, str]]:
    """Serve `root`; give the server's name and its address, and end it afterwards."""
    port = _free_port()
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx and by_nginx:
        settings = folder / "nginx.conf"
        gzip_static = "always" if encoding == "gzip" else "off"
        # Its worker would be somebody else, who cannot read our folders, if root starts it.
        user = "user root root;" if os.getuid() == 0 else ""
        values = {
            "user": user,
            "folder": folder,
            "port": port,
            "root": root,
            "gzip_static": gzip_static,
        }
        settings.write_text(_NGINX.format(**values))
        name, command = "nginx", [nginx, "-c", str(settings), "-e", str(folder / "error.log")]
    else:
        name = "a static server in Python"
        module = "tests.bench.export.static_server"
        command = [sys.executable, "-m", module, str(root), str(port), encoding]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(process, port)
            yield name, f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(_TRIES):
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(_WAIT_S)
    raise RuntimeError(f"the server of pages does not answer at port {port}")
