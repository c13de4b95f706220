"""Posting: a movement's account put into its position, and what that does to the accounts beside it. Pure."""

from services.holdings.accounts import Account, AccountKind, HeldPosition
from services.holdings.amounts import ZERO, same
from services.holdings.filed_report import FiledReport
from services.holdings.position_changes import PositionChange


def opened(movement: PositionChange, filing: FiledReport, number: int) -> HeldPosition:
    """Return the position that a movement opens.

    The amount that it appears with may have come from another position; not on a Form 3, which lists all there is.
    """
    account = _account(movement, number)
    if account.after is None and movement.total is not None and movement.before is not None:
        account = account._replace(after=movement.before + movement.total)
    if movement.before and not movement.first_taken and filing.form_type[0] != "3":
        account = account._replace(open=movement.before, first=True)
    return HeldPosition.under(movement.label, movement.position_id, movement.unit, (account,))


def posted(held: HeldPosition, movement: PositionChange, number: int) -> HeldPosition:
    """Return the position with the movement's account in its place."""
    account = _account(movement, number)
    if account.after is None:
        account = _moved_by_its_lines(account, movement)
    return _appended(held, account, movement) if movement.is_last else _inserted(held, account, movement)


def _account(movement: PositionChange, number: int) -> Account:
    # Of equal labels the position's own: what is the same object is compared fastest.
    own = movement.held.label if movement.held is not None else movement.label
    label = own if own == movement.label else movement.label
    kind: AccountKind = "trades" if movement.trades else "holding"
    before, after, total = movement.before, movement.after, movement.total
    still_open = movement.unexplained if movement.explanation == "unknown" else None
    converts_into = movement.converts_into if after is None else None
    return Account(
        number, movement.chains, kind, movement.day, before, after, total, movement.explanation, still_open, False,
        movement.filed, None, None, None, "", label, converts_into,
    )  # fmt: skip


def _moved_by_its_lines(account: Account, movement: PositionChange) -> Account:
    """Return the account of lines that state no amount: the position moves by their signed shares."""
    before = movement.ledger_before
    after = before if movement.total is None or before is None else before + movement.total
    return account._replace(before=before, after=after)


def _appended(held: HeldPosition, account: Account, movement: PositionChange) -> HeldPosition:
    last = held.current
    if last.filed is not None and account.before == last.filed != last.after:
        held = held.with_replaced(len(held.accounts) - 1, _as_filed(last, held))
    label = movement.label.with_terms_of(held.label)
    unit = movement.unit if account.after is not None else held.unit
    accounts = (*held.accounts, account)
    if label == held.label:
        return HeldPosition(held.position_id, held.label, held.security, held.holder, unit, accounts)
    return HeldPosition.under(label, held.position_id, unit, accounts)


def _as_filed(last: Account, held: HeldPosition) -> Account:
    """Return an account that was taken for stale as it was filed: a later one begins at its amount."""
    filed = last.filed
    before = None if filed is None or last.total is None else filed - last.total
    previous = held.accounts[-2].after if len(held.accounts) > 1 else None
    gap = None if before is None or previous is None else before - previous
    return last._replace(before=before, after=filed, filed=None, explanation="unknown", open=gap)


def _inserted(held: HeldPosition, account: Account, movement: PositionChange) -> HeldPosition:
    """Return the position with an account before others: it closes the next one's gap, or is owed by later ones."""
    later = held.accounts[movement.place]
    if same(later.before, account.after):
        later = later._replace(open=None)
    elif movement.closes is not None and later.open is not None:
        later = later._replace(open=later.open - (movement.total or ZERO))
    elif movement.trades and movement.total:
        account = account._replace(owed=movement.total)
    return held.with_replaced(movement.place, later).with_account(movement.place, account)
