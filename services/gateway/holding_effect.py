"""The effect of a filing's leading trade on the holding: in words, and as a cell of a table. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from services.gateway.amounts import EXACT, amount, percent_text, whole_money
from services.gateway.filing_facts import FilingFacts

EffectKind = Literal["first", "multiplied", "changed", "emptied", "unchanged"]

_MULTIPLIED_FROM: Final = Decimal(10)
"""An addition of ten times the holding, 1,000 %, is described as a multiple."""


@dataclass(frozen=True, slots=True)
class HoldingEffect:
    """How the lead's positions change: from `before` to `after`, which differs in kind from a first holding on."""

    kind: EffectKind
    before: Decimal
    after: Decimal

    @property
    def cell(self) -> str:
        """The effect in a table, as in `new`, `+61.24 %` or, from 1,000 % on, a multiple of the amount before."""
        change = EXACT.subtract(self.after, self.before)
        if self.kind == "first":
            return "new"
        if self.kind == "multiplied":
            return f"{EXACT.divide(change, self.before):,.0f}\u00d7"
        sign = "" if not change else "+" if change > 0 else "\u2212"
        return sign + percent_text(change, self.before).replace("less than ", "<")


def holding_effect(facts: FilingFacts) -> HoldingEffect | None:
    """Return the effect on the lead's positions; None without a trade, or if the filing does not state it."""
    before, after = facts.before, facts.after
    if facts.lead is None or before is None or after is None or before < 0 or after < 0:
        return None
    if before == after:
        return HoldingEffect("unchanged", before, after) if before else None
    if not before:
        return HoldingEffect("first", before, after)
    if not after:
        return HoldingEffect("emptied", before, after)
    added = EXACT.divide(EXACT.subtract(after, before), before)
    return HoldingEffect("multiplied" if added >= _MULTIPLIED_FROM else "changed", before, after)


def effect_words(facts: FilingFacts) -> str:
    """Return the effect in words, as in `24.09 % of the holding`; nothing if there is none to state."""
    effect, lead = holding_effect(facts), facts.lead
    if effect is None or lead is None:
        return ""
    if effect.kind == "emptied":
        count = len(facts.lead_alerts)
        return "nothing is left in that holding" if count == 1 else f"nothing is left in these {count} holdings"
    if facts.has_several_codes:
        return _every_line(facts, effect)
    rises = effect.after > effect.before
    if effect.kind == "unchanged" or lead.key.side != ("A" if rises else "D"):
        return ""  # a contradiction within the filing is not turned into a statement about the trade
    return _one_code(effect, is_derivative=lead.key.table == "derivative")


def _one_code(effect: HoldingEffect, *, is_derivative: bool) -> str:
    change = EXACT.subtract(effect.after, effect.before)
    if effect.kind == "first":
        return "" if is_derivative else "a first holding"  # each grant of derivatives is a separate position
    if effect.kind == "multiplied":
        return f"{EXACT.divide(change, effect.before):,.0f} times the holding before"
    share = percent_text(change, effect.before)
    return f"{share} on top of the holding" if change > 0 else f"{share} of the holding"


def _every_line(facts: FilingFacts, effect: HoldingEffect) -> str:
    lead = facts.lead
    in_money = lead is not None and lead.shares is None
    before, after = (
        whole_money(each, lead.currency if lead else None) if in_money else amount(each)
        for each in (effect.before, effect.after)
    )
    if effect.kind == "unchanged":
        return f"with every line counted the holding stays at {after}"
    return f"with every line counted the holding went from {before} to {after}"
