"""A read model in either database, and a log to fill it from."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.gateway.read_model.read_model import ReadModel, open_read_model
from services.runtime.engine import Engine
from tests.gateway.read_model.builders import opened_log


@pytest.fixture
async def read_model(database_url: str) -> AsyncIterator[ReadModel]:
    """Yield an empty read model."""
    opened = await open_read_model(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """Yield the embedded engine over an empty log."""
    async with opened_log(tmp_path / "log") as engine:
        yield engine
