"""Webhooks cannot be used to reach what only the gateway can reach."""

import ipaddress
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import pytest
import trustme
from aiohttp.abc import ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import ErrorCode
from services.gateway.read_model.database import Database
from services.gateway.webhooks.addresses import AddressGuard, AddressRefused, LookUp, is_public
from services.gateway.webhooks.sender import WebhookSender
from services.gateway.webhooks.subscription import SubscriptionRequest
from tests.gateway.webhooks.bench import webhook_bench
from tests.gateway.webhooks.receivers import Receiver, answers, receiving

NOON: Final = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
PUBLIC: Final = "93.184.215.14"
NOT_PUBLIC: Final = [
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",  # metadata of Alibaba
    "127.0.0.1",
    "127.8.8.8",
    "168.63.129.16",  # the host agent of Azure
    "169.254.169.254",  # metadata of most clouds
    "172.16.0.1",
    "192.0.0.192",  # metadata of Oracle
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.215.14",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::7f00:1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",  # metadata of AWS
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
]


def looking_up(*answers_in_turn: Sequence[str]) -> LookUp:
    """Return a name service that gives each of the answers once, and then repeats the last one."""
    left = list(answers_in_turn)

    def look_up(host: str, port: int, _: socket.AddressFamily) -> list[ResolveResult]:
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    return look_up


def named(receiver: Receiver, name: str = "receiver.example") -> str:
    """Return the receiver's address with a host name, over TLS."""
    return receiver.url.replace("127.0.0.1", name).replace("http://", "https://")


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_that_is_not_public_is_refused(address: str) -> None:
    """Each of them can reach this machine, its network or its cloud's metadata."""
    assert not is_public(address)
    with pytest.raises(AddressRefused) as refused:
        AddressGuard(loopback=False).check_answers("receiver.example", [PUBLIC, address])
    assert refused.value.code == ErrorCode.ADDRESS_REFUSED


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_address_is_accepted(address: str) -> None:
    """The receivers that webhooks are for."""
    assert is_public(address)
    AddressGuard(loopback=False).check_answers("receiver.example", [address])


@given(st.ip_addresses(v=4))
def test_address_within_another_is_never_public(inner: ipaddress.IPv4Address) -> None:
    """Mapped, compatible, NAT64, 6to4 and Teredo addresses hide an IPv4 address from a check of IPv6 alone."""
    bits = int(inner)
    for prefix in (0, 0xFFFF << 32, 0x64FF9B << 96, 0x64FF9B0001 << 80):
        assert not is_public(str(ipaddress.IPv6Address(prefix | bits)))
    assert not is_public(str(ipaddress.IPv6Address(0x2002 << 112 | bits << 80)))
    assert not is_public(str(ipaddress.IPv6Address(0x20010000 << 96 | bits)))


@pytest.mark.parametrize(
    "sink",
    [
        "http://receiver.example/hook",
        "ftp://receiver.example/hook",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//receiver.example/hook",
        "receiver.example/hook",
        "https://",
        "https:///hook",
        "https://user:password@receiver.example/hook",
        "https://user@receiver.example/hook",
        "https://receiver.example/hook#part",
        "https://receiver.example:99999/hook",
        "https://receiver.example:0/hook",
        "https://[::1/hook",
        "https://127.0.0.1/hook",
        "https://127.1/hook",
        "https://2130706433/hook",
        "https://0x7f000001/hook",
        "https://0x7f.0.0.1/hook",
        "https://0177.0.0.1/hook",
        "https://017700000001/hook",
        "https://127.0.0.1./hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://[::ffff:7f00:1]/hook",
        "https://[fe80::1%25lo]/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://①②⑦.0.0.1/hook",
        "https://receiver.example/" + "a" * 2_000,
    ],
)
def test_sink_that_webhooks_may_not_use_is_refused(sink: str) -> None:
    """A mistake is reported when the subscription is created, not at its first alert."""
    with pytest.raises(AddressRefused):
        AddressGuard(loopback=False).checked_sink(sink)


@pytest.mark.parametrize(
    "sink",
    [
        "https://receiver.example/hook?a=b",
        "https://receiver.example:8443/",
        "https://bücher.example/",
        f"https://{PUBLIC}/",
    ],
)
def test_public_sink_over_https_is_accepted(sink: str) -> None:
    """Ports are the receiver's choice."""
    assert AddressGuard(loopback=False).checked_sink(sink).host


@pytest.mark.parametrize(
    "sink", ["http://localhost:9/hook", "http://127.0.0.1:9/", "http://[::1]:9/", "https://localhost/"]
)
def test_loopback_is_for_gateways_on_loopback(sink: str) -> None:
    """A newcomer tries it on one machine; a gateway that others can reach must not."""
    assert AddressGuard(loopback=True).checked_sink(sink).host
    if sink.startswith("http:"):
        with pytest.raises(AddressRefused):
            AddressGuard(loopback=False).checked_sink(sink)


@pytest.mark.parametrize(
    "sink", ["http://receiver.example/", f"http://{PUBLIC}/", "http://10.0.0.1/", "https://10.0.0.1/"]
)
def test_gateway_on_loopback_sends_in_clear_to_loopback_alone(sink: str) -> None:
    """Alerts are public, but whoever changes one on its way must not be able to."""
    with pytest.raises(AddressRefused):
        AddressGuard(loopback=True).checked_sink(sink)


async def test_name_of_a_private_address_is_not_connected(database: Database) -> None:
    """The name is valid; where it leads is only known when it is resolved."""
    async with receiving() as receiver, webhook_bench(database, loopback=False) as bench:
        sender = WebhookSender(AddressGuard(loopback=False), look_up=looking_up([PUBLIC, "127.0.0.1"]))
        async with sender:
            answer = await sender.post(named(receiver), {}, b"{}", now=bench.clock.now())
    assert answer.error == "address_refused: receiver.example is at 127.0.0.1, which is not public"
    assert receiver.received == []


async def test_name_that_changes_its_address_is_refused_at_its_next_connection() -> None:
    """DNS rebinding: a connection goes to the address that was checked, without a second lookup in between."""
    lookups = looking_up(["127.0.0.1"], ["169.254.169.254"])
    sender = WebhookSender(AddressGuard(loopback=True), look_up=lookups)
    async with receiving(answers(200, Connection="close")) as receiver, sender:
        sink = receiver.url.replace("127.0.0.1", "localhost")
        first, second = [await sender.post(sink, {}, b"{}", now=NOON) for _ in range(2)]
    assert first.succeeded
    assert second.error == "address_refused: localhost is at 169.254.169.254, which is not public"


async def test_checked_address_is_dialled_with_the_name_in_tls_and_host() -> None:
    """The certificate belongs to the name, and so does the virtual host."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("receiver.example").configure_cert(server)
    authority.configure_trust(client)
    asked: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    sender = WebhookSender(AddressGuard(loopback=True), look_up=looking_up(["127.0.0.1"]), tls=client)
    async with receiving(tls=server) as receiver, sender:
        accepted = await sender.post(named(receiver), {}, b"{}", now=NOON)
        elsewhere = await sender.post(named(receiver, "other.example"), {}, b"{}", now=NOON)
    assert (accepted.status, asked[0]) == (200, "receiver.example")
    assert receiver.received[0].headers["host"].startswith("receiver.example:")
    assert "CERTIFICATE_VERIFY_FAILED" in (elsewhere.error or "")
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_is_not_followed(status: int) -> None:
    """A public receiver could send the gateway anywhere."""
    sender = WebhookSender(AddressGuard(loopback=True))
    async with receiving() as inner, receiving(answers(status, Location=inner.url)) as outer, sender:
        answer = await sender.post(outer.url, {}, b"{}", now=NOON)
    assert (answer.status, answer.succeeded) == (status, False)
    assert (len(outer.received), inner.received) == (1, [])


async def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would connect to addresses that nobody has checked."""
    async with receiving() as proxy, receiving() as receiver:
        for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(variable, proxy.url)
        async with WebhookSender(AddressGuard(loopback=True)) as sender:
            answer = await sender.post(receiver.url, {}, b"{}", now=NOON)
    assert answer.succeeded
    assert (len(receiver.received), proxy.received) == (1, [])


async def test_sink_is_checked_again_when_it_is_used(database: Database) -> None:
    """A subscription may be older than a gateway's move from loopback to an address that others can reach."""
    async with receiving() as receiver:
        async with WebhookSender(AddressGuard(loopback=False)) as sender:
            answer = await sender.post(receiver.url, {}, b"{}", now=NOON)
        async with webhook_bench(database, loopback=False) as bench:
            with pytest.raises(AddressRefused):
                await bench.subscriptions.create(SubscriptionRequest(name="test", sink=receiver.url))
    assert "a sink is https://" in (answer.error or "")
    assert receiver.received == []
