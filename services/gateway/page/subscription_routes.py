"""The pages that subscribe to a filter and list the subscriptions, by forms that also work without script."""

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Path, Request, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from contracts.alert_filter import AlertFilter
from contracts.errors import PermanentError
from services.gateway.http.access import require_form_secret
from services.gateway.http.state import caller_of, gateway_of
from services.gateway.page.filing_view import filing_view
from services.gateway.page.filters_view import FiltersView
from services.gateway.page.page_route import PageRoute, frame_of, newest_filing, not_found, page
from services.gateway.page.subscribe_view import (
    START_DAYS,
    SubscribeView,
    SubscriptionsView,
    answer_words,
    filter_words,
    preview_of,
    receiver_of,
    suggested_name,
    ways_of,
)
from services.gateway.page.tape_page import MOST_IN_TOTAL
from services.gateway.webhooks.history import subscribe as start_subscription
from services.gateway.webhooks.subscription import SubscriptionRequest

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_PREVIEW_DAYS: Final = 30


@router.get("/subscribe")
async def subscribe(request: Request) -> Response:
    """Show the ways to subscribe to a filter."""
    return await _subscribe_page(request, AlertFilter.from_query(request.query_params.multi_items()))


@router.post("/subscribe")
async def create(request: Request) -> Response:
    """Create a webhook, and show its secret; or show the form again with what is wrong."""
    form = await _form_of(request)
    wanted = AlertFilter.from_query(parse_qsl(form.get("filter", "")))
    gateway = gateway_of(request)
    try:
        asked = SubscriptionRequest(
            name=form.get("name", ""), sink=form.get("sink", ""), filter=wanted, start=_first_day(form.get("start", ""))
        )
        created, planned = await start_subscription(gateway.read_model, gateway.subscriptions, asked)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        return await _subscribe_page(request, wanted, form, f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}")
    except PermanentError as error:
        return await _subscribe_page(request, wanted, form, f"{error.message} ({error.code})")
    notice = f"{created.name} is subscribed{f'; {planned:,} earlier alerts follow' if planned else ''}."
    return await _list_page(request, notice=notice, secret=created.secret, about=created.name)


@router.get("/subscriptions")
async def subscriptions(request: Request) -> Response:
    """Show all subscriptions."""
    return await _list_page(request)


@router.post("/subscriptions/{identity}")
async def act(request: Request, identity: Annotated[str, Path(max_length=100)]) -> Response:
    """Pause, resume, test or remove a subscription, or give it a new secret."""
    action = (await _form_of(request)).get("action", "")
    known = gateway_of(request).subscriptions
    name = (await known.get(identity)).name
    if action == "rotate":
        secret = await known.rotate(identity)
        return await _list_page(request, notice="The secret before it signs too, for a day.", secret=secret, about=name)
    if action == "test":
        return await _list_page(request, notice=f"{name}: {answer_words(await known.test(identity))}")
    if action not in {"pause", "resume", "remove"}:
        raise not_found(f"there is no action {action[:40]!r}")
    await {"pause": known.pause, "resume": known.resume, "remove": known.remove}[action](identity)
    return RedirectResponse("/subscriptions", HTTPStatus.SEE_OTHER)


async def _form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form that was posted by a page of this session."""
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
    require_form_secret(caller_of(request), form.get("csrf"))
    return form


async def _subscribe_page(
    request: Request, wanted: AlertFilter, form: dict[str, str] | None = None, error: str | None = None
) -> Response:
    gateway = gateway_of(request)
    preview = await gateway.read_model.preview(wanted, days=_PREVIEW_DAYS)
    total = await gateway.read_model.filing_count(wanted, MOST_IN_TOTAL)
    newest = [filing_view(each.alerts, each.transactions).row for each in preview.newest]
    given = form or {}
    view = SubscribeView(
        filters=FiltersView(wanted, "/subscribe"),
        words=filter_words(wanted),
        preview=preview_of(total, preview.count, _PREVIEW_DAYS, newest),
        ways=ways_of(wanted, gateway.settings.http_public_url or str(request.base_url).rstrip("/")),
        query=wanted.to_query(),
        csrf=caller_of(request).form_secret,
        name=given.get("name") or suggested_name(wanted),
        sink=given.get("sink", ""),
        error=error,
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    frame = frame_of(request, "/subscribe", wanted, await newest_filing(request))
    return page(request, "subscribe.html", frame, status=status, has_secret=True, view=view)


async def _list_page(
    request: Request, notice: str | None = None, secret: str | None = None, about: str | None = None
) -> Response:
    receivers = tuple(receiver_of(each) for each in await gateway_of(request).subscriptions.all())
    view = SubscriptionsView(receivers, caller_of(request).form_secret, secret, about, notice)
    frame = frame_of(request, "/subscriptions", newest=await newest_filing(request))
    return page(request, "subscriptions.html", frame, has_secret=True, view=view)


def _first_day(choice: str) -> date | None:
    """Return the day from which on past alerts are sent, by the form's choice; None for new ones alone."""
    days = START_DAYS.get(choice)
    return None if days is None else datetime.now(UTC).date() - timedelta(days=days)
