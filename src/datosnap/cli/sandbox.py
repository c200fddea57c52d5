"""`datosnap sandbox`: a local stand-in for the API, until it is stopped."""

from __future__ import annotations

import os

import click

from datosnap.cli.options import epilog
from datosnap.errors import UsageError


@click.command(epilog=epilog("datosnap sandbox --sample --port 4010"))
@click.option("--port", type=click.IntRange(0, 65535), default=4010, show_default=True)
@click.option("--sample", is_flag=True, help="Start with the sample project instead of empty.")
@click.option("--rate-limit", is_flag=True, help="Allow 60 requests in 3 seconds, as the API does.")
@click.option("--async", "asynchronous", is_flag=True, help="Answer slow operations with jobs.")
def sandbox(port: int, *, sample: bool, rate_limit: bool, asynchronous: bool) -> None:
    """Serve a project on loopback, and print its address and tokens."""
    try:
        from datosnap.flows.local_sandbox import serve_sandbox  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the sandbox needs {error.name}; install it with: pip install 'datosnap[sandbox]'"
        ) from error

    def ready(base_url: str, token: str, empty_token: str) -> None:
        click.echo(f"base URL     {base_url}")
        click.echo(f"API token    {token}")
        click.echo(f"empty one    {empty_token}    (a second, empty project to import into)")
        click.echo(f"try          datosnap export first --base-url {base_url} --api-token {token}")
        click.echo("Ctrl-C ends it; its content is kept in memory only.")

    try:
        serve_sandbox(
            port=port,
            sample=sample,
            rate_limit=rate_limit,
            jobs="async" if asynchronous else "sync",
            ready=ready,
        )
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port}: {os.strerror(error.errno or 0)}"
        ) from error
