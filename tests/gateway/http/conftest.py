"""A served gateway over a read model of a small market, on either database."""

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


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """The embedded engine over a log of its own."""
    async with opened_log(tmp_path / "log") as engine:
        yield engine


@pytest.fixture
async def read_model(tmp_path: Path, engine: Engine) -> AsyncIterator[ReadModel]:
    """A read model of the market, on SQLite."""
    opened = await open_read_model(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
    await upgrade_tables(opened.database)
    await project(opened, engine, *FILINGS)
    yield opened
    await opened.close()


@pytest.fixture
async def served(read_model: ReadModel) -> AsyncIterator[Served]:
    """An open gateway."""
    guard = AddressGuard(loopback=True)
    async with WebhookSender(guard) as sender:
        subscriptions = Subscriptions(read_model.database, guard, sender, SystemClock())
        async with serving(read_model, subscriptions=subscriptions) as served:
            yield served
