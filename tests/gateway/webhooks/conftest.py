"""A database with the gateway's durable tables, and a bench of webhooks over it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.gateway.upgrade_tables import upgrade_tables
from tests.gateway.webhooks.bench import WebhookBench, webhook_bench


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database with the durable tables."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite'}")
    await upgrade_tables(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
async def bench(database: AsyncEngine) -> AsyncIterator[WebhookBench]:
    """Webhooks of a gateway that listens on loopback alone."""
    async with webhook_bench(database) as bench:
        yield bench
