"""What a filing's trades don't explain, classified by evidence: rounding, line error, transfer, split, or unknown."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from contracts.holding_changed import Explanation
from services.holdings.amounts import ONE, ZERO
from services.holdings.book import Held
from services.holdings.moves import Move

_FEWEST_SHARES: Final = Decimal(100)
"""Below this a whole ratio is as likely chance as a split."""

_RATIOS: Final = frozenset({*range(2, 11), 12, *range(15, 101, 5)})
"""The ratios that companies split by; a 48 is chance."""


def explanation_of(move: Move, moves: Sequence[Move], unexplained: Iterable[Held]) -> Explanation | None:
    """Why the trades don't add up; None where they do, or where it cannot be known.

    `moves` are all of the filing's, `unexplained` the positions that an earlier filing left so.
    """
    rest = move.unexplained
    if not rest:
        return None
    if abs(rest) <= ONE:
        return "rounding"
    if _is_line_error(move, rest):
        return "line_error"
    if _is_transfer(move, rest, moves) or counterpart_of(move, unexplained) is not None:
        return "transfer"
    if _is_split(move, moves):
        return "split"
    return "unknown"


def _is_line_error(move: Move, rest: Decimal) -> bool:
    """Whether lines with the wrong sign account for all of it: those that their own amounts deny, or any one."""
    denied = [sum(move.chain.contradicting, ZERO)] if move.chain.contradicting else []
    lines = [moved for moved in move.chain.moves if moved]
    return any(_cancel(rest, 2 * wrong) for wrong in (*denied, *lines))


def counterpart_of(move: Move, unexplained: Iterable[Held]) -> Held | None:
    """The owner's position in the security that an earlier filing left unexplained by just as much the other way."""
    if not move.unexplained:
        return None
    for held in unexplained:
        if held.unexplained is None or held.security is None or held is move.held:
            continue
        same = held.security.security == move.chain.security.security
        if same and _cancel(move.unexplained, held.unexplained):
            return held
    return None


def still_unexplained(move: Move, explanation: Explanation | None) -> Decimal | None:
    """What remains unexplained of the position after the move, for a later filing to explain.

    A filing that adds up leaves an older difference as open as it was: a transfer out is often reported with the next
    sale, and the transfer in only with the trust's own next line.
    """
    if explanation == "unknown":
        return move.unexplained
    return None if move.held is None else move.held.unexplained


def _is_transfer(move: Move, rest: Decimal, moves: Sequence[Move]) -> bool:
    """Whether it nets to zero against the owner's other positions in the security, in this filing."""
    security = move.chain.security.security
    others = [_flow(other) for other in moves if other is not move and other.chain.security.security == security]
    flows = [flow for flow in others if abs(flow) > ONE]
    return any(_cancel(rest, flow) for flow in flows) or (bool(flows) and _cancel(rest, sum(flows, ZERO)))


def _flow(move: Move) -> Decimal:
    """What came or went without a trade; a position taken in silently came from somewhere, as a whole."""
    if move.unexplained is not None:
        return move.unexplained
    taken_in = move.first_known and not move.chain.transactions
    return move.after if taken_in and move.after is not None else ZERO


def _cancel(one: Decimal, other: Decimal) -> bool:
    return abs(one + other) <= ONE


def _is_split(move: Move, moves: Sequence[Move]) -> bool:
    """Whether a whole ratio, forward or reverse, holds over all the owner's positions of the security in the filing.

    A position that was up to date more recently may have been split already, and is no evidence against.
    """
    ratio = _ratio(move)
    if ratio is None:
        return False
    for other in moves:
        if other is move or other.chain.security.security != move.chain.security.security or not other.before:
            continue
        if other.unexplained is None or (not other.unexplained and _fresher(other, move)):
            continue
        if _ratio(other) != ratio:
            return False
    return True


def _fresher(other: Move, move: Move) -> bool:
    one, two = (each.held.as_of if each.held is not None else None for each in (other, move))
    return one is not None and two is not None and one > two


def _ratio(move: Move) -> tuple[int, int] | None:
    """The split that makes what was held before into what the chain starts from: (5, 1), (1, 20); None where none does.

    Fractions are paid out in cash, so up to one share may be missing.
    """
    if move.before is None or move.after is None or move.reported is None:
        return None
    before, start = move.before, move.after - move.reported
    if min(before, start) < _FEWEST_SHARES:
        return None
    times = int((max(before, start) / min(before, start)).to_integral_value())
    if times not in _RATIOS:
        return None
    if start > before:
        return (times, 1) if abs(start - before * times) <= ONE else None
    return (1, times) if abs(start - before / times) <= ONE else None
