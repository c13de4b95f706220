"""A served gateway over a read model of a small market, on SQLite."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.gateway.read_model.read_model import ReadModel, open_read_model
from services.gateway.upgrade_tables import upgrade_tables
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.sender import WebhookSender
from services.gateway.webhooks.subscriptions import Subscriptions
from services.runtime.clock import SystemClock
from services.runtime.engine import Engine
from tests.gateway.http.market import FILINGS
from tests.gateway.read_model.builders import opened_log, project
from tests.gateway.serving import Served, serving


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of the market's log and projection, which each test copies."""
    directory = tmp_path_factory.mktemp("market")
    asyncio.run(create_market(directory))
    return directory


async def create_market(directory: Path) -> None:
    """Publish the market's filings, and project them."""
    async with opened_log(directory / "log") as engine:
        read_model = await open_read_model(database_url(directory))
        await upgrade_tables(read_model.database)
        await project(read_model, engine, *FILINGS)
        await read_model.close()


def database_url(directory: Path) -> str:
    """Return the address of a directory's database."""
    return f"sqlite+aiosqlite:///{directory / 'gateway.sqlite3'}"


@pytest.fixture
def own_market(market: Path, tmp_path: Path) -> Path:
    """Return a copy of the market, which the test may change."""
    shutil.copytree(market, tmp_path / "market")
    return tmp_path / "market"


@pytest.fixture
async def engine(own_market: Path) -> AsyncIterator[Engine]:
    """Yield the embedded engine over the test's own log."""
    async with opened_log(own_market / "log") as engine:
        yield engine


@pytest.fixture
async def read_model(own_market: Path) -> AsyncIterator[ReadModel]:
    """Yield a read model of the market."""
    opened = await open_read_model(database_url(own_market))
    yield opened
    await opened.close()


@pytest.fixture
async def served(read_model: ReadModel) -> AsyncIterator[Served]:
    """Yield an open gateway."""
    guard = AddressGuard(loopback=True)
    async with WebhookSender(guard) as sender:
        subscriptions = Subscriptions(read_model.database, guard, sender, SystemClock())
        async with serving(read_model, subscriptions=subscriptions) as served:
            yield served
