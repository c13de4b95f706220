"""Conditions of a filter on issuer and owner: names and tickers are looked up, and become keys if they are few."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.alert_filter import AlertFilter
from services.gateway.read_model.columns import key_text, symbols_of
from services.gateway.read_model.name_index import name_contains
from services.gateway.read_model.tables import ALERTS, NAMES

_MOST_KEYS: Final = 200
"""If more parties have a name, each alert's is tested instead: then matches are frequent among the newest alerts."""
_KEY_COLUMNS: Final = {"issuer": ALERTS.c.issuer_key, "owner": ALERTS.c.owner_key}
_NAME_PREFIX: Final = "name:"


@dataclass(frozen=True, slots=True)
class PartyConditions:
    """Conditions on issuer and owner. `indexed`: a few keys are looked up. `partial`: more is admitted than matches."""

    conditions: tuple[ColumnElement[bool], ...] = ()
    indexed: bool = False
    partial: bool = False

    def and_also(self, other: "PartyConditions") -> "PartyConditions":
        """Return both sets of conditions as one."""
        return PartyConditions(
            (*self.conditions, *other.conditions), self.indexed or other.indexed, self.partial or other.partial
        )


async def party_conditions(connection: AsyncConnection, wanted: AlertFilter) -> PartyConditions:
    """Return the filter's conditions on the parties."""
    found = PartyConditions()
    if wanted.ticker:
        found = found.and_also(await _with_ticker(connection, wanted.ticker))
    if wanted.issuer:
        found = found.and_also(await _named(connection, "issuer", wanted.issuer))
    if wanted.owner:
        found = found.and_also(await _named(connection, "owner", wanted.owner))
    if wanted.title:
        found = found.and_also(await _titled(connection, wanted.title))
    return found


async def _with_ticker(connection: AsyncConnection, tickers: Sequence[str]) -> PartyConditions:
    """Return the condition on tickers. An issuer's ticker changes, so each alert's own are compared too."""
    symbols = or_(*(ALERTS.c.symbols.contains(symbols_of([ticker]), autoescape=True) for ticker in tickers))
    keys = await _keys(connection, "issuer", "ticker", NAMES.c.folded.in_([ticker.casefold() for ticker in tickers]))
    if keys is None:
        return PartyConditions((symbols,))
    return PartyConditions((ALERTS.c.issuer_key.in_(keys), symbols), indexed=True)


async def _named(connection: AsyncConnection, kind: str, texts: Sequence[str]) -> PartyConditions:
    """Return the condition on parts of names, CIKs and keys. If a party has had several names, each alert's decides."""
    column = _KEY_COLUMNS[kind]
    keys = {_exact_key(text) for text in texts} - {None}
    parts = [text.casefold() for text in texts if not text.casefold().startswith(_NAME_PREFIX)]
    contains = or_(false(), *(name_contains(connection.dialect, part) for part in parts))
    named = await _keys(connection, kind, "name", contains)
    if named is None:
        return PartyConditions((or_(column.in_(keys), _has_name(kind, "name", contains)),), partial=True)
    others = select(NAMES.c.folded).where(NAMES.c.kind == kind, NAMES.c.form == "name", NAMES.c.key.in_(named))
    partial = any(not any(part in name for part in parts) for name in (await connection.execute(others)).scalars())
    return PartyConditions((column.in_([*keys, *named]),), indexed=True, partial=partial)


async def _titled(connection: AsyncConnection, texts: Sequence[str]) -> PartyConditions:
    """Return the condition on parts of officers' titles: the owner has had such a title, perhaps at another time."""
    contains = or_(*(name_contains(connection.dialect, text.casefold()) for text in texts))
    keys = await _keys(connection, "owner", "title", contains)
    if keys is None:
        return PartyConditions((_has_name("owner", "title", contains),), partial=True)
    return PartyConditions((ALERTS.c.owner_key.in_(keys),), indexed=True, partial=True)


def _exact_key(text: str) -> str | None:
    """Return the key that the text is: a CIK, or `name:` and a name; else None."""
    if text.casefold().startswith(_NAME_PREFIX):
        return key_text(_NAME_PREFIX + text[len(_NAME_PREFIX) :].casefold().upper())
    return text.zfill(10) if text.isdecimal() else None


async def _keys(connection: AsyncConnection, kind: str, form: str, condition: ColumnElement[bool]) -> list[str] | None:
    """Return the keys of the parties with such a name; None if there are too many to look up."""
    query = select(NAMES.c.key).where(NAMES.c.kind == kind, NAMES.c.form == form, condition).distinct()
    keys = list((await connection.execute(query.limit(_MOST_KEYS + 1))).scalars())
    return keys if len(keys) <= _MOST_KEYS else None


def _has_name(kind: str, form: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that an alert's party has such a name."""
    return exists().where(
        and_(NAMES.c.kind == kind, NAMES.c.key == _KEY_COLUMNS[kind], NAMES.c.form == form, condition)
    )
