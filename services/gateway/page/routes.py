"""The pages that show the tape, a filing, and the static files they need."""

from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import RedirectResponse

from contracts.alert_filter import AlertFilter
from services.gateway.http.state import gateway_of
from services.gateway.page import subscription_routes
from services.gateway.page.page_route import PageRoute, compressed, frame_of, newest_filing, not_found, page
from services.gateway.page.party_pages import issuer_view, owner_view, search_view
from services.gateway.page.rendering import MEDIA_TYPES, static_file
from services.gateway.page.search_view import requests_of
from services.gateway.page.states import catching_up_words
from services.gateway.page.tape_page import TapeRequest, pane_view, tape_view
from services.section16.edgar_calendar import EASTERN

router = APIRouter(route_class=PageRoute, include_in_schema=False)

router.include_router(subscription_routes.router)

_OWN_PARAMETERS: Final = frozenset({"alert", "before"})
_FOREVER: Final = "public, max-age=31536000, immutable"
_ONE_DAY: Final = "public, max-age=86400"
_ICON: Final = "icon.svg"


@router.get("/")
async def tape(
    request: Request,
    alert: Annotated[str | None, Query(max_length=100)] = None,
    before: Annotated[int | None, Query(ge=1, lt=1 << 62)] = None,
) -> Response:
    """Show the filings that match the filter, and one of them in the pane."""
    pairs = request.query_params.multi_items()
    wanted = AlertFilter.from_query(pair for pair in pairs if pair[0] not in _OWN_PARAMETERS)
    gateway = gateway_of(request)
    view, pane = await tape_view(gateway.read_model, TapeRequest(wanted, before, alert), datetime.now(UTC))
    view = replace(view, notice=catching_up_words(gateway.catching_up.left, gateway.catching_up.seconds_left))
    frame = frame_of(request, "/", wanted, await newest_filing(request))
    return page(request, "tape.html", frame, view=view, pane=pane, as_page=False)


@router.get("/alerts/{alert_id}")
async def filing(request: Request, alert_id: Annotated[str, Path(max_length=100)]) -> Response:
    """Show the filing of an alert in full."""
    pane = await pane_view(gateway_of(request).read_model, alert_id)
    if pane is None:
        raise not_found("there is no alert with this id")
    return page(request, "alert.html", frame_of(request, newest=await newest_filing(request)), pane=pane, as_page=True)


@router.get("/owners/{key:path}")
async def owner(
    request: Request,
    key: Annotated[str, Path(max_length=300)],
    holding: Annotated[str | None, Query(max_length=100)] = None,
    amounts: Annotated[str, Query(alias="as", max_length=10)] = "adjusted",
) -> Response:
    """Show an owner: one holding over time, all holdings, filings."""
    today = datetime.now(EASTERN).date()
    view = await owner_view(gateway_of(request).read_model, key, holding, today, as_filed=amounts == "filed")
    if view is None:
        raise not_found("there is no insider with this key")
    return page(request, "owner.html", frame_of(request, newest=await newest_filing(request)), view=view)


@router.get("/issuers/{key:path}")
async def issuer(
    request: Request,
    key: Annotated[str, Path(max_length=300)],
    chosen: Annotated[str, Query(alias="range", max_length=10)] = "4y",
) -> Response:
    """Show an issuer: purchases and sales by month, insiders, filings."""
    view = await issuer_view(gateway_of(request).read_model, key, chosen, datetime.now(EASTERN).date())
    if view is None:
        raise not_found("there is no company with this key")
    return page(request, "issuer.html", frame_of(request, newest=await newest_filing(request)), view=view)


@router.get("/search")
async def search(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show what a text finds; if that is one thing, lead to it."""
    view = await search_view(gateway_of(request).read_model, q)
    if len(view.hits) == 1:
        return RedirectResponse(view.hits[0].href, HTTPStatus.SEE_OTHER)
    return page(request, "search.html", frame_of(request, "/search", newest=await newest_filing(request)), view=view)


@router.get("/api")
async def api(request: Request) -> Response:
    """List the requests of the API, from its own description."""
    frame = frame_of(request, "/api", newest=await newest_filing(request))
    return page(request, "api.html", frame, view=requests_of(request.app.openapi()))


@router.get("/static/{name}")
async def static(request: Request, name: str) -> Response:
    """Return a file that pages refer to. Its address changes with its content, so it may be kept forever."""
    if name not in MEDIA_TYPES:
        raise not_found("there is no such file")
    return compressed(request, static_file(name), MEDIA_TYPES[name], headers={"Cache-Control": _FOREVER})


@router.get("/favicon.ico")
async def icon(request: Request) -> Response:
    """Return the icon at the address where browsers look for one that no page names."""
    return compressed(request, static_file(_ICON), MEDIA_TYPES[_ICON], headers={"Cache-Control": _ONE_DAY})
