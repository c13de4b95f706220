"""The rules by which a chain is matched with a position, the strongest evidence first.

Each rule returns the position that a chain changes, among the candidates that are still free, or None.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from services.holdings.accounts import HeldPosition
from services.holdings.amounts import ONE, ZERO, nearly_equal
from services.holdings.chains import Chain
from services.holdings.footnotes import SplitRatio
from services.holdings.matching_candidates import MatchCandidates

_CENT: Final = Decimal("0.01")


def may_move(chain: Chain, position: HeldPosition) -> bool:
    """Return whether the chain may change the position.

    A chain that starts at 0 is another grant and does not change a position that is not empty. The exceptions are
    shares held directly, and a late report of how the position itself began: if its first account starts from 500, a
    late grant from 0 to 500 belongs to it.
    """
    if not chain.starts_at_zero or position.security.is_one_position:
        return True
    if not position.amount:
        return position.amount is not None or not any(account.kind == "holding" for account in position.accounts)
    first = position.accounts[0]
    return first.kind != "base" and bool(chain.after) and first.before == chain.after


def _best(chain: Chain, found: Sequence[HeldPosition]) -> HeldPosition | None:
    """Return the position whose label shares the most words with the chain's; of several, the latest reported."""
    if not found:
        return None
    may = [position for position in found if may_move(chain, position)]
    if len(may) <= 1:
        return may[0] if may else None
    return max(
        may, key=lambda position: (chain.holder.words_in_common(position.holder), position.day, position.current.filing)
    )


def _same_holder_continuing(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    """Return the holder's position whose current amount is the chain's `before`, exactly or within rounding."""
    before = chain.before
    if before is None:
        return None
    exact: list[HeldPosition] = []
    rounded: list[HeldPosition] = []
    for position in free.of_holder(chain):
        current = position.accounts[-1]
        if before in (current.after, current.filed_amount):
            exact.append(position)
        elif nearly_equal(current.after, before):
            rounded.append(position)
    return _best(chain, exact) or _best(chain, rounded)


def _same_holder_earlier(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    """Return the holder's position that had one of the chain's amounts before: a late report."""
    known = free.of_holder(chain)
    return _best(chain, [position for position in known if _held_before(chain, position, free)])


def _same_holder_after_split(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    """Return the holder's position whose amount becomes the chain's by a split ratio in a footnote."""
    ratios = [cited.fact for cited in chain.statements.ratios if isinstance(cited.fact, SplitRatio)]
    if not ratios or not chain.before:
        return None
    return _best(
        chain,
        [
            position
            for position in free.of_holder(chain)
            if position.amount and _splits(ratios, position.amount, chain.before)
        ],
    )


def _splits(ratios: Sequence[SplitRatio], amount: Decimal, into: Decimal) -> bool:
    return any(abs(ratio.applied_to(amount) - into) <= ONE for ratio in ratios)


def _other_label_continuing(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    """Return the position under a label that the filing does not use whose amount is the chain's `before`."""
    if not chain.before:
        return None
    return _best(chain, free.of_others(chain, chain.before))


def _other_label_earlier(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    """Return the position under an unused label that had one of the chain's amounts before."""
    if not chain.before or free.of_holder(chain):
        return None
    return _best(chain, [position for position in free.of_others(chain) if _held_before(chain, position, free)])


def _near_class(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    """Return the only position in a similar class whose amount is the chain's `before`: the title changed."""
    if not chain.before:
        return None
    found = [position for position in free.near(chain) if _terms_fit(chain, position)]
    return found[0] if len(found) == 1 else None


def _option_after_split(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    """Return the only option that a split turned into the chain's: amount times price is unchanged."""
    price = chain.security.exercise_price
    if price is None or not chain.before:
        return None
    found = [position for position in free.near_options(chain) if _split_into(position, chain.before, price)]
    return found[0] if len(found) == 1 else None


def _amount_not_updated(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    """Return the holder's position whose amount is the chain's `after`: the filer did not update it."""
    if chain.after is None or not chain.trades:
        return None
    return _best(chain, [position for position in free.of_holder(chain) if position.amount == chain.after])


def _same_holder(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    """Return any position of the holder, preferably one that is not empty."""
    known = free.of_holder(chain)
    if chain.before:
        known = [position for position in known if position.amount != ZERO] or known
    return _best(chain, [position for position in known if position.amount is not None] or known)


def _held_before(chain: Chain, position: HeldPosition, free: MatchCandidates) -> bool:
    """Return whether the chain starts from or ends at an earlier amount of the position."""
    if chain.before is not None and free.held_before(position, chain.before):
        return True
    return bool(chain.after) and chain.after is not None and free.held_before(position, chain.after)


def _terms_fit(chain: Chain, position: HeldPosition) -> bool:
    mine, its = chain.security, position.security
    return all(one is None or other is None or one == other for one, other in zip(mine[3:5], its[3:5], strict=True))


def _split_into(position: HeldPosition, amount: Decimal, price: Decimal) -> bool:
    """Return whether a split changed the option to this amount and price: their product is the same, to the cent.

    Example: 100 options at $30 became 300 at $10. Without a division, which would take most of the time.
    """
    known, before = position.security.exercise_price, position.amount
    if known is None or not before or known == price:
        return False
    return abs(known * before - amount * price) <= amount * _CENT


Rule = Callable[[MatchCandidates, Chain], HeldPosition | None]
RULES: Final[tuple[tuple[Rule, bool], ...]] = (
    (_same_holder_continuing, True),
    (_same_holder_earlier, True),
    (_same_holder_after_split, True),
    (_other_label_continuing, True),
    (_other_label_earlier, True),
    (_near_class, False),
    (_option_after_split, False),
    (_amount_not_updated, True),
    (_same_holder, True),
)
"""The rules in order. The flag is true for rules on chains whose class has positions, false if it has none."""
