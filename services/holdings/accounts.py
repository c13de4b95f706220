"""Accounts: a position's amounts according to each filing, in order. The last account is the current one."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from contracts.holding_changed import Explanation
from services.holdings.amounts import Unit, nearly_equal
from services.holdings.chains import ChainStep
from services.holdings.labels import Holder, Label, SecurityClass

AccountKind = Literal["trades", "holding", "ended", "base"]
"""`ended` closes a position without a line in the filing; `base` replaces all older accounts."""

UNCONFIRMED_FROM: Final = 2
"""Later filings that trade in the class and omit a position, from which on the position is unconfirmed."""


class Account(NamedTuple):
    """The amounts of a position according to a single filing.

    - `filing`: the filing's number in the book, -1 for a base; `chains`: the indexes of its chains.
    - `before`, `after`: the amounts; `total`: the sum of the signed lines.
    - `still_unexplained`: the change between the previous account and this one that is not explained yet. For a
      position's first account it is the amount that the position appeared with, and `is_first_amount` is true.
    - `filed_amount`: the amount following as filed, if the ledger treats it as stale.
    - `pending`: the shares of a late report that later accounts do not include yet.
    - `amended_by`: the number of the amendment, and `steps`: the lines as amended.
    - `base_filing_id`: the id of the filing that a base rests on.
    - `label`: how the filing labels the position.
    - `converts_into`: the number of underlying shares of a derivative held in an unknown amount.
    """

    filing: int
    chains: tuple[int, ...]
    kind: AccountKind
    day: date | None
    before: Decimal | None
    after: Decimal | None
    total: Decimal | None
    explanation: Explanation | None = None
    still_unexplained: Decimal | None = None
    is_first_amount: bool = False
    filed_amount: Decimal | None = None
    pending: Decimal | None = None
    amended_by: int | None = None
    steps: tuple[ChainStep, ...] | None = None
    base_filing_id: str = ""
    label: Label | None = None
    converts_into: Decimal | None = None

    @property
    def sort_day(self) -> date:
        """The day by which accounts are sorted; the earliest possible date if the account has none."""
        return self.day or date.min

    @property
    def filing_in_force(self) -> int:
        """The number of the filing that the account rests on: the amendment if there is one."""
        return self.filing if self.amended_by is None else self.amended_by


class HeldPosition(NamedTuple):
    """A position of the ledger: its label and its accounts, at least one, the current one last.

    `absences` counts the later filings that trade in the class and do not list the position.
    """

    position_id: str
    label: Label
    security: SecurityClass
    holder: Holder
    unit: Unit
    accounts: tuple[Account, ...]
    absences: int = 0

    @classmethod
    def labelled(
        cls, label: Label, position_id: str, unit: Unit, accounts: tuple[Account, ...], absences: int = 0
    ) -> "HeldPosition":
        """Return a position under a label."""
        return cls(position_id, label, label.security, label.holder, unit, accounts, absences)

    def relabelled(self, label: Label) -> "HeldPosition":
        """Return the position under another label."""
        if label == self.label:
            return self
        return self._replace(label=label, security=label.security, holder=label.holder)

    @property
    def current(self) -> Account:
        """The latest account, which determines what is held now."""
        return self.accounts[-1]

    @property
    def amount(self) -> Decimal | None:
        """The amount held now; None if unknown."""
        return self.accounts[-1].after

    @property
    def day(self) -> date:
        """The day of the current amount; the earliest possible date if it has none."""
        return self.accounts[-1].sort_day

    def was_held_by(self, holder: str) -> bool:
        """Return whether the position or one of its accounts names the holder with that key."""
        own = self.label
        others = [label for account in self.accounts if (label := account.label) is not own and label is not None]
        return self.holder.key == holder or any(label.holder.key == holder for label in others)

    def with_inserted_account(self, index: int, account: Account) -> "HeldPosition":
        """Return the position with the account inserted at the index."""
        return self._replace(accounts=(*self.accounts[:index], account, *self.accounts[index:]))

    def with_replaced_account(self, index: int, account: Account) -> "HeldPosition":
        """Return the position with the account at the index replaced."""
        return self._replace(accounts=(*self.accounts[:index], account, *self.accounts[index + 1 :]))


def insertion_index(
    accounts: Sequence[Account], before: Decimal | None, after: Decimal | None, day: date | None
) -> int:
    """Return the index at which a new account belongs among a position's accounts.

    An account with the latest date goes last. So does one that starts from the current amount, unless it fits between
    two older accounts in both time and amounts. Any other account goes between the two that it connects, else before
    one that starts from its `after`, else by date.

    Example: the accounts end at 100, 80 and 50, in this order. A late account from 100 to 80 goes before the one from
    80 to 50, whatever its date.
    """
    last = accounts[-1]
    continues = nearly_equal(last.after, before)
    when = day or date.min
    if when > last.sort_day or (continues and when == last.day):
        return len(accounts)
    linking = _linking_index(accounts, before, after, when)
    if continues:
        return linking if linking is not None and _in_time(accounts, linking, when) else len(accounts)
    if linking is not None:
        return linking
    leading = _leading_index(accounts, before, after, when)
    return leading if leading is not None else _index_by_day(accounts, when)


def _linking_index(
    accounts: Sequence[Account], before: Decimal | None, after: Decimal | None, when: date
) -> int | None:
    """Return the index at which both neighbours continue, preferably one that also fits in time; None if none does."""
    found = [
        index
        for index in range(1, len(accounts))
        if nearly_equal(accounts[index - 1].after, before) and nearly_equal(accounts[index].before, after)
    ]
    return next((index for index in found if _in_time(accounts, index, when)), found[-1] if found else None)


def _leading_index(
    accounts: Sequence[Account], before: Decimal | None, after: Decimal | None, when: date
) -> int | None:
    """Return the index of the account that starts from `after`, preferably one that is not earlier; None if none does.

    Holding lines (`before` equals `after`) lead only to a later account of trades.
    """
    leading = [index for index, account in enumerate(accounts) if nearly_equal(account.before, after)]
    if not leading:
        return None
    if before != after:
        return next((index for index in leading if when <= accounts[index].sort_day), leading[-1])
    first = accounts[leading[0]]
    return leading[0] if first.kind == "trades" and when <= first.sort_day else None


def _index_by_day(accounts: Sequence[Account], when: date) -> int:
    """Return the index of the first later account: of equal days, the account goes behind those already there."""
    return next((index for index, account in enumerate(accounts) if account.sort_day > when), len(accounts))


def _in_time(accounts: Sequence[Account], index: int, when: date) -> bool:
    earlier, later = accounts[index - 1].day or date.min, accounts[index].day or date.max
    return earlier <= when <= later
