"""The sandbox as a web application: every request walks the tables of endpoints.

One gateway takes every path. It counts the request, finds its row, admits it, checks its body
against the row's closed schema, calls the handler and writes the answer. Handlers are plain
functions that run one after the other on the event loop, so no state is ever seen half-changed.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox import admission, answers, queries
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.clocks import catch_up
from datosnap.sandbox.dashboard import DashboardCall, DashboardEndpoint, account_of
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.files import names_file, serve_file
from datosnap.sandbox.jobs import Jobs
from datosnap.sandbox.rate_limit import RateLimit
from datosnap.sandbox.request_schemas import SCHEMAS
from datosnap.sandbox.routing import Routes
from datosnap.sandbox.schemas import check
from datosnap.sandbox.state import World, z_time
from datosnap.sandbox.tables import DASHBOARD, ENDPOINTS

_FIRST_ERROR_STATUS = 400


@dataclass(frozen=True, slots=True)
class Gateway:
    """The one application behind every path."""

    world: World
    jobs: Jobs
    limit: RateLimit
    routes: Routes[Endpoint] = field(default_factory=lambda: Routes(ENDPOINTS))
    dashboard: Routes[DashboardEndpoint] = field(default_factory=lambda: Routes(DASHBOARD))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            if names_file(scope["path"]):
                response = await serve_file(self.world, request)
            else:
                response = await self._answer(request)
        except ClientDisconnect:
            # Gone before the whole body was here: nothing was carried out, nobody is waiting.
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        token = admission.bearer(request.headers)
        standing = self.limit.count(token)
        headers = {"x-request-id": uuid.uuid4().hex, **standing.headers()}
        body = await request.body()
        try:
            standing.check()
            reply = self._reply(request, token, body, headers)
        except ApiFailure as failure:
            reply = Reply(failure.body(), failure.status)
        accepts = request.headers.get("accept-encoding", "")
        return answers.answer(reply, headers, accepts=accepts)

    def _reply(self, request: Request, token: str, body: bytes, headers: dict[str, str]) -> Reply:
        path = request.scope["path"]
        at_dashboard = self.dashboard.find(request.method, path)
        # the dashboard's official client names no version
        admission.check_headers(request.headers, versioned=at_dashboard is None)
        if at_dashboard is not None:
            return self._at_dashboard(*at_dashboard, request, token, body)
        found = self.routes.find(request.method, path)
        if found is None:
            raise ApiFailure("INVALID_ENDPOINT")
        endpoint, variables = found
        visitor = admission.visitor(self.world, token)
        catch_up(self.world, visitor.project)
        now = self.world.clock() if self.world.job_delay else None
        wanted = request.headers.get("x-environment")
        environment = admission.environment(visitor.project, wanted, now)
        headers["x-environment"] = environment.id
        call = Call(
            world=self.world,
            project=visitor.project,
            environment=environment,
            actor=visitor.actor,
            path=variables,
            query=queries.parse(request.url.query),
            body=admission.read_body(request.headers, body),
        )
        return self._carry_out(endpoint, call)

    def _carry_out(self, endpoint: Endpoint, call: Call) -> Reply:
        admission.check_rights(call, endpoint)
        if endpoint.schema is not None:
            check(SCHEMAS[endpoint.schema], endpoint.schema, call.body)
        reply = self.jobs.perform(endpoint, call)
        changed = endpoint.changes and endpoint.method != "GET"
        if changed and reply.status < _FIRST_ERROR_STATUS:
            call.environment.last_data_change_at = z_time(self.world.clock())
        return reply

    def _at_dashboard(
        self,
        endpoint: DashboardEndpoint,
        variables: dict[str, str],
        request: Request,
        token: str,
        body: bytes,
    ) -> Reply:
        account: JsonObject | None = account_of(self.world, token) if endpoint.signed_in else None
        read = admission.read_body(request.headers, body)
        if endpoint.schema is not None:
            check(SCHEMAS[endpoint.schema], endpoint.schema, read)
        query = queries.parse(request.url.query)
        return endpoint.handler(
            DashboardCall(self.world, account or {}, token, variables, query, read)
        )


def build_app(world: World, *, jobs: Jobs | None = None, rate_limit: bool = False) -> Starlette:
    """Build the application over `world`."""
    limit = RateLimit(enforced=rate_limit, now=time.monotonic)
    gateway = Gateway(world, jobs or Jobs(), limit)
    return Starlette(
        routes=[Route("/{path:path}", gateway)],
        exception_handlers={Exception: _broken},
    )


async def _broken(request: Request, _: Exception) -> Response:
    # Starlette raises the exception again afterwards, so that the server logs its traceback.
    failure = ApiFailure("EXCEPTION")
    accepts = request.headers.get("accept-encoding", "")
    return answers.answer(Reply(failure.body(), failure.status), {}, accepts=accepts)
