"""Subscriptions over HTTP: from creation to replay, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from services.gateway.read_model.read_model import ReadModel
from services.gateway.webhooks import subscriptions
from tests.gateway.read_model.builders import alert, filing, opened_log, output, project
from tests.gateway.serving import Served
from tests.gateway.webhooks.bench import WebhookBench, example_alert
from tests.gateway.webhooks.receivers import accepts, answers, receiving

SINK = "https://receiver.example/hook"


async def call(served: Served, method: str, path: str = "", body: Any = None, *, status: int = 200) -> Any:
    """Send a request about subscriptions, and return the JSON of the answer, whose status must be this."""
    async with served.client.request(method, f"{served.url}/v1/subscriptions{path}", json=body) as response:
        assert response.status == status, await response.text()
        return await response.json(content_type=None) if status != 204 else None


async def test_subscription_is_created_shown_changed_and_removed(served: Served) -> None:
    """The secret is in the first response alone."""
    wanted = {
        "name": "Large sales",
        "sink": SINK,
        "protocol": "HTTP",
        "filter": {"side": "sell", "min_value": "1,000,000"},
    }
    created = await call(served, "POST", body=wanted, status=201)
    assert created.pop("secret").startswith("whsec_")
    assert created["filter"] == {"side": ["sell"], "min_value": "1000000"}
    assert (created["state"], created["ordered"], created["pending"]) == ("active", False, 0)
    path = f"/{created['id']}"
    assert await call(served, "GET", path) == created
    assert await call(served, "GET") == {"items": [created], "next": None}
    changed = await call(served, "PATCH", path, {"name": "Large purchases", "filter": {"side": "buy"}})
    assert changed == created | {"name": "Large purchases", "filter": {"side": ["buy"]}}
    await call(served, "DELETE", path, status=204)
    assert await call(served, "GET") == {"items": [], "next": None}


async def test_wrong_subscription_is_refused(served: Served) -> None:
    """A mistake is named at once, and nothing is stored."""
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"sink": "http://receiver.example/"}, "wrong_sink"),
        ({"sink": "https://10.0.0.1/"}, "address_refused"),
        ({"sink": "https://2130706433/"}, "address_refused"),
        ({"sink": ""}, "invalid_request"),
        ({"name": "two\nlines"}, "invalid_request"),
        ({"name": ""}, "invalid_request"),
        ({"name": "\ud800"}, "invalid_request"),
        ({"protocol": "NOTIFY"}, "invalid_request"),
        ({"filter": {"side": "hold"}}, "invalid_request"),
        ({"filter": {"colour": "red"}}, "invalid_request"),
        ({"start": "yesterday"}, "invalid_request"),
        ({"secret": "whsec_AAAA"}, "invalid_request"),
    ]
    for changes, code in wrong:
        problem = await call(served, "POST", body={"name": "test", "sink": SINK, **changes}, status=422)
        assert (changes, problem["code"]) == (changes, code)
    assert (await call(served, "GET"))["items"] == []


async def test_unknown_subscription_is_not_found_on_any_route(served: Served) -> None:
    """It may have been removed by somebody else."""
    await call(served, "GET", "/sub_0/deliveries", status=404)
    await call(served, "PATCH", "/sub_0", {"name": "other"}, status=404)
    await call(served, "DELETE", "/sub_0", status=404)
    await call(served, "GET", "/sub_0%00", status=422)
    for action in ("/pause", "/resume", "/rotate", "/test", "/deliveries/msg_0/redeliver"):
        problem = await call(served, "POST", f"/sub_0{action}", status=404)
        assert problem["code"] in {"no_such_subscription", "no_such_delivery"}
    assert (await call(served, "POST", "/sub_0/replay", {}, status=404))["code"] == "no_such_subscription"


async def test_limit_of_subscriptions_is_reported(
    bench: WebhookBench, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may have separate connections, so their number has a limit."""
    monkeypatch.setattr(subscriptions, "MOST_SUBSCRIPTIONS", 1)
    await bench.subscribe(SINK)
    problem = await call(served, "POST", body={"name": "test", "sink": SINK}, status=409)
    assert problem["code"] == "too_many_subscriptions"


async def test_test_reports_what_the_receiver_answers(bench: WebhookBench, served: Served) -> None:
    """Before the first alert, one knows whether it would arrive."""
    async with receiving(answers(202, "noted"), answers(401, "wrong secret")) as receiver:
        subscription = await bench.subscribe(receiver.url)
        results = [await call(served, "POST", f"/{subscription.id}/test") for _ in range(2)]
    assert [(each["delivered"], each["status"], each["answer"]) for each in results] == [
        (True, 202, "noted"),
        (False, 401, "wrong secret"),
    ]
    assert b'"type": "insidertape.subscription_tested.v1"' in receiver.received[0].body


async def test_paused_subscription_gets_its_alerts_when_it_is_resumed(bench: WebhookBench, served: Served) -> None:
    """Maintenance of a receiver loses nothing."""
    async with receiving() as receiver:
        subscription = await bench.subscribe(receiver.url)
        assert (await call(served, "POST", f"/{subscription.id}/pause"))["state"] == "paused"
        await bench.project(example_alert(1))
        assert await bench.deliver() == 0
        assert (await call(served, "GET", f"/{subscription.id}"))["pending"] == 1
        assert (await call(served, "POST", f"/{subscription.id}/resume"))["state"] == "active"
        await bench.deliver()
    assert len(receiver.received) == 1


async def test_deliveries_are_listed_page_by_page_and_sent_again(bench: WebhookBench, served: Served) -> None:
    """A receiver that lost one asks for that one alone."""
    async with receiving(answers(500), accepts) as receiver:
        subscription = await bench.subscribe(receiver.url, ordered=True)
        path = f"/{subscription.id}/deliveries"
        await bench.project(*map(example_alert, range(3)))
        await bench.deliver()
        first = await call(served, "GET", f"{path}?limit=2")
        last = await call(served, "GET", f"{path}?limit=2&before={first['next']}")
        assert [each["alert_id"] for each in first["items"] + last["items"]] == ["alert-2", "alert-1", "alert-0"]
        assert last["next"] is None
        failed = last["items"][0]
        assert (failed["state"], failed["attempts"][0]["status"]) == ("pending", 500)
        await call(served, "POST", f"{path}/{failed['id']}/redeliver", status=202)
        await bench.deliver()
        assert [each.data["alert_id"] for each in receiver.received] == ["alert-0", "alert-0", "alert-1", "alert-2"]
        assert (await call(served, "GET", f"{path}?state=pending"))["items"] == []


async def test_range_of_days_is_replayed_with_the_ids_of_before(
    bench: WebhookBench, served: Served, read_model: ReadModel, tmp_path: Path
) -> None:
    """Also what was published before the subscription existed."""
    days = ["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07"]
    records = [output(alert(f"a{number}", filing=filing(number, filed_on=day))) for number, day in enumerate(days)]
    async with opened_log(tmp_path / "log") as engine:
        await project(read_model, engine, *records[:3], in_transaction=[bench.outbox.plan])
        async with receiving() as receiver:
            wanted = {"name": "test", "sink": receiver.url, "ordered": True, "start": "2024-03-05"}
            created = await call(served, "POST", body=wanted, status=201)
            await project(read_model, engine, *records[3:], in_transaction=[bench.outbox.plan])
            await bench.deliver()
            assert [each.data["alert_id"] for each in receiver.received] == ["a1", "a2", "a3"]
            days_wanted = {"since": "2024-03-04", "until": "2024-03-05"}
            assert await call(served, "POST", f"/{created['id']}/replay", days_wanted, status=202) == {"planned": 2}
            await bench.deliver()
    assert sorted(each.data["alert_id"] for each in receiver.received[3:]) == ["a0", "a1"]
    assert receiver.ids.count(receiver.ids[0]) == 2
