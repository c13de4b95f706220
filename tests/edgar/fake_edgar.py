"""A fake EDGAR on loopback: serves a catalog as of a simulated time, and records the requests.

The time is the clock's, or, for a watcher in another process, that in a header of its requests.
"""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final, Protocol

from aiohttp import web

from tests.edgar import pages
from tests.edgar.catalog import FEED_REACHES, Catalog
from tests.edgar.filings import submission_text
from tests.edgar.traffic import Traffic

TIME_HEADER: Final = "X-Simulated-Time"
THROTTLED_ABOVE: Final = 10
THROTTLED_FOR: Final = timedelta(minutes=10)
_PAGE_SIZES: Final = (10, 20, 40, 80, 100)

Respond = Callable[[], Awaitable[web.StreamResponse]]
Fault = Callable[[web.Request, datetime, Respond], Awaitable[web.StreamResponse]]
"""Answers a request at a given time: in its own way, with the correct response, or with a part of it."""


class Now(Protocol):
    """The part of a clock that the fake EDGAR needs."""

    def now(self) -> datetime:
        """Return the current time, in UTC."""
        ...


class FakeEdgar:
    """EDGAR, as far as the watcher uses it. `faults` handle a request before it does, the first of them first."""

    def __init__(self, catalog: Catalog, clock: Now, *, most_kept: int = 100_000) -> None:
        self.catalog = catalog
        self.clock = clock
        self.traffic = Traffic(most_kept)
        self.faults: list[Fault] = []
        self._blocked_until = datetime.min.replace(tzinfo=UTC)

    def application(self) -> web.Application:
        """Return the application with its routes."""
        application = web.Application(middlewares=[self._guarded])
        application.router.add_get("/cgi-bin/browse-edgar", self._feed)
        application.router.add_get("/Archives/edgar/data/{cik}/{name}.txt", self._submission)
        application.router.add_get("/Archives/edgar/data/{cik}/{folder}/{name}.txt", self._submission)
        application.router.add_get("/Archives/edgar/daily-index/{year}/QTR{quarter}/{kind}.{day}.idx", self._daily)
        application.router.add_get("/Archives/edgar/full-index/{year}/QTR{quarter}/{name}", self._full)
        application.router.add_get("/Archives/edgar/Feed/{year}/QTR{quarter}/{day}.nc.tar.gz", self._bulk)
        return application

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        """Serve on a free loopback port, over TLS if a context is given; yield the origin."""
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
            await site.start()
            host, port = runner.addresses[0][:2]
            yield f"{'https' if tls else 'http'}://{host}:{port}"
        finally:
            await runner.cleanup()

    def _moment(self, request: web.Request) -> datetime:
        told = request.headers.get(TIME_HEADER)
        return datetime.fromisoformat(told) if told else self.clock.now()

    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        now = self._moment(request)
        rate = self.traffic.begin(now)
        status, throttled = 0, False
        try:
            response = await self._answer(request, handler, now, rate)
            status = response.status
            throttled = status in {403, 429} and response.content_type == "text/html"
        except web.HTTPException as refused:
            status = refused.status
            raise
        finally:
            self.traffic.end(now, request.path_qs, status, throttled=throttled)
        return response

    async def _answer(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
        now: datetime,
        rate: int,
    ) -> web.StreamResponse:
        if rate > THROTTLED_ABOVE:
            self._blocked_until = now + THROTTLED_FOR
        if now < self._blocked_until:
            return _html(pages.THROTTLED, 403)
        if "@" not in request.headers.get("User-Agent", ""):
            return _html(pages.UNDECLARED, 403)
        respond: Respond = partial(handler, request)
        for fault in reversed(self.faults):
            respond = partial(fault, request, now, respond)
        return await respond()

    async def _feed(self, request: web.Request) -> web.Response:
        if request.query.get("action") != "getcurrent" or request.query.get("output") != "atom":
            raise web.HTTPBadRequest
        now = self._moment(request)
        start, count = int(request.query.get("start") or 0), int(request.query.get("count") or 0)
        if start >= FEED_REACHES:
            return _html(pages.UNAVAILABLE, 503)
        feed = self.catalog.feed(request.query.get("type", ""), now)
        count = count if count in _PAGE_SIZES else 40
        version = f"{request.query.get('type')}-{feed.version}-{start}-{count}"
        return _content(
            request, lambda: pages.feed_page(feed.page(start, count), now), version, content_type="application/atom+xml"
        )

    async def _submission(self, request: web.Request) -> web.Response:
        filing = self.catalog.filing(request.match_info["name"], self._moment(request))
        ciks = {str(party.cik) for party in filing.parties} if filing else set()
        if filing is None or request.match_info["cik"] not in ciks:
            return _html(pages.NOT_FOUND, 404)
        if request.match_info.get("folder", filing.folder) != filing.folder:
            return _html(pages.NOT_FOUND, 404)
        self.traffic.submissions[filing.accession] += 1
        text = submission_text(filing).encode()
        return _content(request, lambda: text, filing.accession, modified=filing.accepted_at)

    async def _daily(self, request: web.Request) -> web.Response:
        writers = {"master": pages.master_index, "form": pages.form_index}
        day, kind = _day(request), request.match_info["kind"]
        filings = self.catalog.filed_on(day, self._moment(request))
        if filings is None or kind not in writers:
            return _denied()
        return _content(
            request,
            lambda: writers[kind](filings, last=day, daily=True),
            f"{kind}-{day}",
            modified=self.catalog.index_appears(day),
        )

    async def _full(self, request: web.Request) -> web.Response:
        writers = {"master.idx": pages.master_index, "form.idx": pages.form_index}
        year, quarter = int(request.match_info["year"]), int(request.match_info["quarter"])
        first = date(year, 3 * quarter - 2, 1)
        last = date(year + quarter // 4, 3 * quarter % 12 + 1, 1) - timedelta(days=1)
        filings = self.catalog.filed_in(first, last, self._moment(request))
        name = request.match_info["name"].removesuffix(".gz")
        if not filings or name not in writers:
            return _denied()
        content = writers[name](filings, last=filings[-1].filed_on, daily=False)
        if name != request.match_info["name"]:
            return web.Response(body=pages.compressed(content), content_type="application/x-gzip")
        version = f"{year}-{quarter}-{len(filings)}"
        return _content(request, lambda: content, version, modified=self.catalog.index_appears(filings[-1].filed_on))

    async def _bulk(self, request: web.Request) -> web.Response:
        filings = self.catalog.filed_on(_day(request), self._moment(request))
        if filings is None:
            return _denied()
        return web.Response(body=pages.bulk_archive(filings), content_type="application/x-gzip")


def _day(request: web.Request) -> date:
    """Return the day in the path, if it is in the quarter of the folder."""
    try:
        day = datetime.strptime(request.match_info["day"], "%Y%m%d").date()  # noqa: DTZ007 - a date
    except ValueError as error:
        raise web.HTTPNotFound from error
    if (str(day.year), str((day.month + 2) // 3)) != (request.match_info["year"], request.match_info["quarter"]):
        raise web.HTTPNotFound
    return day


def _content(
    request: web.Request,
    write: Callable[[], bytes],
    version: str,
    *,
    modified: datetime | None = None,
    content_type: str = "text/plain",
) -> web.Response:
    """Return the content, compressed if accepted, or 304 if the client has this version."""
    headers = {"ETag": f'"{version}"', "Vary": "Accept-Encoding"}
    if modified is not None:
        headers["Last-Modified"] = pages.http_date(modified)
    known = request.headers.get("If-None-Match")
    since = request.headers.get("If-Modified-Since")
    if known == headers["ETag"] or (known is None and since is not None and since == headers.get("Last-Modified")):
        return web.Response(status=304, headers=headers)
    body = write()
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        body, headers = pages.compressed(body), {**headers, "Content-Encoding": "gzip"}
    return web.Response(body=body, headers=headers, content_type=content_type)


def _html(body: bytes, status: int) -> web.Response:
    return web.Response(body=body, status=status, content_type="text/html", charset="utf-8")


def _denied() -> web.Response:
    """Return the archive's response for a file that does not exist, or not yet."""
    return web.Response(body=pages.ACCESS_DENIED, status=403, content_type="application/xml")
