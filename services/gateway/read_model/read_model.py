"""The read model's queries behind one object, one per process."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from contracts.alert_filter import AlertFilter
from services.gateway.read_model.alert_queries import (
    alert_page,
    filing_count,
    filing_named,
    filing_page,
    history_of,
    preview_of,
    report_page,
)
from services.gateway.read_model.alert_search import alert_named, alerts_after
from services.gateway.read_model.columns import key_text
from services.gateway.read_model.database import Database
from services.gateway.read_model.name_search import search_names
from services.gateway.read_model.parties import Flow, Insider, IssuerSummary, OwnerSummary, Period, SearchHit
from services.gateway.read_model.party_queries import flow_of, insiders_of, issuer_summary, owner_summary, positions_of
from services.gateway.read_model.schema import forget, prepare
from services.gateway.read_model.stored import Cursor, FilingAlerts, Page, Preview, StoredAlert
from services.gateway.read_model.tables import PROJECTION
from services.section16.edgar_calendar import EASTERN


class ReadModel:
    """Alerts, filings, positions and names, as far as the projector has come.

    Every method raises TransientError if the database does not answer for the moment.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def close(self) -> None:
        """Close all connections to the database."""
        await self.database.close()

    async def rebuild(self) -> None:
        """Forget everything, under a new generation; the projector then reads the topics from their beginning."""
        async with self.database.writing() as connection:
            await forget(connection)

    async def newest(self) -> Cursor:
        """Return how far the read model is."""
        async with self.database.reading() as connection:
            row = (await connection.execute(select(PROJECTION))).one()
        return Cursor(row.generation, row.newest_seq, row.batches)

    async def alerts(self, wanted: AlertFilter, before: int | None = None, limit: int = 50) -> Page[StoredAlert]:
        """Return the newest alerts that match, of those with an ordinal below `before`."""
        async with self.database.reading() as connection:
            return await alert_page(connection, wanted, before, limit)

    async def alert(self, alert_id: str) -> StoredAlert | None:
        """Return the alert with that id; None if there is none."""
        async with self.database.reading() as connection:
            return await alert_named(connection, key_text(alert_id))

    async def since(self, seq: int, limit: int) -> list[StoredAlert]:
        """Return the first alerts after an ordinal, in order: at most `limit`."""
        async with self.database.reading() as connection:
            return await alerts_after(connection, seq, limit)

    async def tape(self, wanted: AlertFilter, before: int | None = None, limit: int = 50) -> Page[FilingAlerts]:
        """Return the newest filings with an alert that matches, each with all its alerts and reports."""
        async with self.database.reading() as connection:
            return await filing_page(connection, wanted, before, limit)

    async def filing_count(self, wanted: AlertFilter, most: int) -> int | None:
        """Return how many filings have an alert that matches; None if that takes more than `most` alerts to know."""
        async with self.database.reading() as connection:
            return await filing_count(connection, wanted, most)

    async def filing(self, filing_id: str) -> FilingAlerts | None:
        """Return the filing with that id; None if it has no alerts."""
        async with self.database.reading() as connection:
            return await filing_named(connection, key_text(filing_id))

    async def transactions(self, wanted: AlertFilter, before: int | None = None, limit: int = 50) -> Page[bytes]:
        """Return the reports with a matching line of the newest matching filings; `limit` counts filings."""
        async with self.database.reading() as connection:
            return await report_page(connection, wanted, before, limit)

    async def preview(self, wanted: AlertFilter, days: int = 30, *, today: date | None = None) -> Preview:
        """Return how many filings of the last `days` match, and the newest three. `today` is the Eastern day now."""
        since = (today or datetime.now(EASTERN).date()) - timedelta(days=days)
        async with self.database.reading() as connection:
            return await preview_of(connection, wanted, since)

    async def owner(self, key: str) -> OwnerSummary | None:
        """Return an owner; None if there is none with that key."""
        async with self.database.reading() as connection:
            return await owner_summary(connection, key_text(key))

    async def owner_positions(self, key: str) -> list[bytes]:
        """Return an owner's positions: an encoded PositionsUpdated per issuer."""
        async with self.database.reading() as connection:
            return await positions_of(connection, key_text(key))

    async def owner_history(self, key: str, position_id: str | None = None, limit: int = 1_000) -> list[StoredAlert]:
        """Return the latest alerts of an owner, or of one position, in the order of their days."""
        position = None if position_id is None else key_text(position_id)
        async with self.database.reading() as connection:
            return await history_of(connection, key_text(key), position, limit)

    async def issuer(self, key: str) -> IssuerSummary | None:
        """Return an issuer; None if there is none with that key."""
        async with self.database.reading() as connection:
            return await issuer_summary(connection, key_text(key))

    async def issuer_insiders(self, key: str) -> list[Insider]:
        """Return the owners of an issuer's securities, those with the latest positions first."""
        async with self.database.reading() as connection:
            return await insiders_of(connection, key_text(key))

    async def issuer_flow(self, key: str, by: Period = "month") -> list[Flow]:
        """Return what insiders bought and sold of an issuer per period with a trade, the earliest first."""
        async with self.database.reading() as connection:
            return await flow_of(connection, key_text(key), by)

    async def search(self, text: str, limit: int = 20) -> list[SearchHit]:
        """Return issuers and owners by name, ticker or CIK, and filings by accession number, the best first."""
        async with self.database.reading() as connection:
            return await search_names(connection, text, limit)


async def open_read_model(url: str) -> ReadModel:
    """Open the read model in a database, and create its tables if they do not exist.

    Raises:
        Misconfigured: the URL is wrong, or the database refuses the user.
        StorageFailed: the database's file cannot be used.
        TransientError: the database does not answer.
    """
    database = Database(url)
    try:
        await prepare(database)
    except BaseException:
        await database.close()
        raise
    return ReadModel(database)
