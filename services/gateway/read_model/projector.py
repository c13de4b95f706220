"""The projector: fills the read model from the topics, exactly once.

A batch's rows, the offsets it accounts for and whatever else hangs on it (planned deliveries) are one transaction of
the database. After any failure the state is read again from the last commit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import TransientError
from services.gateway.read_model.batch_writer import ProjectionState, projection_state, write_batch
from services.gateway.read_model.catching_up import CatchingUp
from services.gateway.read_model.decoded_batch import PROJECTED_TOPICS, DecodedBatch, decoded_batch
from services.gateway.read_model.projector_lock import file_lock, holds_advisory_lock
from services.gateway.read_model.read_model import ReadModel
from services.gateway.read_model.record_buffer import RecordBuffer
from services.gateway.read_model.stored import StoredAlert
from services.gateway.read_model.topic_continuity import TopicContinuity
from services.gateway.write_lock import take_write_lock
from services.runtime.backoff import Backoff
from services.runtime.engine import Engine, Stopped, unless_stopped

InTransaction = Callable[[AsyncConnection, Sequence[StoredAlert]], Awaitable[None]]
OnCommit = Callable[[], None]

_log = structlog.get_logger(__name__)

_TAKE_OVER_SECONDS: Final = 0.2
"""How often a gateway that does not project tries to take over from the one that does."""


class Projector:
    """Fills a read model from an engine's topics.

    `in_transaction` writes into the transaction of each batch, given its new alerts. `on_commit` is called after the
    commit of a batch with new alerts. `catching_up` is kept up to date for those who show it.
    """

    def __init__(
        self,
        read_model: ReadModel,
        engine: Engine,
        *,
        in_transaction: Sequence[InTransaction] = (),
        on_commit: Sequence[OnCommit] = (),
        catching_up: CatchingUp | None = None,
    ) -> None:
        self._read_model = read_model
        self._database = read_model.database
        self._engine = engine
        self._in_transaction = in_transaction
        self._on_commit = on_commit
        self._catching_up = catching_up or CatchingUp()
        self.skipped = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Project until `stop` is set. On PostgreSQL, wait while another gateway projects, and take over from it.

        Raises:
            TakenOver: another gateway uses the same SQLite database.
            StateCorrupted: the topics are not those that the read model was made from.
            FatalError: the log or the database cannot be used.
        """
        backoff = Backoff()
        with file_lock(self._database.path):
            while not stop.is_set():
                try:
                    await self._work(stop, backoff)
                except Stopped:
                    return
                except TransientError as error:
                    _log.warning("projection_retried", code=error.code, error=error.message)
                    await backoff.wait(stop)

    async def _work(self, stop: asyncio.Event, backoff: Backoff) -> None:
        async with self._database.connection() as connection:
            while not await holds_advisory_lock(connection):
                await unless_stopped(stop, asyncio.sleep(_TAKE_OVER_SECONDS))
            async with connection.begin():
                state = await projection_state(connection)
            await self._project(connection, state, stop, backoff)

    async def _project(
        self, connection: AsyncConnection, state: ProjectionState, stop: asyncio.Event, backoff: Backoff
    ) -> None:
        continuity = TopicContinuity(state.marks)
        ends = await unless_stopped(stop, self._engine.ends(PROJECTED_TOPICS))
        continuity.require_ends(ends)
        self._catching_up.begin(ends, state.marks)
        records = self._engine.read(PROJECTED_TOPICS, follow=True, after=continuity.start)
        _log.info("projection_started", generation=state.generation, seq=state.newest_seq)
        async with RecordBuffer.reading(records) as buffer:
            while taken := await buffer.take(stop):
                if fresh := continuity.unprojected(taken):
                    state = await self._commit(connection, state, decoded_batch(fresh))
                    backoff.reset()

    async def _commit(
        self, connection: AsyncConnection, state: ProjectionState, batch: DecodedBatch
    ) -> ProjectionState:
        async with connection.begin():
            await take_write_lock(connection)
            state, alerts = await write_batch(connection, state, batch)
            for write in self._in_transaction:
                await write(connection, alerts)
        self._catching_up.advance(state.marks)
        if alerts:
            for notify in self._on_commit:
                notify()
        for skipped in batch.skipped:
            _log.warning(
                "record_skipped", record=skipped.record.location, code=skipped.error.code, error=skipped.error.message
            )
        self.skipped += len(batch.skipped)
        return state
