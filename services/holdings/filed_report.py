"""The ledger's form of a filing: its position in the order, a fingerprint of its lines, and its chains as filed."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

from contracts.enumerations import FormType
from services.holdings.chains import Chain
from services.holdings.labels import Label
from services.section16.identity import ACCESSION_NUMBER

_LAST: Final = datetime.max.replace(tzinfo=UTC)


class OrderKey(NamedTuple):
    """The sort key of a filing, apart from parts of one day whose amounts continue one another.

    `number` is the accession number. Filings without one follow the others of the same time, sorted by file name.
    """

    day: date
    accepted_at: datetime
    number: str
    name: str


_NO_NUMBER: Final = "~"
"""Sorts after every accession number."""


class FiledReport:
    """A filing as the ledger's state contains it.

    `day` is None if the filing has no date at all; it then comes first. `size` is the number of accounts that it counts
    as: one per chain, and at least one. The chains of a filing read from the state are decoded on first use.
    """

    __slots__ = (
        "_chains",
        "_label_at",
        "accepted_at",
        "day",
        "filing_id",
        "fingerprint",
        "form_type",
        "name",
        "original",
        "period",
        "size",
    )

    def __init__(  # noqa: PLR0913 - a filing has this many facts
        self,
        *,
        filing_id: str,
        form_type: FormType,
        day: date | None,
        accepted_at: datetime | None,
        period: date | None,
        original: date | None,
        fingerprint: str,
        chains: "tuple[Chain, ...] | Callable[[], tuple[Chain, ...]]",
        size: int,
        name: str = "",
        label_at: Callable[[int], Label] | None = None,
    ) -> None:
        self.filing_id = filing_id
        self.form_type = form_type
        self.day = day
        self.accepted_at = accepted_at
        self.period = period
        self.original = original
        self.fingerprint = fingerprint
        self.name = name
        self.size = size
        self._chains = chains
        self._label_at = label_at

    @property
    def chains(self) -> tuple[Chain, ...]:
        """The chains, in the order of their first lines."""
        if callable(self._chains):
            self._chains = self._chains()
        return self._chains

    def label_at(self, index: int) -> Label:
        """Return the label of the chain at the index, without decoding the chain."""
        return self.chains[index].label if self._label_at is None else self._label_at(index)

    @property
    def key(self) -> OrderKey:
        """The sort key."""
        number = self.filing_id if ACCESSION_NUMBER.fullmatch(self.filing_id) else _NO_NUMBER
        return OrderKey(self.day or date.min, self.accepted_at or _LAST, number, self.name or self.filing_id)

    @property
    def is_amendment(self) -> bool:
        """Whether the filing corrects an earlier one."""
        return self.form_type.endswith("/A")
