"""The outbox in the projector's own transaction: what is stored is planned, and nothing is planned twice."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import TransientError
from services.gateway.read_model.read_model import ReadModel
from services.gateway.read_model.schema import prepare
from services.gateway.read_model.stored import StoredAlert
from services.runtime.engine import Engine
from tests.gateway.read_model.builders import alert, opened_log, output, project
from tests.gateway.webhooks.bench import WebhookBench
from tests.gateway.webhooks.receivers import receiving

SINK = "http://127.0.0.1:9/hook"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """Yield the embedded engine over an empty log."""
    async with opened_log(tmp_path / "log") as engine:
        yield engine


async def planned(bench: WebhookBench) -> list[str]:
    """Return the ids of the alerts planned for the only subscription, in order."""
    (subscription,) = await bench.subscriptions.all()
    return [each.alert_id for each in (await bench.log.page(subscription.id)).items][::-1]


async def test_projected_alert_is_delivered(bench: WebhookBench, read_model: ReadModel, engine: Engine) -> None:
    """From the topic to the receiver, by the projector's two hooks."""
    async with receiving() as receiver:
        await bench.subscribe(receiver.url)
        await project(
            read_model,
            engine,
            output(alert("a1")),
            in_transaction=[bench.outbox.plan],
            on_commit=[bench.deliverer.wake],
        )
        await bench.deliver()
    assert [each.data["alert_id"] for each in receiver.received] == ["a1"]


async def test_backfilled_alert_is_for_those_who_want_it(
    bench: WebhookBench, read_model: ReadModel, engine: Engine
) -> None:
    """Twenty years of archives must not reach a receiver of news."""
    await bench.subscribe(SINK, delivery="live")
    await project(
        read_model,
        engine,
        output(alert("a1"), "backfill"),
        output(alert("a2"), "live"),
        in_transaction=[bench.outbox.plan],
    )
    assert await planned(bench) == ["a2"]


async def test_rebuilt_read_model_plans_only_what_is_new(
    bench: WebhookBench, read_model: ReadModel, engine: Engine
) -> None:
    """The projector reads the topics from their beginning, but nobody must receive twenty years of alerts again."""
    await project(read_model, engine, output(alert("a1")), output(alert("a2")), in_transaction=[bench.outbox.plan])
    await bench.subscribe(SINK)
    for _ in range(2):
        await read_model.rebuild()
    await project(read_model, engine, output(alert("a3")), in_transaction=[bench.outbox.plan])
    await project(read_model, engine, output(alert("a4")), in_transaction=[bench.outbox.plan])
    assert await planned(bench) == ["a3", "a4"]


async def test_read_model_of_an_older_version_plans_only_what_is_new(
    bench: WebhookBench, read_model: ReadModel, engine: Engine
) -> None:
    """An upgrade that changes the tables rebuilds the read model."""
    await project(read_model, engine, output(alert("a1")), in_transaction=[bench.outbox.plan])
    await bench.subscribe(SINK)
    async with read_model.database.writing() as connection:
        await connection.execute(text("UPDATE read_model_projection SET schema_version = 0"))
    await prepare(read_model.database)
    await project(read_model, engine, output(alert("a2")), in_transaction=[bench.outbox.plan])
    assert await planned(bench) == ["a2"]


async def test_batch_that_fails_after_planning_is_planned_once(
    bench: WebhookBench, read_model: ReadModel, engine: Engine
) -> None:
    """Rows, offsets and deliveries are one transaction."""
    failures = [TransientError("database_unavailable", "as the test has it")]

    async def fail_once(_: AsyncConnection, __: Sequence[StoredAlert]) -> None:
        if failures:
            raise failures.pop()

    await bench.subscribe(SINK)
    await project(read_model, engine, output(alert("a1")), in_transaction=[bench.outbox.plan, fail_once])
    assert await planned(bench) == ["a1"]
