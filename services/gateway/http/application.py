"""The ASGI application: the routers, behind the guard."""

from http import HTTPMethod, HTTPStatus
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp

from contracts.codes import ErrorCode
from contracts.errors import InsidertapeError
from services.gateway.http.guard import Guard
from services.gateway.http.openapi import document
from services.gateway.http.problems import Problem, problem_of
from services.gateway.http.routes import ROUTERS
from services.gateway.http.state import Gateway
from services.gateway.page.routes import router as page
from services.gateway.webhooks.routes import router as subscriptions

_SUMMARY = "Insiders' trades from SEC filings (Forms 3, 4 and 5): alerts, positions and transactions."
_CORS_SECONDS = 600


def create_application(gateway: Gateway) -> ASGIApp:
    """Return the application that serves the gateway."""
    app = FastAPI(
        title="insidertape",
        summary=_SUMMARY,
        version=version("insidertape"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.gateway = gateway
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(subscriptions)
    app.include_router(page)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # as FastAPI documents it
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(InsidertapeError, _failed)
    app.add_exception_handler(Exception, _failed)
    guarded: ASGIApp = Guard(app, gateway)
    if not gateway.settings.http_origins:
        return guarded
    return CORSMiddleware(
        guarded,
        allow_origins=gateway.settings.http_origins,
        allow_methods=("GET", "POST", "PATCH", "DELETE"),
        allow_headers=("Authorization", "Content-Type", "If-None-Match", "Last-Event-ID"),
        expose_headers=("ETag", "Link", "Retry-After"),
        max_age=_CORS_SECONDS,
    )


async def _failed(_: Request, error: Exception) -> Response:
    """Return the problem of any other error."""
    return problem_of(error).response()


async def _invalid_request(_: Request, error: Exception) -> Response:
    """Return the problem of a request whose parameters or body are not as described, without repeating its values."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as it is registered
    faults = [
        {"at": ".".join(str(part) for part in fault["loc"]), "message": fault["msg"]} for fault in error.errors()[:10]
    ]
    detail = "; ".join(f"{fault['at']}: {fault['message']}" for fault in faults)
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, ErrorCode.INVALID_REQUEST, detail or "invalid", faults=faults
    ).response()


async def _http_error(request: Request, error: Exception) -> Response:
    """Return the problem of an address or a method that does not exist."""
    assert isinstance(error, HTTPException)  # noqa: S101 - as it is registered
    status = HTTPStatus(error.status_code)
    code = {
        HTTPStatus.NOT_FOUND: ErrorCode.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED: ErrorCode.WRONG_METHOD,
    }.get(status, ErrorCode.INVALID_REQUEST)
    detail = f"{request.method} {request.url.path[:200]}: {error.detail}"
    headers = dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods_of(request))
    return Problem(status, code, detail, headers=headers).response()


def _methods_of(request: Request) -> list[str]:
    """Return all methods of a request's address; each route knows only its own."""
    return [
        method
        for method in HTTPMethod
        if any(
            route.matches({**request.scope, "method": "GET" if method == "HEAD" else str(method)})[0] is Match.FULL
            for route in request.app.routes
        )
    ]
