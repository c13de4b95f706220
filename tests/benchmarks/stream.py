"""The live stream with many clients: latency from commit to client, deliveries per second, memory per client.

    python -m tests.benchmarks.stream [--clients 10000] [--alerts 20] [--interval 2]

The gateway is its own process, with alerts in memory instead of a database. It commits one alert per interval, and
every client gets it. Clients are raw sockets in this process. Latency runs from the commit until a client's socket has
the event, on the machine's one monotonic clock. Both processes share the machine, so latency includes the clients' own
work.
"""

import argparse
import asyncio
import re
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import Final

TARGET_P99_MS: Final = 500
TARGET_CLIENT_KB: Final = 12.0
_AT_ONCE: Final = 100
_SETTLING_SECONDS: Final = 1.0
_REQUEST: Final = b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
_ID: Final = re.compile(rb"id: [0-9a-z]+\.([0-9]+)\nevent")


class StreamSocket(asyncio.Protocol):
    """One client: notes when it got each alert."""

    def __init__(self, arrived: dict[int, list[float]]) -> None:
        self._arrived = arrived
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(_REQUEST)

    def data_received(self, data: bytes) -> None:
        """Note the time of arrival of each alert, whose beginning is in one piece on loopback."""
        now = time.monotonic()
        if b"retry: " in data and not self.open.done():
            self.open.set_result(None)
        for seq in _ID.findall(data):
            self._arrived.setdefault(int(seq), []).append(now)


async def serve(clients: int, alerts: int, interval: float) -> None:
    """Serve until standard input ends; commit the alerts when a line arrives there, and print the time of each."""
    from tests.gateway.http.alerts_in_memory import AlertsInMemory  # noqa: PLC0415 - the clients' process needs none
    from tests.gateway.serving import serving  # noqa: PLC0415

    source = AlertsInMemory()
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with serving(source, stream_clients=clients, stream_ping=3_600) as served:
        print(served.url.rpartition(":")[2], flush=True)
        await lines.readline()
        for seq in range(1, alerts + 1):
            source.commit()
            print(seq, time.monotonic(), flush=True)
            served.gateway.stream.wake()
            await asyncio.sleep(interval)
        await lines.read()


async def measure(clients: int, alerts: int, interval: float) -> None:
    """Connect the clients, have the alerts committed, and print the figures."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    clients = min(clients, most - 100)
    words = ("--serve", "--clients", str(clients), "--alerts", str(alerts), "--interval", str(interval))
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks.stream", *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert server.stdin is not None
    assert server.stdout is not None
    port = int(await server.stdout.readline())
    idle = memory_kb(server.pid)
    arrived: dict[int, list[float]] = {}
    for start in range(0, clients, _AT_ONCE):
        await asyncio.gather(*(connect(port, arrived) for _ in range(min(_AT_ONCE, clients - start))))
    await asyncio.sleep(_SETTLING_SECONDS)
    each_kb = (memory_kb(server.pid) - idle) / clients
    server.stdin.write(b"go\n")
    committed = [float((await server.stdout.readline()).split()[1]) for _ in range(alerts)]
    await asyncio.sleep(interval + _SETTLING_SECONDS)
    server.stdin.close()
    report(clients, each_kb, committed, arrived)
    server.kill()
    await server.wait()


async def connect(port: int, arrived: dict[int, list[float]]) -> None:
    """Open one stream."""
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(lambda: StreamSocket(arrived), "127.0.0.1", port)
    await protocol.open


def report(clients: int, each_kb: float, committed: Sequence[float], arrived: dict[int, list[float]]) -> None:
    """Print the figures against their targets."""
    latencies = [(moment - committed[seq - 1]) * 1_000 for seq, moments in arrived.items() for moment in moments]
    missing = clients * len(committed) - len(latencies)
    cuts = quantiles(latencies, n=100)
    slowest = max(max(moments) - committed[seq - 1] for seq, moments in arrived.items())
    print(f"clients {clients:,}   deliveries {len(latencies):,}   missing {missing}")
    print(f"latency p50 {cuts[49]:.0f} ms   p99 {cuts[98]:.0f} ms (target {TARGET_P99_MS})")
    print(f"deliveries {clients / slowest:,.0f}/s at the slowest alert")
    print(f"memory {each_kb:.1f} kB per client (target {TARGET_CLIENT_KB})")


def memory_kb(process: int) -> float:
    """Return the resident memory of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1_024


def main() -> None:
    """Measure, or serve what is measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--alerts", type=int, default=20)
    parser.add_argument("--interval", type=float, default=2.0, help="seconds between alerts")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    work = serve if options.serve else measure
    asyncio.run(work(options.clients, options.alerts, options.interval))


if __name__ == "__main__":
    main()
