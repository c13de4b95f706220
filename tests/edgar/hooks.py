"""Tie an HTTP client to simulated time: the clock stops during requests, and each request carries the time."""

from types import SimpleNamespace

import aiohttp

from tests.edgar.fake_edgar import TIME_HEADER
from tests.edgar.simulated_clock import SimulatedClock


def simulated_time(clock: SimulatedClock) -> aiohttp.TraceConfig:
    """Return a trace for the client's session that does both."""

    async def on_start(
        session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestStartParams
    ) -> None:
        if session.connector is not None:
            clock.hold_for(session.connector)
        params.headers[TIME_HEADER] = clock.now().isoformat()

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(on_start)
    return trace
