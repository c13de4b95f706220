"""Keeps webhooks from reaching what only this machine can reach (server-side request forgery).

A sink's host name is resolved once per connection. The connection is made to the addresses that were checked, so a name
that answers differently a moment later (DNS rebinding) changes nothing. TLS and `Host` still use the name.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from contracts.codes import ErrorCode
from contracts.errors import PermanentError

_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

LookUp = Callable[[str, int, socket.AddressFamily], list[ResolveResult]]
"""Resolves a host name and blocks meanwhile."""

_LONGEST_SINK: Final = 2_000
_MOST_LOOKUPS: Final = 256
"""Lookups at a time. Each takes a thread, and one for a name whose servers are silent takes it for a minute."""

_UNICAST_V6: Final = ipaddress.ip_network("2000::/3")
_REFUSED: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",  # Azure's host agent, at an address that looks public
            "192.0.0.0/24",  # protocol assignments; one of them is Oracle's metadata
            "192.88.99.0/24",  # 6to4 relays
            "2001::/23",  # protocol assignments; Teredo contains an IPv4 address
            "2002::/16",  # 6to4 contains one too
            "3fff::/20",  # documentation
        ),
    )
)
"""Addresses that `is_global` takes for public in some versions of Python."""


class AddressRefused(PermanentError):
    """A webhook's address is not one that the gateway may send to."""


def is_public(address: str) -> bool:
    """Return whether the address is public unicast.

    Addresses that contain an IPv4 address (mapped, NAT64, 6to4, Teredo) are not: the network decides what they reach.

    >>> [is_public(address) for address in ("93.184.215.14", "10.0.0.1", "169.254.169.254", "::ffff:93.184.215.14")]
    [True, False, False, False]
    """
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address) and (parsed.scope_id or parsed not in _UNICAST_V6):
        return False
    refused = any(parsed.version == network.version and parsed in network for network in _REFUSED)
    return parsed.is_global and not parsed.is_multicast and not refused


class AddressGuard:
    """Decides which addresses webhooks may use: public ones by https.

    With `loopback`, for a gateway that itself listens on loopback alone, loopback is allowed too, and by http as well.
    """

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback

    def checked_sink(self, text: str) -> URL:
        """Return the sink's address as a URL.

        Raises:
            AddressRefused: it is not an address that webhooks may use. A host name is checked when it is resolved.
        """
        try:
            url = URL(text)
            port = url.port
        except ValueError as error:
            raise AddressRefused(ErrorCode.WRONG_SINK, f"not a URL: {error}") from None
        if len(text) > _LONGEST_SINK or not url.raw_host or not port:
            raise AddressRefused(ErrorCode.WRONG_SINK, "a sink is an absolute URL of at most 2,000 characters")
        if url.raw_user is not None or url.raw_password is not None or url.fragment:
            raise AddressRefused(ErrorCode.WRONG_SINK, "a sink has no user, password or fragment")
        if url.scheme not in self._schemes():
            raise AddressRefused(ErrorCode.WRONG_SINK, f"a sink is https://…, not {url.scheme}://…")
        self._check_host(url.raw_host, url.scheme)
        return url

    def check_answers(self, host: str, addresses: list[str]) -> None:
        """Check the addresses of a host name.

        Raises:
            AddressRefused: one of them may not be used. A name with public and other addresses is refused too.
        """
        refused = [address for address in addresses if not self._may_use(address)]
        if refused or not addresses:
            raise AddressRefused(
                ErrorCode.ADDRESS_REFUSED, f"{host} is at {', '.join(refused) or 'no address'}, which is not public"
            )

    def _schemes(self) -> tuple[str, ...]:
        return ("https", "http") if self._loopback else ("https",)

    def _check_host(self, host: str, scheme: str) -> None:
        address = _parsed(host)
        if address is not None:
            self.check_answers(host, [str(address)])
        elif _looks_numeric(host):
            raise AddressRefused(ErrorCode.ADDRESS_REFUSED, f"{host} is a number, not a host name")
        if scheme == "http" and host != "localhost" and not (address and address.is_loopback):
            raise AddressRefused(ErrorCode.WRONG_SINK, "http:// is for this machine: localhost, 127.0.0.1 or [::1]")

    def _may_use(self, address: str) -> bool:
        return is_public(address) or (self._loopback and ipaddress.ip_address(address).is_loopback)


def _parsed(host: str) -> _IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _looks_numeric(host: str) -> bool:
    """Return whether a system may read the host as an IPv4 address: 2130706433, 0x7f.1, 0177.0.0.1."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    return last.isdigit() or last.startswith("0x")


class GuardedResolver(AbstractResolver):
    """Resolves host names for aiohttp, and refuses those with an address that may not be used.

    Simultaneous lookups of one name share a thread, so that a name whose servers are silent delays no other.
    """

    def __init__(self, guard: AddressGuard, look_up: LookUp) -> None:
        self._guard = guard
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(_MOST_LOOKUPS, thread_name_prefix="webhook-dns")
        self._lookups: dict[tuple[str, int, int], asyncio.Future[list[ResolveResult]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the checked addresses of a host.

        Raises:
            AddressRefused: one of them may not be used.
            OSError: the name cannot be resolved.
        """
        key = (host, port, int(family))
        lookup = self._lookups.get(key)
        if lookup is None:
            lookup = asyncio.get_running_loop().run_in_executor(self._threads, self._look_up, host, port, family)
            self._lookups[key] = lookup
            lookup.add_done_callback(lambda _: self._lookups.pop(key, None))
        answers = await asyncio.shield(lookup)
        self._guard.check_answers(host, [answer["host"] for answer in answers])
        return answers

    async def close(self) -> None:
        """Give up the lookups that still run."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def system_look_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    """Return the addresses that the system has for a host; raise OSError if there are none."""
    found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    return [
        ResolveResult(
            hostname=host,
            host=str(address[0]),
            port=port,
            family=kind,
            proto=protocol,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for kind, _, protocol, _, address in found
    ]
