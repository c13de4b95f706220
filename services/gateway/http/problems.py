"""Errors over HTTP: problem details (RFC 9457) with the codes of `contracts.codes`."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from contracts.codes import Code, CodeClass, ErrorCode, explained
from contracts.errors import InsidertapeError, InvalidFilter

MEDIA_TYPE: Final = "application/problem+json"
_RETRY: Final = {"Retry-After": "5"}
_SERVER_ERROR: Final = 500


class Problem(InsidertapeError):
    """A request that gets an error. `members` are further members of the problem's object."""

    def __init__(
        self,
        status: HTTPStatus,
        code: Code,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(code, detail)
        self.status = status
        self.known = code
        self.headers = dict(headers or {})
        self.members = members

    def response(self) -> Response:
        """Return the response."""
        content = {
            "type": f"urn:insidertape:{self.code}",
            "title": self.known.meaning,
            "status": int(self.status),
            "detail": self.message,
            "code": str(self.code),
            "remedy": self.known.remedy,
            **self.members,
        }
        headers = {"Cache-Control": "no-store", **self.headers}
        return Response(json.dumps(content), self.status, headers=headers, media_type=MEDIA_TYPE)


def problem_of(error: Exception) -> Problem:
    """Return the problem that an error becomes. The message of one that is not expected stays in the log."""
    match error:
        case Problem():
            return error
        case InvalidFilter():
            return Problem(HTTPStatus.BAD_REQUEST, ErrorCode.INVALID_FILTER, error.message, field=error.field)
        case InsidertapeError() if (known := explained(error.code)) is not None:
            status = HTTPStatus.SERVICE_UNAVAILABLE if known.kind is CodeClass.ENVIRONMENT else HTTPStatus.BAD_REQUEST
            return Problem(status, known, error.message, headers=_RETRY if status >= _SERVER_ERROR else {})
        case SQLAlchemyError() | OSError():
            return Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                ErrorCode.DATABASE_UNAVAILABLE,
                "the database does not answer; the request can be sent again",
                headers=_RETRY,
            )
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, ErrorCode.DEFECT, "the gateway failed on this request")
