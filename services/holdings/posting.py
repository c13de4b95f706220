"""Post a change to its position: insert its account, and adjust the accounts next to it. Pure."""

from services.holdings.accounts import Account, AccountKind, HeldPosition
from services.holdings.amounts import ZERO, nearly_equal
from services.holdings.filed_report import FiledReport
from services.holdings.position_changes import PositionChange


def open_position(change: PositionChange, filing: FiledReport, number: int) -> HeldPosition:
    """Return the position that a change opens.

    The amount that it appears with stays unexplained, as it may come from another position. On a Form 3, which lists
    everything held, it does not.
    """
    account = _account(change, number)
    if account.after is None and change.total is not None and change.before is not None:
        account = account._replace(after=change.before + change.total)
    if change.before and not change.first_amount_explained and filing.form_type[0] != "3":
        account = account._replace(still_unexplained=change.before, is_first_amount=True)
    return HeldPosition.labelled(change.label, change.position_id, change.unit, (account,))


def post_change(position: HeldPosition, change: PositionChange, number: int) -> HeldPosition:
    """Return the position with the change's account inserted."""
    account = _account(change, number)
    if account.after is None:
        account = _computed_from_lines(account, change)
    return _appended(position, account, change) if change.is_last else _inserted(position, account, change)


def _account(change: PositionChange, number: int) -> Account:
    # Prefer the position's own label if equal: comparing an object with itself is fastest.
    own = change.position.label if change.position is not None else change.label
    label = own if own == change.label else change.label
    kind: AccountKind = "trades" if change.trades else "holding"
    before, after, total = change.before, change.after, change.total
    still_open = change.unexplained if change.explanation == "unknown" else None
    converts_into = change.converts_into if after is None else None
    return Account(
        number, change.chains, kind, change.day, before, after, total, change.explanation, still_open, False,
        change.filed_amount, None, None, None, "", label, converts_into,
    )  # fmt: skip


def _computed_from_lines(account: Account, change: PositionChange) -> Account:
    """Return the account of lines without an amount: the position changes by their signed shares."""
    before = change.ledger_before
    after = before if change.total is None or before is None else before + change.total
    return account._replace(before=before, after=after)


def _appended(position: HeldPosition, account: Account, change: PositionChange) -> HeldPosition:
    last = position.current
    if last.filed_amount is not None and account.before == last.filed_amount != last.after:
        position = position.with_replaced_account(len(position.accounts) - 1, _restore_filed_amount(last, position))
    label = change.label.with_terms_of(position.label)
    unit = change.unit if account.after is not None else position.unit
    accounts = (*position.accounts, account)
    if label == position.label:
        return HeldPosition(position.position_id, position.label, position.security, position.holder, unit, accounts)
    return HeldPosition.labelled(label, position.position_id, unit, accounts)


def _restore_filed_amount(last: Account, position: HeldPosition) -> Account:
    """Return an account treated as stale with its amount as filed, because a later account starts from that amount."""
    filed = last.filed_amount
    before = None if filed is None or last.total is None else filed - last.total
    previous = position.accounts[-2].after if len(position.accounts) > 1 else None
    gap = None if before is None or previous is None else before - previous
    return last._replace(before=before, after=filed, filed_amount=None, explanation="unknown", still_unexplained=gap)


def _inserted(position: HeldPosition, account: Account, change: PositionChange) -> HeldPosition:
    """Return the position with an account before others: it closes the next one's gap, or stays pending."""
    later = position.accounts[change.account_index]
    if nearly_equal(later.before, account.after):
        later = later._replace(still_unexplained=None)
    elif change.gap_closed_at is not None and later.still_unexplained is not None:
        later = later._replace(still_unexplained=later.still_unexplained - (change.total or ZERO))
    elif change.trades and change.total:
        account = account._replace(pending=change.total)
    return position.with_replaced_account(change.account_index, later).with_inserted_account(
        change.account_index, account
    )
