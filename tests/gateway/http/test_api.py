"""The API: what its lists give, page by page, and what it answers to requests that are wrong."""

import asyncio
import json
from collections import defaultdict
from typing import Any

import aiohttp
import pytest
import structlog
from structlog.testing import capture_logs

from contracts.topics import ALERTS as ALERT_TOPIC
from services.runtime.engine import Engine
from tests.gateway.http.market import ALERTS, TAPE
from tests.gateway.http.route_table import routes
from tests.gateway.read_model.builders import alert, output, project
from tests.gateway.serving import PATIENCE, Served


async def get(served: Served, path: str, **headers: str) -> tuple[int, Any]:
    """Return the status and the content of an address."""
    response = await served.client.get(served.url + path, headers=headers)
    return response.status, await response.json(content_type=None)


async def pages(served: Served, path: str) -> list[list[Any]]:
    """Return all pages of a list, following the cursors."""
    found, cursor = [], ""
    while True:
        status, page = await get(served, f"{path}{'&' if '?' in path else '?'}limit=2{cursor}")
        assert status == 200, page
        found.append(page["items"])
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


async def test_alerts_are_the_events_as_they_are_on_the_topic(served: Served, engine: Engine) -> None:
    """A reader of the topic and a reader of the API see the same bytes."""
    topic = [record.value async for record in engine.read((ALERT_TOPIC,), follow=False)]
    content = await (await served.client.get(f"{served.url}/v1/alerts")).read()
    assert len(topic) == ALERTS
    assert all(event is not None and event in content for event in topic)


@pytest.mark.parametrize(("path", "count"), [("/v1/alerts", ALERTS), ("/v1/tape", TAPE), ("/v1/alerts?kind=closed", 4)])
async def test_cursors_lead_through_a_list_with_nothing_lost_or_twice(served: Served, path: str, count: int) -> None:
    """Pages have two items; the last may have fewer."""
    found = await pages(served, path)
    items = [json.dumps(item) for page in found for item in page]
    assert (len(items), len(set(items))) == (count, count)
    assert all(len(page) == 2 for page in found[:-1])


async def test_cursor_stays_valid_while_alerts_arrive(served: Served, engine: Engine) -> None:
    """A list that grows at its beginning must not move under its reader."""
    _, first = await get(served, "/v1/alerts?limit=2")
    await project(served.gateway.read_model, engine, output(alert("late", 6)))
    _, second = await get(served, f"/v1/alerts?limit=2&cursor={first['next']}")
    _, whole = await get(served, "/v1/alerts?limit=5")
    assert whole["items"][1:] == first["items"] + second["items"]


async def test_cursor_from_before_a_rebuild_is_gone(served: Served) -> None:
    """Its seq means another alert now."""
    _, first = await get(served, "/v1/alerts?limit=2")
    await served.gateway.read_model.rebuild()
    status, problem = await get(served, f"/v1/alerts?cursor={first['next']}")
    assert (status, problem["code"]) == (410, "invalid_cursor")


async def test_unchanged_content_is_not_sent_again_until_something_is_committed(served: Served, engine: Engine) -> None:
    """A client that polls costs almost nothing."""

    async def status_of(path: str) -> int:
        async with served.client.get(served.url + path, headers=known) as response:
            return response.status

    async with served.client.get(f"{served.url}/v1/tape") as first:
        known = {"If-None-Match": first.headers["ETag"]}
    assert await status_of("/v1/tape") == 304
    assert await status_of("/v1/owners/0001494730") == 304
    await project(served.gateway.read_model, engine, output(alert("late", 6)))
    assert await status_of("/v1/tape") == 200


async def test_head_has_the_headers_of_get_and_no_body(served: Served) -> None:
    """HTTP requires it of every resource."""
    async with served.client.get(f"{served.url}/v1/alerts") as whole:
        length = len(await whole.read())
    head = await served.client.head(f"{served.url}/v1/alerts")
    assert (head.status, head.headers["Content-Length"]) == (200, whole.headers["Content-Length"])
    assert head.headers["Content-Length"] == str(length)
    assert await head.read() == b""


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/v1/alerts/a1", {"alert_id", "trades", "filing"}),
        ("/v1/filings/0000000001-24-000001", {"filing_id", "entry", "alerts", "transactions"}),
        ("/v1/owners/0001494730", {"owner", "former_names", "relations", "activity", "totals"}),
        ("/v1/issuers/0001318605", {"issuer", "former_names", "activity", "totals"}),
        ("/v1/filters/preview?side=buy&days=3650", {"count", "days", "words", "query", "newest"}),
        ("/v1/codes", {"transactions", "errors", "diagnostics"}),
    ],
)
async def test_resource_has_its_members(served: Served, path: str, keys: set[str]) -> None:
    """They are those that the document describes."""
    status, content = await get(served, path)
    assert status == 200, content
    assert keys <= set(content)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/owners/0001494730/positions",
        "/v1/owners/0001494730/history?position=p1",
        "/v1/issuers/0001318605/insiders",
        "/v1/issuers/0001318605/flow?by=year",
        "/v1/search?q=tesla",
        "/v1/transactions?ticker=TSLA",
    ],
)
async def test_list_has_items(served: Served, path: str) -> None:
    """Musk and Tesla have some of each."""
    status, content = await get(served, path)
    assert status == 200, content
    assert content["items"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/alerts/nobody", 404, "not_found"),
        ("/v1/filings/nothing", 404, "not_found"),
        ("/v1/owners/nobody/positions", 404, "not_found"),
        ("/v1/issuers/%00", 404, "not_found"),
        ("/no/such/path", 404, "not_found"),
        ("/v1/alerts?limit=0", 422, "invalid_request"),
        ("/v1/alerts?limit=many", 422, "invalid_request"),
        ("/v1/issuers/0001318605/flow?by=day", 422, "invalid_request"),
        ("/v1/alerts?cursor=1", 400, "invalid_cursor"),
        ("/v1/alerts?side=up", 400, "invalid_filter"),
        ("/v1/tape?no_such_field=1", 400, "invalid_filter"),
        ("/v1/filters/preview?min_value=much", 400, "invalid_filter"),
        ("/alerts.atom?side=up", 400, "invalid_filter"),
        ("/alerts.csv?side=up", 400, "invalid_filter"),
    ],
)
async def test_wrong_request_is_answered_with_problem_details(
    served: Served, path: str, status: int, code: str
) -> None:
    """RFC 9457, with a code of the table and what to do about it."""
    response = await served.client.get(served.url + path)
    problem = await response.json(content_type="application/problem+json")
    assert (response.status, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:insidertape:{code}"
    assert problem["title"]
    assert problem["remedy"]


def methods_by_path() -> dict[str, set[str]]:
    """Return the methods of each address."""
    found: dict[str, set[str]] = defaultdict(set)
    for method, path in routes():
        found[path] |= {method, "HEAD"} if method == "GET" else {method}
    return found


@pytest.mark.parametrize(("path", "allowed"), sorted(methods_by_path().items()))
async def test_wrong_method_is_answered_with_the_right_ones(served: Served, path: str, allowed: set[str]) -> None:
    """The `Allow` header lists the methods of all routes of the address, since the client needs those."""
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - allowed:
        response = await served.client.request(method, served.url + path, allow_redirects=False)
        problem = await response.json(content_type="application/problem+json")
        assert (response.status, problem["code"]) == (405, "wrong_method")
        assert response.headers["Allow"] == ", ".join(sorted(allowed))


async def test_head_of_the_stream_ends(served: Served) -> None:
    """A monitor that asks for the headers alone must not wait for events."""
    response = await served.client.head(f"{served.url}/v1/stream")
    assert (response.status, response.content_type) == (200, "text/event-stream")
    assert await response.read() == b""
    assert served.gateway.stream.clients == 0


async def test_defect_is_logged_and_its_message_stays_there(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message could hold what the client must not see."""

    async def defect(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(type(served.gateway.read_model), "alert", defect)
    with capture_logs(processors=[structlog.processors.format_exc_info]) as logged:
        status, problem = await get(served, "/v1/alerts/a1")
    assert (status, problem["code"]) == (500, "defect")
    assert "secret" not in json.dumps(problem)
    assert [event["event"] for event in logged] == ["request_failed"]
    assert "secret" in logged[0]["exception"]


async def test_database_that_is_away_is_answered_with_503_and_when_to_come_back(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not the client's fault, and passes."""

    async def away(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(type(served.gateway.read_model), "newest", away)
    response = await served.client.get(f"{served.url}/v1/alerts")
    assert (response.status, (await response.json())["code"]) == (503, "database_unavailable")
    assert response.headers["Retry-After"] == "5"


async def test_other_origins_may_read_only_if_they_are_named(served: Served) -> None:
    """CORS is off by default."""
    response = await served.client.get(f"{served.url}/v1/codes", headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_every_response_has_the_headers_that_protect_a_browser(served: Served) -> None:
    """Also errors: a page that is not ours must not run, frame or guess anything."""
    for path in ("/v1/alerts", "/no/such/path", "/v1/alerts?limit=0"):
        async with served.client.get(served.url + path) as response:
            headers = response.headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_probes_and_metrics_answer(served: Served) -> None:
    """As the runtime's own port does; the gateway is ready once its stream has looked at the read model."""
    async with aiohttp.ClientSession(served.url) as client:
        assert await (await client.get("/livez")).text() == "gateway: alive\n"
        async with asyncio.timeout(PATIENCE):
            while (ready := await client.get("/readyz")).status != 200:
                assert (ready.status, await ready.text()) == (503, "gateway: is starting\n")
        assert await ready.text() == "gateway: open\n"
        metrics = await (await client.get("/metrics")).text()
    assert 'insidertape_gateway_requests_total{status="200"} 2.0' in metrics
