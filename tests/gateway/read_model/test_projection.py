"""The projector fills the read model from the topics, each record exactly once."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.alert_filter import AlertFilter
from contracts.codec import encode
from contracts.codes import ErrorCode
from contracts.errors import TransientError
from contracts.topics import TRANSACTIONS
from services.gateway.read_model.read_model import ReadModel
from services.gateway.read_model.stored import StoredAlert
from services.runtime.engine import Engine
from tests.gateway.read_model.builders import alert, garbage, output, positions, project, report


async def ids(read_model: ReadModel) -> list[str]:
    """Return the ids of all stored alerts in the order of their commits."""
    return [stored.alert_id for stored in await read_model.since(0, 1_000)]


async def test_alert_is_stored_as_the_bytes_on_the_topic(read_model: ReadModel, engine: Engine) -> None:
    """A reader of the API gets the event itself, not a rendering of it."""
    event = alert("a1")
    await project(read_model, engine, output(event, "backfill"))
    stored = await read_model.alert("a1")
    assert stored is not None
    assert (stored.seq, stored.event, stored.delivery) == (1, encode(event), "backfill")
    assert stored.holding_changed == event
    assert await read_model.alert("a2") is None


async def test_projection_continues_where_it_ended(read_model: ReadModel, engine: Engine) -> None:
    """Every restart continues from the offsets in the database."""
    await project(read_model, engine, output(alert("a1")), output(alert("a2")))
    await project(read_model, engine, output(alert("a3")))
    await project(read_model, engine)
    assert await ids(read_model) == ["a1", "a2", "a3"]
    assert (await read_model.newest()).seq == 3


async def test_record_that_repeats_an_alert_is_not_stored_again(read_model: ReadModel, engine: Engine) -> None:
    """A replay writes the same event once more, perhaps in the same batch."""
    await project(read_model, engine, output(alert("a1")), output(alert("a1")), output(alert("a2")))
    await project(read_model, engine, output(alert("a2")), output(alert("a3")))
    assert [(each.seq, each.alert_id) for each in await read_model.since(0, 10)] == [(1, "a1"), (2, "a2"), (3, "a3")]


async def test_garbage_is_skipped_and_counted(read_model: ReadModel, engine: Engine) -> None:
    """Anyone can write to a topic; that must not stop everyone's tape."""
    records = [garbage(), garbage(value=None), garbage(TRANSACTIONS, b"{}"), output(alert("a1"))]
    projector = await project(read_model, engine, *records)
    assert projector.skipped == 3
    assert await ids(read_model) == ["a1"]
    assert (await project(read_model, engine)).skipped == 0


async def test_filing_has_all_its_alerts_and_reports(read_model: ReadModel, engine: Engine) -> None:
    """The page shows one row per filing, made of all of it, however its parts arrive."""
    first, second, other = alert("a1", 1), alert("a2", 1), alert("b1", 2)
    await project(read_model, engine, output(first), output(other))
    await project(read_model, engine, output(second), output(report(1)), output(report(1)))
    filing = await read_model.filing(first.filing.filing_id)
    assert filing is not None
    assert (filing.seq, filing.alerts, filing.transactions) == (
        1,
        (encode(first), encode(second)),
        (encode(report(1)),),
    )
    assert await read_model.filing("none") is None


async def test_commit_of_new_alerts_wakes_those_who_wait_for_it(read_model: ReadModel, engine: Engine) -> None:
    """The stream and the deliverer have nothing to do after other commits."""
    wakes: list[None] = []
    hooks = [lambda: wakes.append(None)]
    await project(read_model, engine, output(alert("a1")), on_commit=hooks)
    await project(read_model, engine, output(alert("a1")), output(positions()), on_commit=hooks)
    assert len(wakes) == 1


async def test_failure_of_a_planned_delivery_rolls_the_batch_back(read_model: ReadModel, engine: Engine) -> None:
    """Rows without their deliveries would be alerts that a subscriber never gets."""
    calls = 0
    wakes: list[None] = []

    async def fail_once(_: AsyncConnection, alerts: Sequence[StoredAlert]) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise TransientError(ErrorCode.DATABASE_UNAVAILABLE, "away")
        assert [stored.seq for stored in alerts] == [1]

    await project(
        read_model, engine, output(alert("a1")), in_transaction=[fail_once], on_commit=[lambda: wakes.append(None)]
    )
    assert (calls, len(wakes)) == (2, 1)
    assert await ids(read_model) == ["a1"]


async def test_rebuild_gives_the_same_rows_a_new_generation(read_model: ReadModel, engine: Engine) -> None:
    """A stream's id of an earlier generation has to be recognized, since its ordinals mean nothing any more."""
    await project(read_model, engine, output(alert("a1")), output(alert("a2")), output(positions()))
    before = await read_model.newest()
    await read_model.rebuild()
    assert (await read_model.newest()).seq == 0
    assert not (await read_model.tape(AlertFilter())).items
    await project(read_model, engine)
    after = await read_model.newest()
    assert after.seq == before.seq
    assert after.generation != before.generation
    assert str(after) == f"{after.generation}.2"
