"""A read model's alerts in memory: for tests that decide when what is committed."""

from dataclasses import dataclass, field
from typing import Any

from contracts.codec import encode
from services.gateway.read_model.stored import Cursor, StoredAlert
from tests.unit.cli.builders import alert


@dataclass
class AlertsInMemory:
    """Alerts in the order of `seq`, as the stream reads them; `error` is raised by every reading while it is set."""

    generation: str = "g1"
    alerts: list[StoredAlert] = field(default_factory=list)
    error: Exception | None = None

    def commit(self, count: int = 1, **fields: Any) -> None:
        """Add alerts with these fields; their ids are `alert-SEQ`."""
        for _ in range(count):
            seq = len(self.alerts) + 1
            alert_id = f"alert-{seq}"
            self.alerts.append(StoredAlert(seq, alert_id, encode(alert(alert_id=alert_id, **fields))))

    async def newest(self) -> Cursor:
        """See `AlertSource.newest`."""
        self._fail()
        return Cursor(self.generation, len(self.alerts))

    async def since(self, seq: int, limit: int) -> list[StoredAlert]:
        """See `AlertSource.since`."""
        self._fail()
        return self.alerts[seq : seq + limit]

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error
