"""Match the chains of a filing with positions: which position each chain changes, and which chains belong together.

Greedy matching: `matching_rules` are tried in order, each over all chains before the next, and each position is used
once. That is O(rules x chains x candidates), and candidates are limited to `CROWD`. A chain that no rule matches joins
the match of its class and holder if there is exactly one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.holdings.accounts import HeldPosition
from services.holdings.chains import Chain
from services.holdings.labels import SecurityClass
from services.holdings.matching_candidates import HeldBefore, MatchCandidates
from services.holdings.matching_rules import RULES, may_move
from services.holdings.position_index import PositionIndex


class Match(NamedTuple):
    """The chains that change one position, in order, and the position; None if they open one."""

    chains: tuple[int, ...]
    position: HeldPosition | None


def match_chains(chains: Sequence[Chain], positions: PositionIndex, held_before: HeldBefore) -> list[Match]:
    """Match a filing's chains with positions. The matches are in the order of the chains."""
    classes = {security: positions.of_class(security) for security in {chain.security for chain in chains}}
    unambiguous = _unambiguous(chains, classes)
    matched = {index: position for index, position in unambiguous.items() if may_move(chains[index], position)}
    left = dict.fromkeys(index for index in range(len(chains)) if index not in unambiguous)
    if left:
        free = MatchCandidates(chains, positions, classes, held_before)
        for each in matched.values():
            free.mark_matched(each)
        for rule, within_class in RULES:
            for index in tuple(left):
                chain = chains[index]
                if bool(classes[chain.security]) is within_class and (position := rule(free, chain)) is not None:
                    free.mark_matched(position)
                    matched[index] = position
                    del left[index]
            if not left:
                break
    if len(matched) == len(chains):
        return [Match((index,), matched[index]) for index in range(len(chains))]
    return _with_unmatched(chains, matched)


def _unambiguous(
    chains: Sequence[Chain], classes: Mapping[SecurityClass, Sequence[HeldPosition]]
) -> dict[int, HeldPosition]:
    """Return the matches that need no rule: chain and position are alone in their class, with one holder and unit.

    Most chains are like this.
    """
    alone = Counter(chain.security for chain in chains)
    others = {
        position.position_id
        for security, known in classes.items()
        for position in known[:1]
        if position.security != security
    }
    unambiguous: dict[int, HeldPosition] = {}
    for index, chain in enumerate(chains):
        known = classes[chain.security]
        if len(known) != 1 or alone[chain.security] != 1:
            continue
        position = known[0]
        if (
            position.holder.key == chain.holder.key
            and position.unit == chain.unit
            and position.security == chain.security
            and position.position_id not in others
        ):
            unambiguous[index] = position
    return unambiguous


def _with_unmatched(chains: Sequence[Chain], matched: Mapping[int, HeldPosition]) -> list[Match]:
    """Return all matches: unmatched chains join the only position of their class and holder, or open one."""
    groups: dict[object, list[int]] = {}
    for index, chain in enumerate(chains):
        groups.setdefault((chain.security, chain.holder.key, chain.unit), []).append(index)
    matches: list[Match] = []
    for indexes in groups.values():
        matches += _matches_of_group(indexes, chains, matched)
    return sorted(matches, key=lambda each: min(each.chains))


def _matches_of_group(indexes: list[int], chains: Sequence[Chain], matched: Mapping[int, HeldPosition]) -> list[Match]:
    """Return the matches of the chains of one class and holder."""
    with_position = [index for index in indexes if index in matched]
    if len(indexes) == 1 or (len(with_position) != 1 and with_position):
        return [Match((index,), matched.get(index)) for index in indexes]
    repeated = _repeated_totals([chains[index] for index in indexes])
    alone = {
        index: None
        for index in indexes
        if index not in matched and _stands_alone(chains[index], has_position=bool(with_position), repeated=repeated)
    }
    together = [index for index in indexes if index not in alone]
    matches = [Match((index,), None) for index in alone]
    if together:
        position = matched[with_position[0]] if with_position else None
        matches.append(Match(_in_sequence(together, with_position, chains), position))
    return matches


def _stands_alone(chain: Chain, *, has_position: bool, repeated: frozenset[Decimal]) -> bool:
    """Return whether an unmatched chain opens a position.

    It does if it starts from 0 in a class that can have several positions (another grant), or if the class and holder
    have no position yet and the chain does not repeat a total. Shares held directly are always one position.
    """
    if chain.security.is_one_position:
        return False
    if chain.starts_at_zero:
        return True
    return not has_position and not (chain.trades and chain.after in repeated)


def _repeated_totals(chains: Sequence[Chain]) -> frozenset[Decimal]:
    """Return the amounts, other than 0, at which several chains with trades end."""
    ends = Counter(chain.after for chain in chains if chain.trades and chain.after)
    return frozenset(amount for amount, times in ends.items() if times > 1 and amount is not None)


def _in_sequence(indexes: list[int], matched: list[int], chains: Sequence[Chain]) -> tuple[int, ...]:
    """Return the chains in the order in which they change the position: by day, after the one matched by a rule."""
    traded = [index for index in indexes if chains[index].trades]
    listed = [index for index in indexes if not chains[index].trades]
    first = matched[0] if matched and matched[0] in traded else None

    def order(index: int) -> tuple[bool, date, int]:
        days = [step.day for step in chains[index].steps if step.day is not None]
        return (index != first, max(days, default=date.min), index)

    return tuple([*listed, *sorted(traded, key=order)] if traded else listed)
