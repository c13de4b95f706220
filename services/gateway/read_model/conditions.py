"""Translates a filter into conditions of SQL that every matching alert fulfils, and says which alerts they decide.

Almost all filters are decided by columns. For the rest the event itself is tested, by the filter's own `matches`:
conditions on several trades of one alert, and parts of names.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, TypeVarTuple, get_args

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.alert_filter import AlertFilter
from contracts.enumerations import FormType
from services.gateway.read_model.facets import ALL_BITS, FIRST_OWNER, SEVERAL_TRADES, mask
from services.gateway.read_model.party_conditions import PartyConditions, party_conditions
from services.gateway.read_model.tables import ALERTS, ALERTS_PER_BLOCK, BLOCKS

Ts = TypeVarTuple("Ts")

_CANDIDATES: Final = select(ALERTS.c.seq, ALERTS.c.filing_seq, ALERTS.c.facets)
_SIDES: Final = {"buy": "P", "sell": "S"}


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions on alerts and on blocks of them. An alert that fulfils them matches, unless it has an undecided facet.

    `blocks` is empty if the alerts of some parties are looked up.
    """

    alerts: tuple[ColumnElement[bool], ...]
    blocks: tuple[ColumnElement[bool], ...]
    undecided: int

    def candidates(self, before: int | None, limit: int) -> Select[int, int, int]:
        """Return the query for the newest alerts that fulfil the conditions: ordinals and facets."""
        query = _CANDIDATES.where(*self.alerts).limit(limit)
        if before is not None:
            query = query.where(ALERTS.c.seq < before)
        if not self.blocks:
            return query.order_by(ALERTS.c.seq.desc())
        if before is not None:
            query = query.where(BLOCKS.c.block <= before // ALERTS_PER_BLOCK)
        return self._within_blocks(query).order_by(BLOCKS.c.block.desc(), ALERTS.c.seq.desc())

    def counts(self, most: int | None) -> Select[int, int]:
        """Return the query for the numbers of alerts that fulfil the conditions, at most `most`, and their filings."""
        query = select(ALERTS.c.filing_seq).where(*self.alerts).limit(most)
        found = (self._within_blocks(query) if self.blocks else query).subquery()
        filings = func.count(found.c.filing_seq.distinct())
        return select(func.count().label("alerts"), filings.label("filings")).select_from(found)

    def in_filings(self, filings: Collection[int]) -> Select[int, int, int]:
        """Return the query for the alerts of some filings that fulfil the conditions."""
        return _CANDIDATES.where(ALERTS.c.filing_seq.in_(filings), *self.alerts)

    def _within_blocks(self, query: Select[*Ts]) -> Select[*Ts]:
        first = BLOCKS.c.block * ALERTS_PER_BLOCK
        within = ALERTS.c.seq.between(first, first + (ALERTS_PER_BLOCK - 1))
        return query.join_from(BLOCKS, ALERTS, within).where(*self.blocks)


async def conditions_of(connection: AsyncConnection, wanted: AlertFilter) -> Conditions:
    """Return the conditions; names are looked up in the database."""
    alerts: list[ColumnElement[bool]] = []
    blocks: list[ColumnElement[bool]] = []
    for bits in _masks(wanted):
        alerts.append(ALERTS.c.facets.op("&")(bits) != 0)
        blocks.append(BLOCKS.c.facets.op("&")(bits) != 0)
    for column in ("value", "shares", "change_percent"):
        if (least := getattr(wanted, f"min_{column}")) is not None:
            alerts.append(ALERTS.c[column] >= float(least))
            blocks.append(BLOCKS.c[column] >= float(least))
    if wanted.since is not None:
        alerts.append(ALERTS.c.day >= wanted.since)
        blocks.append(BLOCKS.c.last_day >= wanted.since)
    if wanted.until is not None:
        alerts.append(ALERTS.c.day <= wanted.until)
        blocks.append(BLOCKS.c.first_day <= wanted.until)
    parties = await party_conditions(connection, wanted)
    return Conditions(
        (*alerts, *parties.conditions), () if parties.indexed else tuple(blocks), _undecided(wanted, parties)
    )


def _masks(wanted: AlertFilter) -> Iterator[int]:
    """Yield the bits of each closed field that is a condition; 0 if no alert can match."""
    for field in ("kind", "direction", "role", "table", "ownership", "form", "plan", "explanation", "delivery"):
        if values := getattr(wanted, field):
            yield mask(field, values)
    if wanted.code or wanted.side:
        sides = {_SIDES[side] for side in wanted.side}
        yield mask("code", sides & set(wanted.code) if wanted.code and wanted.side else sides | set(wanted.code))
    if wanted.late is not None:
        yield mask("late", ["yes" if wanted.late else "no"])
    if wanted.amended is not None:
        yield mask("form", [form for form in get_args(FormType) if form.endswith("/A") is wanted.amended])
    if wanted.joint == "first" or (wanted.joint is None and not wanted.owner):
        yield FIRST_OWNER


def _undecided(wanted: AlertFilter, parties: PartyConditions) -> int:
    """Return the facets of alerts that the columns do not decide: all of them, or those with several trades."""
    if parties.partial:
        return ALL_BITS
    has_minimum = wanted.min_value is not None or wanted.min_shares is not None
    combined = bool(wanted.direction and (wanted.code or wanted.side))
    return SEVERAL_TRADES if has_minimum or combined else 0
