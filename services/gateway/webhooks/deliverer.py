"""Sends due deliveries: to each subscription on its own, so that a slow receiver delays no other."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from contracts.errors import FatalError, TransientError
from services.gateway.webhooks.delivery_queue import Claimed, DeliveryQueue
from services.gateway.webhooks.sender import Answer
from services.runtime.backoff import Backoff
from services.runtime.clock import Clock
from services.runtime.instruments import Meter, NoMeter
from services.runtime.metric_names import (
    WEBHOOK_ATTEMPTS,
    WEBHOOK_DELAY,
    WEBHOOK_PENDING,
    WEBHOOK_SUBSCRIPTIONS,
)

_POLL_SECONDS: Final = 1.0
"""How long a delivery that nothing has announced waits: a retry, or one that another gateway planned."""
_BETWEEN_COUNTS: Final = timedelta(seconds=15)
_BETWEEN_CLEANINGS: Final = timedelta(hours=1)

_log = structlog.get_logger()


class Channel(Protocol):
    """Sends deliveries of one protocol."""

    async def send(self, claimed: Claimed, now: datetime) -> Answer:
        """Make one attempt and return what came of it."""
        ...


class Deliverer:
    """Claims due deliveries, sends them by the channel of their protocol, and settles them."""

    def __init__(
        self,
        queue: DeliveryQueue,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        meter: Meter | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._queue = queue
        self._channels = channels
        self._clock = clock
        self._meter = meter or NoMeter()
        self._jitter = jitter
        self._in_flight: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()
        self._next_count = self._next_cleaning = clock.now()

    def wake(self) -> None:
        """Look for due deliveries now: some have been planned, or made due."""
        self._awake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; then finish the attempts in flight, which takes at most ten seconds.

        Raises:
            FatalError: the database cannot be used.
        """
        backoff = Backoff()
        try:
            while not stop.is_set():
                self._awake.clear()
                try:
                    await self._clean()
                    started = await self.start_due()
                    backoff.reset()
                except TransientError as error:
                    _log.warning("deliveries_delayed", code=error.code, error=error.message)
                    await backoff.wait(stop)
                    continue
                if not started:
                    await self._pause(stop)
        finally:
            await self.idle()

    async def start_due(self) -> int:
        """Start an attempt of each delivery that is due, and return how many there are."""
        started = 0
        async for claimed in self._queue.claims(self._clock.now(), self._in_flight, tuple(self._channels)):
            started += 1
            self._in_flight[claimed.subscription_id] += 1
            task = asyncio.create_task(self._attempt(claimed))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return started

    async def idle(self) -> None:
        """Wait until no attempt is in flight."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _attempt(self, claimed: Claimed) -> None:
        try:
            await self._settle(claimed, await self._send(claimed))
        except (TransientError, FatalError) as error:
            # The claim ends by itself, and the delivery is attempted again.
            _log.warning("delivery_interrupted", delivery=claimed.id, code=error.code, error=error.message)
            self._meter.add(WEBHOOK_ATTEMPTS, 1, outcome="interrupted")
        finally:
            self._in_flight[claimed.subscription_id] -= 1
            self._awake.set()

    async def _send(self, claimed: Claimed) -> Answer:
        try:
            return await self._channels[claimed.protocol].send(claimed, self._clock.now())
        except Exception as error:  # noqa: BLE001 - a defect counts as a failed attempt, repeated on the schedule alone
            _log.exception("delivery_defect", delivery=claimed.id)
            return Answer(timedelta(), error=f"defect: {type(error).__name__}")

    async def _settle(self, claimed: Claimed, answer: Answer) -> None:
        now = self._clock.now()
        settled = await self._queue.settle(claimed, answer, now=now, jitter=self._jitter())
        self._meter.add(WEBHOOK_ATTEMPTS, 1, outcome=settled.outcome)
        facts: dict[str, object] = {
            "delivery": claimed.id,
            "subscription": claimed.subscription_id,
            "status": answer.status,
        }
        if settled.outcome == "delivered":
            self._meter.observe(WEBHOOK_DELAY, (now - claimed.planned_at).total_seconds())
            _log.debug("delivery_accepted", **facts)
        else:
            log = _log.warning if settled.outcome == "failed" else _log.info
            log(
                "delivery_rejected", outcome=settled.outcome, failures=claimed.failures + 1, error=answer.error, **facts
            )
        if settled.disabled:
            _log.error("subscription_disabled", subscription=claimed.subscription_id, reason=settled.disabled)

    async def _clean(self) -> None:
        """Measure and clean up, each at its time."""
        now = self._clock.now()
        if self._meter.enabled and now >= self._next_count:
            self._next_count = now + _BETWEEN_COUNTS
            for state, counts in (await self._queue.counts()).items():
                self._meter.set(WEBHOOK_SUBSCRIPTIONS, counts.subscriptions, state=state)
                self._meter.set(WEBHOOK_PENDING, counts.pending, state=state)
        if now >= self._next_cleaning:
            self._next_cleaning = now + _BETWEEN_CLEANINGS
            await self._queue.forget_old(now)

    async def _pause(self, stop: asyncio.Event) -> None:
        """Wait until something may be due, or `stop` is set."""
        waits = {
            asyncio.ensure_future(each) for each in (self._awake.wait(), stop.wait(), self._clock.sleep(_POLL_SECONDS))
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*waits, return_exceptions=True)
