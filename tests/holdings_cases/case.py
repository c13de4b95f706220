"""A case: filings of one or more owners in the order of filing, and what a reader of Section 16 expects of each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from contracts.structs import Evidence, HoldingChanged, PositionIdentity, PositionsUpdated, Trades, TransactionsReported

Told = Mapping[str, Any]
"""Some fields of an alert, as `seen` names them, and their values."""

AlertsOfFiling = Mapping[str, Told | Sequence[Told]]
"""By the label of the position; several alerts of one label in the order of their lines."""


@dataclass(frozen=True)
class Case:
    """Filings by a short name, in the order of filing; of each the alerts expected if they arrive in this order.

    `says` states the rule that the case shows. `held` is what is held at the end, in any order of arrival (None: not
    checked). `late` has the alerts of the last filing to arrive, by the order of arrival. A filing without an entry is
    not checked, nor is a field that is not named; a filing's entry names all of its alerts.
    """

    name: str
    says: str
    filings: Mapping[str, Sequence[TransactionsReported]]
    held: Mapping[str, Any] | None
    alerts: Mapping[str, AlertsOfFiling] = field(default_factory=dict)
    late: Mapping[tuple[str, ...], AlertsOfFiling] = field(default_factory=dict)

    def name_of(self, filing_id: str) -> str:
        """Return the short name of a filing."""
        names = {each.filing.filing_id: name for name, reports in self.filings.items() for each in reports}
        return names.get(filing_id, filing_id)


def case(
    name: str,
    says: str,
    *filings: TransactionsReported,
    held: Mapping[str, Any] | None,
    alerts: Mapping[int, AlertsOfFiling] | None = None,
    late: Mapping[tuple[int, ...], AlertsOfFiling] | None = None,
) -> Case:
    """Make a case of one owner; its filings are named 1, 2, 3 and so on in the order given."""
    return Case(
        name=name,
        says=says,
        filings={str(place): (report,) for place, report in enumerate(filings, start=1)},
        held=held,
        alerts={str(place): told for place, told in (alerts or {}).items()},
        late={tuple(map(str, order)): told for order, told in (late or {}).items()},
    )


def label(position: PositionIdentity, *, owner: str | None = None) -> str:
    """Return the label that cases name a position by: title, D or I, and the nature of an indirect holding."""
    words = (owner, position.security_title, position.ownership, position.nature_of_ownership)
    return " ".join(word for word in words if word)


def seen(alert: HoldingChanged, of: Case) -> dict[str, Any]:
    """Return the fields of an alert that cases check, with numbers as numbers and filings by their short names."""
    return {
        "kind": alert.kind,
        "before": number(alert.before),
        "after": number(alert.after),
        "percent": number(alert.change_percent),
        "trades": [trade_of(entry) for entry in sorted(alert.trades, key=lambda entry: min(entry.lines, default=0))],
        "values": [number(entry.value) for entry in sorted(alert.trades, key=lambda entry: min(entry.lines))],
        "unpriced": sum((Decimal(entry.unpriced_shares) for entry in alert.trades), Decimal(0)),
        "averages": [number(entry.average_price) for entry in sorted(alert.trades, key=lambda entry: min(entry.lines))],
        "prices": [(number(entry.lowest_price), number(entry.highest_price)) for entry in alert.trades],
        "lines": tuple(alert.lines),
        "reported": number(alert.reported_change),
        "ledger": number(alert.ledger_before),
        "un": number(alert.unexplained_change),
        "why": alert.explanation,
        "by": sorted({_evidence(each, of) for each in alert.explained_by}),
        "repeats": None if alert.repeats is None else of.name_of(alert.repeats),
        "is_current": alert.is_current,
        "current": number(alert.current),
        "days_late": alert.days_late,
        "is_amendment": alert.is_amendment,
        "owner_place": (alert.owner_index, alert.owner_count),
        "roles": (alert.owner.is_director, alert.owner.is_officer, alert.owner.is_ten_percent_owner),
        "codes": sorted({each.code for each in alert.diagnostics}),
        "diagnosed": bool(alert.diagnostics),
        "title": alert.position.security_title,
    }


def _evidence(each: Evidence, of: Case) -> str:
    """Name a footnote by its id, a filing by its short name, and a position as one."""
    return {"footnote": each.id, "filing": of.name_of(each.id), "position": "position"}[each.kind]


def trade_of(entry: Trades) -> tuple[str | None, str | None, Decimal | None]:
    """Return an entry of trades in short: code, side and shares."""
    return entry.code, entry.acquired_disposed, number(entry.shares)


def held(books: Sequence[PositionsUpdated]) -> dict[str, list[Decimal | None]]:
    """Return the amounts held by label, zero and expired ones left out; with several owners each label names its own.

    An amount that is not known stays, as None.
    """
    amounts: dict[str, list[Decimal | None]] = defaultdict(list)
    for book in books:
        owner = book.owner.name if len(books) > 1 else None
        for position in book.positions:
            amount = number(position.shares if position.shares is not None else position.value)
            if amount != 0 and not position.expired:
                amounts[label(position, owner=owner)].append(amount)
    return {each: sorted(some, key=lambda amount: amount or 0) for each, some in amounts.items()}


def expected_held(of: Case) -> dict[str, list[Any]] | None:
    """Return the amounts that the case expects, each label with its list."""
    if of.held is None:
        return None
    return {each: sorted(some) if isinstance(some, list) else [some] for each, some in of.held.items()}


def number(text: str | None) -> Decimal | None:
    """Return the number of a decimal text."""
    return None if text is None else Decimal(text)
