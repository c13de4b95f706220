"""Amendments: which filing one corrects, and what it makes of that filing's account of a position."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import islice
from typing import Final, NamedTuple

from services.holdings.accounts import Account, HeldPosition
from services.holdings.amounts import ZERO, same
from services.holdings.chains import Chain, ChainStep, ChainSummary, running_amounts
from services.holdings.filed_report import FiledReport
from services.holdings.labels import SecurityClass
from services.holdings.matching_candidates import CROWD
from services.holdings.position_index import PositionIndex

_STEPS_COMPARED: Final = 256
"""Lines of an account that an amendment's lines are compared with; EDGAR accepts 30 per table and filing."""


class Correction(NamedTuple):
    """A position as an amendment corrects it, and the amount that the corrected lines start from."""

    held: HeldPosition
    ledger_before: Decimal | None


def original_of(amendment: FiledReport, earlier: Sequence[FiledReport]) -> int | None:
    """Return the place of the filing that an amendment corrects; None if it is not among the earlier ones.

    The amendment names its original by date; if no filing has that date, those with the amendment's period count. If
    several qualify, the original is the one that shares the most lines, then the latest.
    """
    form = amendment.form_type[0]
    of_form = [place for place, filing in enumerate(earlier) if filing.form_type[0] == form]
    originals = [place for place in of_form if not earlier[place].is_amendment] or of_form
    found: list[int] = []
    if amendment.original is not None:
        found = [place for place in originals if earlier[place].day == amendment.original]
    if not found and amendment.period is not None:
        found = [place for place in originals if earlier[place].period == amendment.period]
    if not found:
        return None
    mine = set(_lines(amendment.chains))
    return max(found, key=lambda place: (len(mine & set(_lines(earlier[place].chains))), place))


def _lines(chains: Iterable[Chain]) -> Iterable[object]:
    for chain in chains:
        for step in chain.steps:
            yield (chain.security.family, chain.holder.key, step)


class OriginalAccounts:
    """The accounts of one filing, as an amendment of it finds them: each a position and a place in it."""

    def __init__(self, original: int, positions: PositionIndex) -> None:
        self._original = original
        self._positions = positions
        self._classes: dict[SecurityClass, dict[str, list[tuple[HeldPosition, int]]]] = {}

    def target_of(self, chain: Chain) -> tuple[HeldPosition, int] | None:
        """Return the position that an amendment's chain corrects, and the index of the original's account in it."""
        by_holder = self._of_class(chain.security)
        same_holder = by_holder.get(chain.holder.key, [])
        if len(same_holder) == 1:
            return same_holder[0]
        amounts = {chain.before, chain.after} - {None}
        found = same_holder or (each for others in by_holder.values() for each in others)
        likely = (
            (held, place)
            for held, place in islice(found, CROWD)
            if amounts & {held.accounts[place].before, held.accounts[place].after}
        )
        return next(likely, same_holder[0] if same_holder else None)

    def _of_class(self, security: SecurityClass) -> dict[str, list[tuple[HeldPosition, int]]]:
        """Return the accounts in the class by their holders."""
        if security not in self._classes:
            by_holder = self._classes[security] = {}
            for held in self._positions.of_class(security):
                for place, account in enumerate(held.accounts):
                    if account.filing == self._original and account.kind in {"trades", "holding"}:
                        by_holder.setdefault(held.holder.key, []).append((held, place))
        return self._classes[security]


def as_one(chains: Sequence[Chain]) -> Chain:
    """Return the chains of an amendment that correct one account as one; beside trades, holding lines say nothing."""
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


def corrected(held: HeldPosition, at: int, steps: Sequence[ChainStep], chain: Chain, amendment: int) -> Correction:
    """Return the position as the amendment's chain corrects the account at a place; `steps` are its lines until now.

    Each line replaces one with its date and code. If the chain starts from the account's `before` and is at least as
    long, it replaces all lines. The account's `after` changes by the difference, unless the last line gives a new
    amount, and the following accounts are shifted. A holding line replaces the amount.
    """
    account = held.accounts[at]
    previous = held.accounts[at - 1].after if at else None
    new, ledger_before = _account(account, steps, previous, chain)
    if new.open is not None and not new.first and new.before == previous:
        new = new._replace(open=None)
    changed = shifted(held.with_replaced(at, new._replace(amended_by=amendment)), at, account.after)
    if at == len(held.accounts) - 1:
        changed = changed.relabelled(chain.label.with_terms_of(held.label))
    return Correction(changed, ledger_before)


def _account(
    account: Account, steps: Sequence[ChainStep], previous: Decimal | None, chain: Chain
) -> tuple[Account, Decimal | None]:
    """Return the corrected account, and the amount that the lines corrected by the chain start from."""
    if not chain.trades:
        after = chain.after if chain.after is not None else account.after
        before = after if account.kind == "holding" else account.before
        return account._replace(before=before, after=after), account.after
    mine = [step for step in chain.steps if step.is_trade]
    old = [step for step in steps if step.is_trade]
    if len(mine) >= len(old) and same(chain.before, account.before):
        new = account._replace(
            kind="trades", before=chain.before, after=chain.after, total=chain.total, steps=tuple(mine)
        )
        return new, previous
    replaced, added = _paired(mine, old[:_STEPS_COMPARED])
    lines = [mine[replaced[place]] if place in replaced else step for place, step in enumerate(old)]
    lines += [mine[place] for place in added]
    total = _sum(lines)
    moved = None if total is None or account.total is None else total - account.total
    after = account.after if moved is None or account.after is None else account.after + moved
    if not added and len(old) - 1 in replaced and lines[-1].stated is not None:
        after = lines[-1].stated
    before = account.before
    if 0 in replaced and lines[0].stated is not None and lines[0].moved is not None:
        before = lines[0].stated - lines[0].moved
    new = account._replace(kind="trades", before=before, after=after, total=total, steps=tuple(lines))
    return new, _amount_before(min(replaced, default=len(old)), account, old, previous)


def _paired(mine: Sequence[ChainStep], old: Sequence[ChainStep]) -> tuple[dict[int, int], list[int]]:
    """Return which old line each of mine takes the place of (greedy, the most alike first), and which are added."""
    replaced: dict[int, int] = {}
    paired: set[int] = set()
    for alike in (
        lambda one, other: one.stated == other.stated and one.moved == other.moved,
        lambda one, other: one.stated == other.stated,
        lambda one, other: one.before == other.before is not None,
        lambda one, other: one.moved == other.moved,
        lambda _one, _other: True,
    ):
        for number, step in enumerate(mine):
            if number in paired:
                continue
            fits = (
                place
                for place, known in enumerate(old)
                if place not in replaced and (known.day, known.code) == (step.day, step.code) and alike(step, known)
            )
            if (place := next(fits, None)) is not None:
                replaced[place] = number
                paired.add(number)
    return replaced, [number for number in range(len(mine)) if number not in paired]


def _amount_before(
    place: int, account: Account, steps: Sequence[ChainStep], previous: Decimal | None
) -> Decimal | None:
    """Return what was held before a line of the account; before its first line, what the ledger held."""
    if place == 0 and previous is not None:
        return previous
    amounts = running_amounts(account.before, steps)
    return amounts[place] if place < len(amounts) else account.after


def _sum(steps: Iterable[ChainStep]) -> Decimal | None:
    moves = [step.moved for step in steps]
    known = [moved for moved in moves if moved is not None]
    return sum(known, ZERO) if len(known) == len(moves) else None


def shifted(held: HeldPosition, place: int, uncorrected: Decimal | None) -> HeldPosition:
    """Return the position with a correction carried on.

    Accounts that were built on the mistake are shifted, up to the first that was not. If that one starts from the
    corrected amount, it leaves nothing open.
    """
    accounts = list(held.accounts)
    for following in range(place + 1, len(accounts)):
        account, before = accounts[following], accounts[following - 1].after
        if before is None:
            break
        if account.before == before:
            accounts[following] = account._replace(open=None if not account.first else account.open)
            break
        if account.before != uncorrected or account.after is None or account.kind == "holding":
            break
        uncorrected = account.after
        accounts[following] = account._replace(before=before, after=account.after + before - (account.before or ZERO))
    return held._replace(accounts=tuple(accounts))
