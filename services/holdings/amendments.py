"""Amendments: find the filing that an amendment corrects, and correct that filing's accounts."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import islice
from typing import Final, NamedTuple

from services.holdings.accounts import Account, HeldPosition
from services.holdings.amounts import ZERO, nearly_equal
from services.holdings.chains import Chain, ChainStep, ChainSummary, running_amounts
from services.holdings.filed_report import FiledReport
from services.holdings.labels import SecurityClass
from services.holdings.matching_candidates import CROWD
from services.holdings.position_index import PositionIndex

_STEPS_COMPARED: Final = 256
"""Lines of an account that an amendment's lines are compared with: EDGAR accepts 30 per table and filing."""


class Correction(NamedTuple):
    """A corrected position, and the amount that the corrected lines start from."""

    position: HeldPosition
    ledger_before: Decimal | None


def find_original(amendment: FiledReport, earlier: Sequence[FiledReport]) -> int | None:
    """Return the index of the filing that an amendment corrects; None if it is not among the earlier ones.

    The amendment identifies its original by date. If no filing has that date, the filings of the amendment's period
    qualify. Of several, the one that shares the most lines is chosen, then the latest.
    """
    form = amendment.form_type[0]
    of_form = [index for index, filing in enumerate(earlier) if filing.form_type[0] == form]
    originals = [index for index in of_form if not earlier[index].is_amendment] or of_form
    found: list[int] = []
    if amendment.original is not None:
        found = [index for index in originals if earlier[index].day == amendment.original]
    if not found and amendment.period is not None:
        found = [index for index in originals if earlier[index].period == amendment.period]
    if not found:
        return None
    mine = set(_lines(amendment.chains))
    return max(found, key=lambda index: (len(mine & set(_lines(earlier[index].chains))), index))


def _lines(chains: Iterable[Chain]) -> Iterable[object]:
    for chain in chains:
        for step in chain.steps:
            yield (chain.security.family, chain.holder.key, step)


class OriginalAccounts:
    """Finds the accounts of the original filing. Each is identified by its position and its index there."""

    def __init__(self, original: int, positions: PositionIndex) -> None:
        self._original = original
        self._positions = positions
        self._classes: dict[SecurityClass, dict[str, list[tuple[HeldPosition, int]]]] = {}

    def find_target(self, chain: Chain) -> tuple[HeldPosition, int] | None:
        """Return the position that an amendment's chain corrects, and the index of the original's account in it."""
        by_holder = self._of_class(chain.security)
        same_holder = by_holder.get(chain.holder.key, [])
        if len(same_holder) == 1:
            return same_holder[0]
        amounts = {chain.before, chain.after} - {None}
        found = same_holder or (each for others in by_holder.values() for each in others)
        likely = (
            (position, index)
            for position, index in islice(found, CROWD)
            if amounts & {position.accounts[index].before, position.accounts[index].after}
        )
        return next(likely, same_holder[0] if same_holder else None)

    def _of_class(self, security: SecurityClass) -> dict[str, list[tuple[HeldPosition, int]]]:
        """Return the original's accounts in the class, by holder."""
        if security not in self._classes:
            by_holder = self._classes[security] = {}
            for position in self._positions.of_class(security):
                for index, account in enumerate(position.accounts):
                    if account.filing == self._original and account.kind in {"trades", "holding"}:
                        by_holder.setdefault(position.holder.key, []).append((position, index))
        return self._classes[security]


def merge_chains(chains: Sequence[Chain]) -> Chain:
    """Merge the chains of an amendment that correct one account. Holding lines are ignored if there are trades."""
    moving = [chain for chain in chains if chain.trades] or list(chains)
    if len(moving) == 1:
        return moving[0]
    totals = [chain.total for chain in moving]
    known = [total for total in totals if total is not None]
    total = sum(known, ZERO) if len(known) == len(totals) else None
    return moving[-1]._replace(
        steps=tuple(step for chain in moving for step in chain.steps),
        summary=ChainSummary(moving[0].before, moving[-1].after, total),
    )


def apply_correction(
    position: HeldPosition, at: int, steps: Sequence[ChainStep], chain: Chain, amendment: int
) -> Correction:
    """Correct the account at the index by the amendment's chain; `steps` are the account's lines so far.

    Each line replaces one of the same date and code. If the chain starts from the account's `before` and is at least as
    long, it replaces all lines. The account's `after` changes by the difference, unless the last line contains a new
    amount. The following accounts are shifted. A holding line replaces the amount.

    Example: a sale of 10 that left 90 is corrected to a sale of 30 without an amount. The account's `after` becomes 70,
    and a following purchase of 5 leaves 75 instead of 95.
    """
    account = position.accounts[at]
    previous = position.accounts[at - 1].after if at else None
    new, ledger_before = _correct_account(account, steps, previous, chain)
    if new.still_unexplained is not None and not new.is_first_amount and new.before == previous:
        new = new._replace(still_unexplained=None)
    changed = shift_later_accounts(
        position.with_replaced_account(at, new._replace(amended_by=amendment)), at, account.after
    )
    if at == len(position.accounts) - 1:
        changed = changed.relabelled(chain.label.with_terms_of(position.label))
    return Correction(changed, ledger_before)


def _correct_account(
    account: Account, steps: Sequence[ChainStep], previous: Decimal | None, chain: Chain
) -> tuple[Account, Decimal | None]:
    """Return the corrected account, and the amount that the corrected lines start from."""
    if not chain.trades:
        after = chain.after if chain.after is not None else account.after
        before = after if account.kind == "holding" else account.before
        return account._replace(before=before, after=after), account.after
    mine = [step for step in chain.steps if step.is_trade]
    old = [step for step in steps if step.is_trade]
    if len(mine) >= len(old) and nearly_equal(chain.before, account.before):
        new = account._replace(
            kind="trades", before=chain.before, after=chain.after, total=chain.total, steps=tuple(mine)
        )
        return new, previous
    return _replace_lines(account, mine, old, previous)


def _replace_lines(
    account: Account, mine: Sequence[ChainStep], old: Sequence[ChainStep], previous: Decimal | None
) -> tuple[Account, Decimal | None]:
    """Return the account with the amendment's lines in place of the old ones, and the amount they start from."""
    replaced, added = _pair_lines(mine, old[:_STEPS_COMPARED])
    lines = [mine[replaced[index]] if index in replaced else step for index, step in enumerate(old)]
    lines += [mine[index] for index in added]
    total = _total_of(lines)
    delta = None if total is None or account.total is None else total - account.total
    after = account.after if delta is None or account.after is None else account.after + delta
    if not added and len(old) - 1 in replaced and lines[-1].reported_after is not None:
        after = lines[-1].reported_after
    before = account.before
    if 0 in replaced and lines[0].reported_after is not None and lines[0].delta is not None:
        before = lines[0].reported_after - lines[0].delta
    new = account._replace(kind="trades", before=before, after=after, total=total, steps=tuple(lines))
    return new, _amount_before(min(replaced, default=len(old)), account, old, previous)


def _pair_lines(mine: Sequence[ChainStep], old: Sequence[ChainStep]) -> tuple[dict[int, int], list[int]]:
    """Return the old line that each new line replaces, as new by old index, and the new lines that are added.

    Greedy matching in rounds of decreasing similarity: O(n·m) for n new and m old lines.
    """
    replaced: dict[int, int] = {}
    paired: set[int] = set()
    for similar in (
        lambda one, other: one.reported_after == other.reported_after and one.delta == other.delta,
        lambda one, other: one.reported_after == other.reported_after,
        lambda one, other: one.before == other.before is not None,
        lambda one, other: one.delta == other.delta,
        lambda _one, _other: True,
    ):
        for number, step in enumerate(mine):
            if number in paired:
                continue
            fits = (
                index
                for index, known in enumerate(old)
                if index not in replaced and (known.day, known.code) == (step.day, step.code) and similar(step, known)
            )
            if (index := next(fits, None)) is not None:
                replaced[index] = number
                paired.add(number)
    return replaced, [number for number in range(len(mine)) if number not in paired]


def _amount_before(
    index: int, account: Account, steps: Sequence[ChainStep], previous: Decimal | None
) -> Decimal | None:
    """Return the amount before a line of the account; before the first line, the ledger's amount."""
    if index == 0 and previous is not None:
        return previous
    amounts = running_amounts(account.before, steps)
    return amounts[index] if index < len(amounts) else account.after


def _total_of(steps: Iterable[ChainStep]) -> Decimal | None:
    moves = [step.delta for step in steps]
    known = [delta for delta in moves if delta is not None]
    return sum(known, ZERO) if len(known) == len(moves) else None


def shift_later_accounts(position: HeldPosition, index: int, uncorrected: Decimal | None) -> HeldPosition:
    """Carry a correction forward to the accounts after the index.

    Accounts that started from the uncorrected amount are shifted, up to the first that did not. If that one starts from
    the corrected amount, its change is no longer unexplained.
    """
    accounts = list(position.accounts)
    for following in range(index + 1, len(accounts)):
        account, before = accounts[following], accounts[following - 1].after
        if before is None:
            break
        if account.before == before:
            accounts[following] = account._replace(
                still_unexplained=None if not account.is_first_amount else account.still_unexplained
            )
            break
        if account.before != uncorrected or account.after is None or account.kind == "holding":
            break
        uncorrected = account.after
        accounts[following] = account._replace(before=before, after=account.after + before - (account.before or ZERO))
    return position._replace(accounts=tuple(accounts))
