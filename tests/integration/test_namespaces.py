"""Two environments share a broker: each sees its own topics, groups and alerts, and none of the other's."""

import asyncio
from uuid import uuid4

import pytest

from contracts.envelope import header_texts
from contracts.topics import ALERTS, FILINGS, PARSER_DEAD_LETTERS, TOPICS
from services.cli.dead_letters.dead_letter_replay import replay_all
from services.runtime.dead_letters import PREFIX
from services.runtime.port import Output
from tests.integration.environments import SERVICES, Environment, new_environment
from tests.unit.cli.command import SAMPLE_ALERTS, SAMPLES, insidertape

pytestmark = pytest.mark.kafka


@pytest.fixture
async def pair(kafka_bootstrap: str) -> tuple[Environment, Environment]:
    """Return two environments; the name of one is a prefix of the other's."""
    own = f"t{uuid4().hex[:8]}"
    return await new_environment(kafka_bootstrap, own), await new_environment(kafka_bootstrap, f"{own}-2")


async def test_the_same_filings_in_two_environments_give_each_its_own_alerts_once(
    pair: tuple[Environment, Environment],
) -> None:
    """A filing that the first environment has processed is new to the second, and changes nothing in the first."""
    first, second = pair
    await first.run(SAMPLES)
    alerts, books = await first.alerts(), await first.books()
    assert sum(alerts.values()) == len(alerts) == SAMPLE_ALERTS
    assert await second.records(ALERTS) == []
    filings, ends = await first.records(FILINGS), await first.engine.ends((FILINGS,))
    await first.run(SAMPLES)
    assert await first.records(FILINGS) == filings, "its cursor was not found"
    assert [record async for record in first.engine.read((FILINGS,), follow=False, after=ends)] == []
    await second.run(SAMPLES)
    assert (await second.alerts(), await second.books()) == (alerts, books)
    assert (await first.alerts(), await first.books()) == (alerts, books)
    for each in pair:
        namespace = each.settings.namespace
        assert await each.topics() == {f"{namespace}.{topic.name}" for topic in TOPICS}
        assert await each.groups() == {f"{namespace}.{service.group}" for service in SERVICES}


async def test_both_environments_work_at_the_same_time(pair: tuple[Environment, Environment]) -> None:
    """In one group they would share partitions, and under one transactional id each would fence the other."""
    await asyncio.gather(*(each.run(SAMPLES) for each in pair))
    for each in pair:
        shown = insidertape("alerts", "--format", "jsonl", "--kafka", each.bootstrap, **each.variables)
        assert shown.returncode == 0, shown.stderr
        assert len(set(shown.stdout.splitlines())) == len(shown.stdout.splitlines()) == SAMPLE_ALERTS


async def test_a_dead_letter_names_the_contracts_topic_and_is_replayed_in_its_environment(
    pair: tuple[Environment, Environment],
) -> None:
    """A replay writes the record back to the dead letter's topic, whatever the broker calls it."""
    first, second = pair
    await first.engine.publish([Output(FILINGS, b"k", b"not a filing")])
    await first.run()
    (letter,) = await first.records(PARSER_DEAD_LETTERS)
    assert letter.topic == PARSER_DEAD_LETTERS.name
    assert letter.location.startswith(f"{first.settings.namespace}.{PARSER_DEAD_LETTERS.name}[")
    assert header_texts(letter.headers)[f"{PREFIX}topic"] == FILINGS.name
    assert (await replay_all(first.engine, asyncio.Event())).put_back == 1
    assert [record.value for record in await first.records(FILINGS)] == [b"not a filing"] * 2
    assert await second.records(FILINGS) == []
