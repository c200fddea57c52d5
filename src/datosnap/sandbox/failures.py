"""Say no in the API's own words: error codes, their HTTP statuses and the body's exact shape.

Source: the error section of the API reference and the recorded exchanges: a body is a list of
`api_error`, whose id is a short hex string that is equal for equal code and details.
"""

from __future__ import annotations

import hashlib

from datosnap.core.jsontext import Json, JsonObject, encode_canonical

_DOC_URL = "https://www.datocms.com/docs/content-management-api/errors#"

# Everything else is 422: validation, format, state.
_STATUS = {
    "INVALID_AUTHORIZATION_HEADER": 401,
    "INSUFFICIENT_PERMISSIONS": 403,
    "NOT_FOUND": 404,
    "INVALID_ENDPOINT": 404,
    "INVALID_ENVIRONMENT": 404,
    "RATE_LIMIT_EXCEEDED": 429,
    "SERVICE_UNAVAILABLE": 503,
    "EXCEPTION": 500,
}
_UNPROCESSABLE = 422


class ApiFailure(Exception):  # noqa: N818 - the API calls these errors, Python's errors are others
    """A request that the API refuses: one or more codes with their details."""

    def __init__(self, code: str, details: JsonObject | None = None) -> None:
        super().__init__(code, details)
        self.problems: list[tuple[str, JsonObject]] = [(code, details or {})]

    @classmethod
    def of(cls, problems: list[tuple[str, JsonObject]]) -> ApiFailure:
        """Join several problems of one request into one refusal."""
        failure = cls(*problems[0])
        failure.problems = list(problems)
        return failure

    @property
    def status(self) -> int:
        """Give the HTTP status, that of the first problem."""
        return _STATUS.get(self.problems[0][0], _UNPROCESSABLE)

    def body(self) -> JsonObject:
        """Give the answer's body.

        Shape: `{"data": [{"id", "type": "api_error", "attributes": {"code", "details", …}}]}`.
        """
        return {"data": [_api_error(code, details) for code, details in self.problems]}


def invalid_field(**details: Json) -> ApiFailure:
    """Refuse one field's value: `INVALID_FIELD` with what the API tells about it."""
    return ApiFailure("INVALID_FIELD", details)


def invalid_format(*messages: str) -> ApiFailure:
    """Refuse a body that does not follow the closed schema."""
    return ApiFailure("INVALID_FORMAT", {"messages": list(messages)})


def not_found() -> ApiFailure:
    """Refuse to know the entity."""
    return ApiFailure("NOT_FOUND")


def _api_error(code: str, details: JsonObject) -> JsonObject:
    identity = hashlib.sha256(code.encode() + encode_canonical(details)).hexdigest()[:6]
    attributes = {"code": code, "details": details, "doc_url": _DOC_URL + code}
    return {"id": identity, "type": "api_error", "attributes": attributes}
