"""How a page is served: its frame, its headers, and errors as pages instead of problem details."""

import gzip
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from contracts.alert_filter import AlertFilter
from contracts.codes import ErrorCode
from services.gateway.http.problems import Problem, problem_of
from services.gateway.http.state import gateway_of
from services.gateway.page import figures
from services.gateway.page.rendering import Frame, render
from services.gateway.page.states import state_of

THEMES: Final = frozenset({"light", "dark"})
_log = structlog.get_logger(__name__)
_LEVEL: Final = 6

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route whose errors are pages too."""

    def get_route_handler(self) -> Handler:
        """Return the handler, which renders what goes wrong."""
        serve = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await serve(request)
            except (HTTPException, RequestValidationError):
                raise
            except Exception as error:  # noqa: BLE001 - whatever goes wrong is shown as a page
                problem = problem_of(error)
                if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
                    _log.exception("page_failed", path=request.url.path)
                return page(
                    request,
                    "state.html",
                    frame_of(request),
                    status=problem.status,
                    headers=problem.headers,
                    view=state_of(problem),
                )

        return handle


def frame_of(request: Request, here: str = "", wanted: AlertFilter | None = None, newest: str | None = None) -> Frame:
    """Return the frame of a page; the theme is that of the page's cookie."""
    theme = request.cookies.get("theme")
    return Frame(
        here=here,
        theme=theme if theme in THEMES else None,
        query="" if wanted is None else wanted.to_query(),
        searched=request.query_params.get("q", "")[:200] if here == "/search" else "",
        newest=newest,
    )


async def newest_filing(request: Request) -> str | None:
    """Return the Eastern time of day of the newest filing's acceptance; None if it is not known."""
    found = await gateway_of(request).read_model.alerts(AlertFilter(), limit=1)
    return figures.clock(found.items[0].holding_changed.filing.accepted_at, seconds=True) if found.items else None


def page(
    request: Request,
    template: str,
    frame: Frame,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
    has_secret: bool = False,
    **values: object,
) -> Response:
    """Return a rendered page, compressed if the browser accepts it.

    A page with a secret is not compressed: together with text that another chooses, its length would betray the secret.
    """
    body = render(template, frame=frame, **values).encode("utf-8", "replace")
    if has_secret:
        return Response(body, status, headers={"Cache-Control": "no-store"} | (headers or {}), media_type="text/html")
    sent = {"Cache-Control": "no-cache", "Vary": "Cookie"} | (headers or {})
    return compressed(request, body, "text/html", status=status, headers=sent)


def compressed(
    request: Request, body: bytes, media_type: str, *, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str]
) -> Response:
    """Return a response whose body is compressed if the browser accepts it."""
    vary = ", ".join(name for name in (headers.get("Vary"), "Accept-Encoding") if name)
    sent = headers | {"Vary": vary}
    if "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, _LEVEL, mtime=0)
        sent["Content-Encoding"] = "gzip"
    return Response(body, status, headers=sent, media_type=media_type)


def not_found(what: str) -> Problem:
    """Return the problem of an address that leads to nothing."""
    return Problem(HTTPStatus.NOT_FOUND, ErrorCode.NOT_FOUND, what)
