"""The live stream: what clients get, how they resume, and which clients are refused or ended."""

import asyncio
from dataclasses import replace

import pytest

from services.gateway.http.tokens import Scope
from tests.gateway.http.alerts_in_memory import AlertsInMemory
from tests.gateway.serving import PATIENCE, Served, TokensInMemory, bearer, serving


def ids(*numbers: int) -> list[str]:
    """Return the ids of the alerts with these seqs."""
    return [f"alert-{number}" for number in numbers]


def commit(served: Served, source: AlertsInMemory, count: int = 1, **fields: object) -> None:
    """Commit alerts, as the projector of this process does."""
    source.commit(count, **fields)
    served.gateway.stream.wake()


async def until_left(served: Served) -> None:
    """Wait until no client is connected."""
    async with asyncio.timeout(PATIENCE):
        while served.gateway.stream.clients:  # noqa: ASYNC110 - the server sets no event
            await asyncio.sleep(0.01)


async def test_new_alerts_arrive_as_events_with_ids_that_grow() -> None:
    """A client that keeps the last id can resume from it."""
    source = AlertsInMemory()
    source.commit(3)
    async with serving(source) as served, served.stream() as stream:
        assert (stream.greeting.id, stream.greeting.event) == ("g1.3", None)
        assert stream.greeting.retry is not None
        assert 1_000 <= stream.greeting.retry <= 4_000
        commit(served, source)
        event = await stream.next()
        assert (event.id, event.event, event.data["alert_id"]) == ("g1.4", "holding_changed", "alert-4")


async def test_commit_of_another_gateway_arrives_without_a_notice() -> None:
    """Of several gateways over one database, one projects and all serve."""
    source = AlertsInMemory()
    async with serving(source) as served, served.stream() as stream:
        source.commit()
        assert await stream.alerts(1) == ids(1)


async def test_filter_takes_matching_alerts_alone() -> None:
    """The filter of a stream is that of a list."""
    source = AlertsInMemory()
    async with serving(source) as served, served.stream("kind=closed") as stream:
        commit(served, source, kind="increased")
        commit(served, source, kind="closed")
        assert await stream.alerts(1) == ids(2)


@pytest.mark.parametrize("ring", [5, 2_000])
async def test_client_resumes_after_its_last_id_with_nothing_lost_or_twice(ring: int) -> None:
    """It is served from the read model as far as the ring does not reach, over more than one page of it."""
    source = AlertsInMemory()
    async with serving(source, stream_ring=ring) as served:
        async with served.stream() as stream:
            commit(served, source, 3)
            assert await stream.alerts(2) == ids(1, 2)
        commit(served, source, 1_200)
        async with served.stream(last_id="g1.2") as stream:
            assert await stream.alerts(1_201) == ids(*range(3, 1_204))
            commit(served, source)
            assert await stream.alerts(1) == ids(1_204)


async def test_reconnecting_before_the_first_alert_loses_none() -> None:
    """The greeting already has an id, so a browser sends it when it reconnects."""
    source = AlertsInMemory()
    source.commit(2)
    async with serving(source) as served:
        async with served.stream() as stream:
            greeting = stream.greeting.id
        commit(served, source)
        async with served.stream(last_id=greeting) as stream:
            assert await stream.alerts(1) == ids(3)


async def test_page_can_give_the_id_in_the_query() -> None:
    """A browser's EventSource cannot send a header with its first request."""
    source = AlertsInMemory()
    source.commit(3)
    async with serving(source) as served, served.stream("after=g1.1") as stream:
        assert await stream.alerts(2) == ids(2, 3)


@pytest.mark.parametrize("last_id", ["g0.2", "g1.99"])
async def test_id_of_another_generation_or_from_the_future_is_answered_with_reset(last_id: str) -> None:
    """The client's alerts are no longer those of the read model: it has to read them again."""
    source = AlertsInMemory()
    source.commit(3)
    async with serving(source) as served, served.stream(last_id=last_id) as stream:
        assert stream.greeting.event == "reset"
        assert stream.greeting.data == {"generation": "g1", "seq": 3}
        commit(served, source)
        assert await stream.alerts(1) == ids(4)


@pytest.mark.parametrize("kept", [0, 2])
async def test_rebuild_resets_connected_clients(kept: int) -> None:
    """Also if the database was replaced by an older copy, which has the same generation."""
    source = AlertsInMemory()
    source.commit(5)
    async with serving(source) as served, served.stream() as stream:
        del source.alerts[kept:]
        if not kept:
            source.generation = "g2"
        event = await stream.next()
        assert (event.event, event.data) == ("reset", {"generation": source.generation, "seq": kept})
        commit(served, source)
        assert await stream.alerts(1) == ids(kept + 1)


async def test_malformed_id_is_refused() -> None:
    """It is none that the gateway gave, so there is nothing to resume."""
    async with serving(AlertsInMemory()) as served:
        response = await served.client.get(f"{served.url}/v1/stream", headers={"Last-Event-ID": "7"})
        assert (response.status, (await response.json())["code"]) == (400, "invalid_cursor")


async def test_unknown_filter_is_refused_with_the_field() -> None:
    """A misspelled condition must not give everything."""
    async with serving(AlertsInMemory()) as served:
        response = await served.client.get(f"{served.url}/v1/stream?tickr=TSLA")
        problem = await response.json()
        assert (response.status, problem["code"], problem["field"]) == (400, "invalid_filter", "tickr")


async def test_silent_stream_gets_comments_with_the_id_that_it_has_reached() -> None:
    """Proxies close silent connections; and a client whose filter takes little resumes from where it was."""
    source = AlertsInMemory()
    async with serving(source, stream_ping=0.05) as served, served.stream("kind=closed") as stream:
        commit(served, source, kind="increased")
        while (event := await stream.next()).id != "g1.1":
            assert event.comment == "ping"


async def test_clients_beyond_the_limit_are_refused_until_one_leaves() -> None:
    """They would slow all others down."""
    async with serving(AlertsInMemory(), stream_clients=1) as served:
        async with served.stream():
            response = await served.client.get(f"{served.url}/v1/stream")
            assert (response.status, (await response.json())["code"]) == (503, "too_many_streams")
            assert 5 <= int(response.headers["Retry-After"]) <= 30
        await until_left(served)
        async with served.stream():
            assert served.gateway.stream.clients == 1


async def test_client_that_falls_behind_the_ring_is_ended_and_resumes() -> None:
    """It reads nothing while more is committed than the ring holds; what it missed comes from the read model."""
    source = AlertsInMemory()
    large = {"a": "x" * 200_000}
    async with serving(source, stream_ring=20) as served, served.stream() as stream:
        for _ in range(100):
            commit(served, source, 1, footnotes=large)
            await asyncio.sleep(0)
        received = []
        try:
            while True:
                received += await stream.alerts(1)
        except EOFError:
            pass
        assert received == ids(*range(1, len(received) + 1))
        assert len(received) < 100
        async with served.stream(last_id=f"g1.{len(received)}") as resumed:
            assert await resumed.alerts(100 - len(received)) == ids(*range(len(received) + 1, 101))


async def test_stream_ends_when_its_token_is_revoked() -> None:
    """A revoked token must not read on through a connection that is open already."""
    tokens = TokensInMemory()
    kept, revoked = tokens.create(Scope.READ), tokens.create(Scope.READ)
    source = AlertsInMemory()
    async with (
        serving(source, tokens=tokens, http_public_url="https://tape.example.com", stream_ping=0.05) as served,
        served.stream(token=revoked.text) as ended,
        served.stream(token=kept.text) as stream,
    ):
        del tokens.stored[revoked.id]
        assert await ended.ended()
        commit(served, source)
        assert await stream.alerts(1) == ids(1)


async def test_stop_ends_every_stream() -> None:
    """A gateway that stops must not wait for its clients."""
    async with serving(AlertsInMemory()) as served, served.stream() as stream:
        served.stop.set()
        assert await stream.ended()


async def test_database_that_is_away_delays_alerts_and_loses_none() -> None:
    """Streams stay open meanwhile."""
    source = AlertsInMemory()
    async with serving(source) as served, served.stream() as stream:
        source.error = ConnectionRefusedError("the database is away")
        source.commit()
        served.gateway.stream.wake()
        async with asyncio.timeout(PATIENCE):
            while source.error.__traceback__ is None:  # noqa: ASYNC110 - the stream sets no event
                await asyncio.sleep(0.01)
        source.error = None
        assert await stream.alerts(1) == ids(1)


async def test_line_breaks_between_tokens_stay_within_one_event() -> None:
    """Another producer may have written the alert in several lines; they would break the event up."""
    source = AlertsInMemory()
    async with serving(source) as served, served.stream() as stream:
        source.commit()
        pretty = source.alerts[0].event.replace(b'{"alert_id"', b'{\r\n\n"alert_id"', 1)
        source.alerts[0] = replace(source.alerts[0], event=pretty)
        assert await stream.alerts(1) == ids(1)


async def test_connected_streams_are_counted_in_the_metrics() -> None:
    """An operator sees how far the limit is."""
    source = AlertsInMemory()
    async with serving(source) as served, served.stream() as stream:
        commit(served, source)
        await stream.alerts(1)
        text = await (await served.client.get(f"{served.url}/metrics", headers=bearer(None))).text()
        assert "insidertape_gateway_stream_clients 1.0" in text
        assert "insidertape_gateway_stream_alerts_total 1.0" in text
