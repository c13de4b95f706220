"""A database with the gateway's durable tables, and a bench of webhooks over it."""

from collections.abc import AsyncIterator

import pytest

from services.gateway.read_model.database import Database
from services.gateway.read_model.read_model import ReadModel, open_read_model
from services.gateway.upgrade_tables import upgrade_tables
from tests.gateway.serving import Served, serving
from tests.gateway.webhooks.bench import WebhookBench, webhook_bench


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Yield a database of either kind with the durable tables."""
    database = Database(database_url)
    await upgrade_tables(database)
    yield database
    await database.close()


@pytest.fixture
async def bench(database: Database) -> AsyncIterator[WebhookBench]:
    """Yield the webhooks of a gateway that listens on loopback alone."""
    async with webhook_bench(database) as bench:
        yield bench


@pytest.fixture
async def read_model(database: Database, database_url: str) -> AsyncIterator[ReadModel]:
    """Yield the read model in the same database."""
    assert database.engine
    opened = await open_read_model(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def served(bench: WebhookBench, read_model: ReadModel) -> AsyncIterator[Served]:
    """Serve a gateway on loopback with the bench's subscriptions."""
    async with serving(read_model, subscriptions=bench.subscriptions) as served:
        yield served
