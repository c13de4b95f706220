"""Accounts: a position's amounts by filing, and the order of the accounts, of which the last is current."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from contracts.holding_changed import Explanation
from services.holdings.amounts import Unit, same
from services.holdings.chains import ChainStep
from services.holdings.labels import Holder, Label, SecurityClass

AccountKind = Literal["trades", "holding", "moved", "base"]
"""`moved` is the end of a position that went to another as a whole; `base` stands for all older accounts."""

UNCONFIRMED_FROM: Final = 2
"""Later filings trading in the class without listing a position, from which on it is unconfirmed."""


class Account(NamedTuple):
    """A position's amounts according to a single filing.

    `filing` is the filing's number in the book, `chains` the places of its chains. `before` and `after` are amounts,
    `total` their lines added up with signs. `open` is what is still unexplained between the account before this one and
    this one; for a position's first account, the amount it appeared with (`first`). `filed` is the amount following as
    filed, if the ledger corrected it as stale. `owed` is what later accounts do not include yet. `steps` are the lines
    as amended, if they were; `amended_by` is the amendment's number. A base has no filing (-1): `source` is the id of
    the one it rests on. `label` is how the filing labels the position. `converts_into` is what a derivative held in an
    unknown amount converts into.
    """

    filing: int
    chains: tuple[int, ...]
    kind: AccountKind
    day: date | None
    before: Decimal | None
    after: Decimal | None
    total: Decimal | None
    explanation: Explanation | None = None
    open: Decimal | None = None
    first: bool = False
    filed: Decimal | None = None
    owed: Decimal | None = None
    amended_by: int | None = None
    steps: tuple[ChainStep, ...] | None = None
    source: str = ""
    label: Label | None = None
    converts_into: Decimal | None = None

    @property
    def speaks_for(self) -> int:
        """The number of the filing that the account rests on: the amendment, if there is one."""
        return self.filing if self.amended_by is None else self.amended_by


class HeldPosition(NamedTuple):
    """A position as the ledger knows it: its label, and its accounts, the current one last. Never without accounts.

    `missed` counts the later filings that trade in the class and do not list it.
    """

    position_id: str
    label: Label
    security: SecurityClass
    holder: Holder
    unit: Unit
    accounts: tuple[Account, ...]
    missed: int = 0

    @classmethod
    def under(
        cls, label: Label, position_id: str, unit: Unit, accounts: tuple[Account, ...], missed: int = 0
    ) -> "HeldPosition":
        """Return a position under a label."""
        return cls(position_id, label, label.security, label.holder, unit, accounts, missed)

    def relabelled(self, label: Label) -> "HeldPosition":
        """Return the position under another label."""
        if label == self.label:
            return self
        return self._replace(label=label, security=label.security, holder=label.holder)

    @property
    def current(self) -> Account:
        """The account that says what is held now."""
        return self.accounts[-1]

    @property
    def amount(self) -> Decimal | None:
        """What is held now; None if unknown."""
        return self.accounts[-1].after

    @property
    def day(self) -> date:
        """The day that the amount is of; the earliest there is if it has no date."""
        return self.accounts[-1].day or date.min

    def has_borne(self, holder: str) -> bool:
        """Return whether one of its accounts names the holder with that key."""
        own = self.label
        others = [label for account in self.accounts if (label := account.label) is not own and label is not None]
        return self.holder.key == holder or any(label.holder.key == holder for label in others)

    def with_account(self, place: int, account: Account) -> "HeldPosition":
        """Return the position with the account at a place."""
        return self._replace(accounts=(*self.accounts[:place], account, *self.accounts[place:]))

    def with_replaced(self, place: int, account: Account) -> "HeldPosition":
        """Return the position with another account in a place."""
        return self._replace(accounts=(*self.accounts[:place], account, *self.accounts[place + 1 :]))


def place_of(accounts: Sequence[Account], before: Decimal | None, after: Decimal | None, day: date | None) -> int:
    """Return where an account goes among a position's.

    A newer date puts it last. An account that starts from the current amount also comes last, unless it fits between
    two older ones in time and amounts. Any other account is put between the two that it connects, else ahead of one
    that starts from its `after`, else by date. If the dates are equal, it follows the accounts of earlier filings.
    """
    last = accounts[-1]
    goes_on = same(last.after, before)
    when = day or date.min
    if when > (last.day or date.min) or (goes_on and when == last.day):
        return len(accounts)
    linked = _linked(accounts, before, after, when)
    if goes_on:
        return linked if linked is not None and _in_time(accounts, linked, when) else len(accounts)
    if linked is not None:
        return linked
    leading = [place for place, account in enumerate(accounts) if same(account.before, after)]
    if leading and before != after:
        return next((place for place in leading if when <= (accounts[place].day or date.min)), leading[-1])
    if leading and accounts[leading[0]].kind == "trades" and when <= (accounts[leading[0]].day or date.min):
        return leading[0]
    return next((place for place, account in enumerate(accounts) if (account.day or date.min) > when), len(accounts))


def _linked(accounts: Sequence[Account], before: Decimal | None, after: Decimal | None, when: date) -> int | None:
    """Return the place where both sides continue, one that is right in time if there are several."""
    found = [
        place
        for place in range(1, len(accounts))
        if same(accounts[place - 1].after, before) and same(accounts[place].before, after)
    ]
    return next((place for place in found if _in_time(accounts, place, when)), found[-1] if found else None)


def _in_time(accounts: Sequence[Account], place: int, when: date) -> bool:
    earlier, later = accounts[place - 1].day or date.min, accounts[place].day or date.max
    return earlier <= when <= later
