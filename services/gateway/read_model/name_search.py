"""Finds issuers and owners by any part of a name, by ticker or CIK, and filings by accession number."""

import re
from typing import Final

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.read_model.columns import key_text
from services.gateway.read_model.name_index import name_contains
from services.gateway.read_model.parties import SearchHit
from services.gateway.read_model.tables import FILINGS, NAMES

_ACCESSION: Final = re.compile(r"([0-9]{10})-?([0-9]{2})-?([0-9]{6})")
_MOST_WORDS: Final = 8
_RANKED: Final = 200
"""Names that are ranked, the shortest first: a name that the text fills almost entirely is among them."""

_FoundName = Row[str, str, str, str, str]


async def search_names(connection: AsyncConnection, text: str, limit: int) -> list[SearchHit]:
    """Return what the text finds, the best first: numbers and tickers as a whole, then names by how they begin.

    A name must contain every word of the text, in any order: `elon musk` finds `Musk Elon`.
    """
    words = key_text(text).casefold().split()[:_MOST_WORDS]
    if not words:
        return []
    hits = await _filings(connection, text.strip())
    for row in await _names(connection, words):
        hits.setdefault((row.kind, row.key), SearchHit(row.kind, row.key, row.text, row.text))
    found = list(hits.values())[:limit]
    latest = await _latest_names(connection, found)
    return [SearchHit(hit.kind, hit.key, latest.get((hit.kind, hit.key), hit.name), hit.matched) for hit in found]


async def _filings(connection: AsyncConnection, text: str) -> dict[tuple[str, str], SearchHit]:
    number = _ACCESSION.fullmatch(text)
    if number is None:
        return {}
    filing_id = "-".join(number.groups())
    found = await connection.scalar(select(FILINGS.c.filing_id).where(FILINGS.c.filing_id == filing_id))
    return {("filing", filing_id): SearchHit("filing", filing_id, filing_id, filing_id)} if found else {}


async def _names(connection: AsyncConnection, words: list[str]) -> list[_FoundName]:
    """Return the names that contain all words, the best first."""
    searched = NAMES.c.form.in_(("name", "ticker"))
    contains = and_(*(name_contains(connection.dialect, word) for word in words))
    has_cik = NAMES.c.key == words[0].zfill(10) if len(words) == 1 and words[0].isdecimal() else None
    columns = NAMES.c.kind, NAMES.c.key, NAMES.c.form, NAMES.c.text, NAMES.c.folded
    query = select(*columns).where(searched, contains if has_cik is None else or_(contains, has_cik))
    rows = await connection.execute(query.order_by(func.length(NAMES.c.folded), NAMES.c.id).limit(_RANKED))
    return sorted(rows, key=lambda row: _rank(row, " ".join(words)))


def _rank(row: _FoundName, text: str) -> int:
    """Return the rank of a name for a text, 0 for the best; names of one rank stay in order of their length."""
    if row.folded == text or row.key == text.zfill(10):
        return 0 if row.form == "ticker" else 1
    if row.form == "ticker":
        return 2 if row.folded.startswith(text) else 5
    if row.folded.startswith(text):
        return 3
    return 4 if f" {text}" in row.folded else 5


async def _latest_names(connection: AsyncConnection, hits: list[SearchHit]) -> dict[tuple[str, str], str]:
    """Return the name that appeared last of each party."""
    keys = [hit.key for hit in hits if hit.kind != "filing"]
    if not keys:
        return {}
    query = select(NAMES.c.kind, NAMES.c.key, NAMES.c.text).where(NAMES.c.key.in_(keys), NAMES.c.form == "name")
    return {(row.kind, row.key): row.text for row in await connection.execute(query.order_by(NAMES.c.id))}
