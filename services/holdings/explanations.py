"""What a filing's trades don't explain, classified by evidence: rounding, line error, transfer, split, or unknown."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from math import floor

from contracts.holding_changed import Explanation
from contracts.section16 import Table
from services.holdings.amounts import ONE, ZERO
from services.holdings.book import Held
from services.holdings.moves import Move
from services.holdings.splits import SplitRatio, split_ratio


class Evidence:
    """What else is known where a move of a filing does not add up: its other moves, and what was open before it.

    `unexplained` are the positions that earlier filings left so, in the book's order.
    """

    def __init__(self, moves: Sequence[Move], unexplained: Sequence[Held]) -> None:
        self._moves = moves
        self._unexplained = unexplained

    def of(self, move: Move) -> "_OfSecurity":
        """What the filing's moves in the same security have in common."""
        return self._by_security[move.chain.security.security]

    def counterpart_of(self, move: Move) -> Held | None:
        """The owner's position in the security that an earlier filing left as much the other way."""
        if not move.unexplained:
            return None
        wanted, security = -move.unexplained, move.chain.security.security
        found = [
            (place, held)
            for whole in _around(wanted)
            for place, held in self._open_by_amount.get((security, whole), ())
            if held is not move.held and held.unexplained is not None and abs(wanted - held.unexplained) <= ONE
        ]
        return min(found, key=lambda each: each[0])[1] if found else None

    @cached_property
    def _by_security(self) -> dict[tuple[Table, str], "_OfSecurity"]:
        found: dict[tuple[Table, str], _OfSecurity] = {}
        for move in self._moves:
            found.setdefault(move.chain.security.security, _OfSecurity()).add(move)
        return found

    @cached_property
    def _open_by_amount(self) -> dict[tuple[tuple[Table, str], int], list[tuple[int, Held]]]:
        found: dict[tuple[tuple[Table, str], int], list[tuple[int, Held]]] = {}
        for place, held in enumerate(self._unexplained):
            if held.unexplained is not None and held.security is not None:
                found.setdefault((held.security.security, floor(held.unexplained)), []).append((place, held))
        return found


class _OfSecurity:
    """A filing's moves in one security, summed up once: each is held against all, and there may be thousands."""

    def __init__(self) -> None:
        self._flows: dict[int, list[Decimal]] = {}
        self._count = 0
        self._sum = ZERO
        self._ratios: set[SplitRatio | None] = set()
        self._settled: list[date | None] = []

    def add(self, move: Move) -> None:
        """Take in a move."""
        flow = _flow(move)
        if abs(flow) > ONE:
            self._flows.setdefault(floor(flow), []).append(flow)
            self._count += 1
            self._sum += flow
        if not move.before or move.unexplained is None:
            return
        if move.unexplained:
            self._ratios.add(_ratio(move))
        else:
            self._settled.append(None if move.held is None else move.held.as_of)

    def nets_to_zero(self, rest: Decimal) -> bool:
        """Whether what came or went elsewhere, in one of the other moves or in all, cancels `rest`, itself a flow."""
        if any(_cancel(rest, flow) for whole in _around(-rest) for flow in self._flows.get(whole, ())):
            return True
        return self._count > 1 and _cancel(ZERO, self._sum)

    def multiplies_alike(self, ratio: SplitRatio, as_of: date | None) -> bool:
        """Whether the ratio holds over all moves; one that is settled since `as_of` may have been split already."""
        return self._ratios == {ratio} and all(
            settled is not None and as_of is not None and settled > as_of for settled in self._settled
        )


def explanation_of(move: Move, evidence: Evidence) -> Explanation | None:
    """Why the trades don't add up; None where they do, or where it cannot be known."""
    rest = move.unexplained
    if not rest:
        return None
    if abs(rest) <= ONE:
        return "rounding"
    if _is_line_error(move, rest):
        return "line_error"
    if evidence.of(move).nets_to_zero(rest) or evidence.counterpart_of(move) is not None:
        return "transfer"
    ratio = _ratio(move)
    if ratio is not None and evidence.of(move).multiplies_alike(ratio, move.held.as_of if move.held else None):
        return "split"
    return "unknown"


def _is_line_error(move: Move, rest: Decimal) -> bool:
    """Whether lines with the wrong sign account for all of it: those that their own amounts deny, or any one."""
    denied = [sum(move.chain.contradicting, ZERO)] if move.chain.contradicting else []
    lines = [moved for moved in move.chain.moves if moved]
    return any(_cancel(rest, 2 * wrong) for wrong in (*denied, *lines))


def still_unexplained(move: Move, explanation: Explanation | None) -> Decimal | None:
    """What remains unexplained of the position after the move, for a later filing to explain.

    A filing that adds up leaves an older difference as open as it was: a transfer out is often reported with the next
    sale, and the transfer in only with the trust's own next line.
    """
    if explanation == "unknown":
        return move.unexplained
    return None if move.held is None else move.held.unexplained


def _flow(move: Move) -> Decimal:
    """What came or went without a trade; a position taken in silently came from somewhere, as a whole."""
    if move.unexplained is not None:
        return move.unexplained
    taken_in = move.first_known and not move.chain.transactions
    return move.after if taken_in and move.after is not None else ZERO


def _cancel(one: Decimal, other: Decimal) -> bool:
    return abs(one + other) <= ONE


def _around(amount: Decimal) -> tuple[int, int, int]:
    """The whole numbers below all amounts within one of this."""
    whole = floor(amount)
    return (whole - 1, whole, whole + 1)


def _ratio(move: Move) -> SplitRatio | None:
    """The split that makes what was held before into what the chain starts from."""
    if move.before is None or move.after is None or move.reported is None:
        return None
    return split_ratio(move.before, move.after - move.reported)
