"""Follow a gateway's alerts, and resume after a lost connection: `python stream_client.py URL [LAST_ID]`.

URL is that of a stream, such as `http://127.0.0.1:8345/v1/stream?side=sell`. Each alert is printed as a line of JSON.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp


async def alerts(url: str, last_id: str = "") -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yield each alert once, with the id to resume after; reconnect whenever the connection ends."""
    patience = aiohttp.ClientTimeout(total=None, sock_read=60)  # the gateway sends something every 15 seconds
    async with aiohttp.ClientSession(timeout=patience, read_bufsize=2**23) as session:
        while True:
            try:
                async with session.get(url, headers={"Last-Event-ID": last_id}) as response:
                    response.raise_for_status()
                    event: dict[str, str] = {}
                    async for line in response.content:
                        name, _, value = line.decode().rstrip("\n").partition(": ")
                        if name:
                            event[name] = value
                            continue
                        last_id = event.get("id", last_id)
                        if event.get("event") == "holding_changed":
                            yield last_id, json.loads(event["data"])
                        elif event.get("event") == "reset":
                            print("the gateway was rebuilt: read /v1/alerts again", file=sys.stderr)
                        event = {}
            except (aiohttp.ClientError, TimeoutError) as error:
                print(f"reconnecting: {error}", file=sys.stderr)
            await asyncio.sleep(1)


async def main() -> None:
    """Print the alerts until the program is stopped."""
    async for _, alert in alerts(*sys.argv[1:]):
        print(json.dumps(alert), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
