"""A filing as one sentence: who did what, with how much, at what price, and what it means for the holding. Pure.

The page, Atom, webhooks' readers, notifications and `insidertape alerts --format text` show the same sentence. It has
no pronouns, no adjectives and no advice. Names are as filed.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from contracts.structs import HoldingChanged, Owner
from services.gateway.amounts import amount, price, whole_money
from services.gateway.filing_facts import FilingFacts, TradeSum, filing_facts
from services.gateway.holding_effect import effect_words
from services.gateway.trade_words import phrase_of
from services.section16.identity import ACCESSION_NUMBER
from services.section16.safe_text import printable
from services.section16.wording import plural, shortened

Emphasis = Literal["name", "buy", "sell", "amount", "price"]


class SentencePart(NamedTuple):
    """A piece of the sentence; `emphasis` is what a page sets in bold or in colour, None for plain text."""

    text: str
    emphasis: Emphasis | None = None


_LONGEST_NAME: Final = 200
_LONGEST_QUOTE: Final = 240
_POINTER: Final = re.compile(
    r"\W*see\b.*\b(?:remarks?|footnotes?|notes?|comments?|below|explanations?)\b", re.IGNORECASE
)
_CAUSE: Final = re.compile(
    r"distribut|transfer|exchange[ds]|contribut|merger|reorgani|reclassif|issued|received|in lieu", re.IGNORECASE
)
_CAUSE_REACH: Final = 500
_EXERCISES: Final = ("M", "X", "O")
_OPTION: Final = re.compile(r"\boptions?\b|\bright to buy\b|\bSARs?\b|\bappreciation rights?\b", re.IGNORECASE)


def sentence(alerts: Iterable[HoldingChanged]) -> str:
    """Return a filing as a sentence, from its alerts in any order.

    Raises:
        ValueError: there are no alerts, or they are of several filings.
    """
    return "".join(part.text for part in sentence_parts(filing_facts(alerts)))


def sentence_parts(facts: FilingFacts) -> tuple[SentencePart, ...]:
    """Return the sentence of a filing in pieces; joined, they are the sentence."""
    return tuple(part for part in _parts(facts) if part.text)


def action_of(facts: FilingFacts) -> str:
    """Return what was done in one or two words, as in `Exercised, sold`."""
    lead = facts.lead
    if lead is None:
        return "Restated" if any(alert.ledger_before is not None for alert in facts.alerts) else "First report"
    if lead.key.market_side == "sell" and _has_exercise(facts):
        return "Exercised, sold"
    if lead.key.market_side == "sell" and "C" in facts.codes:
        return "Converted, sold"
    action = phrase_of(lead.key.code, lead.key.side).action
    return f"{action}, tax" if lead.key.code in _EXERCISES and "F" in facts.codes else action


def first_role(owner: Owner) -> str:
    """Return the owner's first role: the officer's title, else director, officer, 10 % owner, or another."""
    title = _shortened(owner.officer_title or "", _LONGEST_NAME)
    if title and not _POINTER.match(title):
        return title
    if owner.is_director:
        return "Director"
    if owner.is_officer:
        return "Officer"
    other = _shortened(owner.other_text or "", _LONGEST_NAME)
    return "10 % owner" if owner.is_ten_percent_owner else "" if _POINTER.match(other) else other


def _parts(facts: FilingFacts) -> Iterator[SentencePart]:
    told = [*_who(facts), *_what(facts), SentencePart(_lateness(facts))]
    yield from told
    is_abbreviation = next(part.text for part in reversed(told) if part.text).endswith(".")  # as in `Tesla, Inc.`
    remarks = "".join(f" {remark}" for remark in _remarks(facts))
    yield SentencePart(remarks if is_abbreviation else f".{remarks}")


def _who(facts: FilingFacts) -> Iterator[SentencePart]:
    role, joint = first_role(facts.first.owner), facts.first.owner_count - 1
    yield SentencePart(f"{role} " if role else "")
    yield SentencePart(_name(facts.first.owner.name), "name")
    yield SentencePart(f" and {plural(joint, 'joint filer')} " if joint > 0 else " ")


def _what(facts: FilingFacts) -> Iterator[SentencePart]:
    if facts.lead is None:
        yield SentencePart(_without_trade(facts))
        return
    yield from _trade(facts, facts.lead)
    yield from (SentencePart(f", {words}") for words in (_withheld(facts, facts.lead), effect_words(facts)) if words)


def _trade(facts: FilingFacts, lead: TradeSum) -> Iterator[SentencePart]:
    """Yield what was done: verb, amount, security, issuer and price."""
    phrase, key = phrase_of(lead.key.code, lead.key.side), lead.key
    side: Emphasis | None = "buy" if key.market_side == "buy" else "sell" if key.market_side == "sell" else None
    after = f" {_name(phrase.after)}" if phrase.after else ""
    yield SentencePart(_before_sale(facts, lead))
    yield SentencePart(phrase.verb, side)
    yield SentencePart(" ")
    yield SentencePart(_traded(lead), "amount")
    yield SentencePart(f" {_security(lead)} {_name(facts.first.issuer.name)}{after}")
    if lead.average_price:
        yield SentencePart(" at " if lead.has_one_price else " at an average of ")
        yield SentencePart(price(lead.average_price, lead.currency), "price")
        yield SentencePart(f", {whole_money(lead.value or Decimal(0), lead.currency)} in all")


def _before_sale(facts: FilingFacts, lead: TradeSum) -> str:
    """Return what preceded a sale in the same filing."""
    if lead.key.market_side != "sell":
        return ""
    if _has_exercise(facts):
        return "exercised options and " if _exercises_options(facts) else "received shares on vesting and "
    return "converted and " if "C" in facts.codes else ""


def _has_exercise(facts: FilingFacts) -> bool:
    return not facts.codes.isdisjoint(_EXERCISES)


def _exercises_options(facts: FilingFacts) -> bool:
    """Return whether an exercised derivative is an option: by its title, or since it has a price."""
    exercised = [each for each in facts.sums if each.key.code in _EXERCISES]
    derivatives = [alert.position for each in exercised for alert in each.alerts if each.key.table == "derivative"]
    if not derivatives:
        return any(each.average_price for each in exercised)  # vested units are received at no price
    return any(
        bool(position.exercise_price and Decimal(position.exercise_price))
        or bool(_OPTION.search(position.security_title or ""))
        for position in derivatives
    )


def _traded(lead: TradeSum) -> str:
    if lead.shares is not None:
        return amount(abs(lead.shares))
    return "an unstated amount" if lead.value is None else whole_money(lead.value, lead.currency)


def _security(lead: TradeSum) -> str:
    """Return the unit: `shares of`, else `of` the security's title `in`."""
    if lead.key.title is not None:
        return f"of {_name(lead.key.title)} in"
    if lead.shares is None:
        return "of shares of"
    return "share of" if abs(lead.shares) == 1 else "shares of"


def _withheld(facts: FilingFacts, lead: TradeSum) -> str:
    """Return how many of the shares received on exercise were withheld."""
    withheld = sum(
        (each.shares or Decimal(0))
        for each in facts.sums
        if (each.key.code, each.key.side, each.key.table, each.key.title) == ("F", "D", lead.key.table, lead.key.title)
    )
    is_part = lead.key.code in _EXERCISES and lead.key.side == "A" and 0 < withheld <= (lead.shares or Decimal(0))
    return f"of which {amount(Decimal(withheld))} were withheld for tax or the exercise price" if is_part else ""


def _without_trade(facts: FilingFacts) -> str:
    """Return what a filing reports that has holdings and no trades."""
    alerts, issuer = facts.alerts, _name(facts.first.issuer.name)
    changed = sum(alert.ledger_before is not None for alert in alerts)
    if changed == len(alerts):
        differ = "differs" if changed == 1 else "differ"
        holdings = f"{plural(changed, 'holding')} in {issuer}"
        return f"reported {holdings} that {differ} from what earlier filings add up to; no trade"
    if changed:
        first = len(alerts) - changed
        return f"reported {plural(len(alerts), 'holding')} in {issuer}, {first:,} of them for the first time; no trade"
    if facts.first.filing.form_type.startswith("3"):
        return f"reported first holdings in {issuer}: {plural(len(alerts), 'position')}; no trade"
    return f"reported {plural(len(alerts), 'holding')} in {issuer} for the first time; no trade"


def _lateness(facts: FilingFacts) -> str:
    days = max((alert.days_late or 0 for alert in facts.alerts), default=0)
    return f"; filed {plural(days, 'business day')} late" if days else ""


def _remarks(facts: FilingFacts) -> Iterator[str]:
    """Yield further sentences: what does not add up, what the filing repeats, and what an "other" trade was."""
    missing, lead = facts.unreconciled, facts.lead
    if missing and lead is not None:
        size = whole_money(abs(missing), lead.currency) if lead.shares is None else _share_count(abs(missing))
        yield f"The total is {size} {'short of' if missing < 0 else 'over'} what the lines add up to."
    repeated = sorted({alert.repeats for alert in facts.alerts if alert.repeats is not None})
    if repeated:
        is_numbered = ACCESSION_NUMBER.fullmatch(repeated[0])
        yield f"The lines repeat {f'filing {repeated[0]}' if is_numbered else 'an earlier filing'}."
    if lead is not None and lead.key.code == "J":
        yield from _quoted_footnote(lead)


def _share_count(number: Decimal) -> str:
    """Return a number of shares with its noun."""
    return f"{amount(number)} share{'' if number == 1 else 's'}"


def _quoted_footnote(lead: TradeSum) -> Iterator[str]:
    """Yield the footnote that describes a trade of code J: the first that the lines cite and that speaks of a cause."""
    footnotes = [footnote for alert in lead.alerts for footnote in alert.footnotes.items()]
    described = [each for each in footnotes if _CAUSE.search(each[1][:_CAUSE_REACH])] or footnotes
    for identity, text in described[:1]:
        yield f"Footnote {_name(identity.removeprefix('F'))}: “{_shortened(text, _LONGEST_QUOTE)}”"


def _name(text: str) -> str:
    """Return a name as filed, on one line and without control characters."""
    return _shortened(text, _LONGEST_NAME) or "unnamed"


def _shortened(text: str, most: int) -> str:
    return shortened(printable(text[: 4 * most]), most)
