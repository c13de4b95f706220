"""`insidertape subscriptions …`: webhooks, by the gateway's API."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.application.app import App
from services.cli.options.choices import StatusFormat
from services.cli.options.common_options import FLAG, examples

if TYPE_CHECKING:
    from services.cli.subscribing.gateway_client import GatewayClient

subscriptions_app = App(help="Send alerts to webhooks: subscriptions at a running gateway.")

_PATH: Final = "/v1/subscriptions"

Url = Annotated[
    str | None,
    typer.Option(
        "--gateway",
        metavar="URL",
        help="Address of the gateway. Default: $INSIDERTAPE_GATEWAY_URL, else http://127.0.0.1:8345",
        show_default=False,
    ),
]
Form = Annotated[
    StatusFormat,
    typer.Option("--format", metavar="FORMAT", case_sensitive=False, help="Output format: table or jsonl."),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="Subscription, as shown by subscriptions list.")]


@subscriptions_app.command("list", epilog=examples("subscriptions list", "subscriptions list --format jsonl"))
def list_subscriptions(form: Form = StatusFormat.TABLE, url: Url = None) -> None:
    """List the subscriptions with their states."""
    from services.cli.subscribing.subscription_listing import print_subscriptions

    async def work(gateway: "GatewayClient") -> None:
        print_subscriptions((await gateway.call("GET", _PATH))["items"], form)

    _run(url, work)


@subscriptions_app.command(
    "add",
    epilog=examples(
        "subscriptions add https://example.com/hook --filter 'side=sell&min_value=1000000'",
        "subscriptions add http://localhost:9000/ --name 'my test' --start 2024-01-01",
    ),
)
def add(
    sink: Annotated[str, typer.Argument(metavar="URL", help="Address that alerts are sent to, https.")],
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="Name; the address if omitted.")] = None,
    wanted: Annotated[
        str,
        typer.Option("--filter", metavar="QUERY", help="Which alerts, as in the address of the page: 'side=sell'."),
    ] = "",
    start: Annotated[
        str | None, typer.Option("--start", metavar="DAY", help="Also send alerts filed from this day on.")
    ] = None,
    ordered: Annotated[
        bool, typer.Option("--ordered", metavar=FLAG, help="Send each alert only after the one before it.")
    ] = False,
    url: Url = None,
) -> None:
    """Create a subscription, and print its secret, which is shown only now."""
    from urllib.parse import parse_qsl

    from contracts.alert_filter import AlertFilter

    async def work(gateway: "GatewayClient") -> None:
        conditions = AlertFilter.from_query(parse_qsl(wanted, keep_blank_values=True))
        body: dict[str, Any] = {
            "name": name or sink[:100],
            "sink": sink,
            "filter": conditions.model_dump(mode="json", exclude_defaults=True),
            "ordered": ordered,
            "start": start,
        }
        created = await gateway.call("POST", _PATH, body)
        typer.echo(f"id      {created['id']}\nsecret  {created['secret']}")
        typer.echo("The secret verifies the signatures; it is not shown again.", err=True)

    _run(url, work)


@subscriptions_app.command("test", epilog=examples("subscriptions test sub_0123456789abcdef01234567"))
def send_test(subscription: Id, url: Url = None) -> None:
    """Send a signed test, which is not an alert, and print the answer. The status is 1 if it was not accepted."""

    async def work(gateway: "GatewayClient") -> None:
        result = await gateway.call("POST", f"{_path(subscription)}/test")
        answer = result["error"] or f"HTTP {result['status']} in {result['duration_ms']:,} ms"
        typer.echo(f"{'accepted' if result['delivered'] else 'not accepted'}: {answer}")
        if not result["delivered"]:
            raise typer.Exit(1)

    _run(url, work)


@subscriptions_app.command("pause", epilog=examples("subscriptions pause sub_0123456789abcdef01234567"))
def pause(subscription: Id, url: Url = None) -> None:
    """Stop sending; alerts wait until the subscription is resumed."""
    _change(url, "POST", subscription, "/pause", "paused")


@subscriptions_app.command("resume", epilog=examples("subscriptions resume sub_0123456789abcdef01234567"))
def resume(subscription: Id, url: Url = None) -> None:
    """Send again, first what is pending; also after the subscription was disabled."""
    _change(url, "POST", subscription, "/resume", "resumed")


@subscriptions_app.command("remove", epilog=examples("subscriptions remove sub_0123456789abcdef01234567"))
def remove(subscription: Id, url: Url = None) -> None:
    """Delete a subscription with its deliveries."""
    _change(url, "DELETE", subscription, "", "removed")


@subscriptions_app.command(
    "deliveries", epilog=examples("subscriptions deliveries sub_0123456789abcdef01234567 --state failed")
)
def deliveries(
    subscription: Id,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="Only pending, delivered or failed ones.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="COUNT", min=1, max=200, help="The newest COUNT.")] = 50,
    form: Form = StatusFormat.TABLE,
    url: Url = None,
) -> None:
    """List the deliveries of a subscription, newest first."""
    from urllib.parse import urlencode

    from services.cli.subscribing.subscription_listing import print_deliveries

    query = urlencode({"limit": limit} | ({"state": state} if state else {}))

    async def work(gateway: "GatewayClient") -> None:
        page = await gateway.call("GET", f"{_path(subscription)}/deliveries?{query}")
        print_deliveries(page["items"], form)

    _run(url, work)


def _path(subscription: str) -> str:
    from urllib.parse import quote

    return f"{_PATH}/{quote(subscription, safe='')}"


def _change(url: str | None, method: str, subscription: str, action: str, done: str) -> None:
    async def work(gateway: "GatewayClient") -> None:
        await gateway.call(method, _path(subscription) + action)
        typer.echo(f"{subscription} {done}.")

    _run(url, work)


def _run(url: str | None, work: Any) -> None:
    """Run the work with a client of the gateway."""
    from services.cli.application.process import run_command, until_stopped
    from services.cli.subscribing.gateway_client import GatewayClient

    async def connected() -> None:
        await work(GatewayClient(url))

    run_command(until_stopped(connected))
