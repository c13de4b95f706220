"""The tags of a filing on the tape: a plan, lateness, an amendment, joint filers, what does not add up. Pure."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.gateway.filing_facts import FilingFacts
from services.section16.trading_plans import mentions_plan
from services.section16.wording import plural

TagName = Literal["plan", "plan_footnote", "late", "amended", "joint", "repeats", "unreconciled"]


class Tag(BaseModel):
    """A tag: its name, its few characters on the tape, and its meaning in words."""

    model_config = ConfigDict(frozen=True)

    name: TagName
    text: str
    words: str


def tags_of(facts: FilingFacts) -> tuple[Tag, ...]:
    """Return the tags of a filing, in the order in which the tape shows them."""
    return tuple(_tags(facts))


def _tags(facts: FilingFacts) -> Iterator[Tag]:
    alert = facts.first
    if alert.rule_10b5_1_plan:
        yield Tag(name="plan", text="plan", words="Rule 10b5-1 plan")
    elif alert.rule_10b5_1_plan is None and any(mentions_plan(each.footnotes.values()) for each in facts.lead_alerts):
        yield Tag(name="plan_footnote", text="plan¹", words="Rule 10b5-1 plan in a footnote")
    days = max(each.days_late or 0 for each in facts.alerts)
    if days:
        yield Tag(name="late", text=f"{days:,} d late", words=f"filed {plural(days, 'business day')} late")
    if alert.is_amendment:
        yield Tag(name="amended", text="amended", words="amends an earlier filing")
    if alert.owner_count > 1:
        words = f"filed by {alert.owner_count:,} owners jointly"
        yield Tag(name="joint", text=f"joint {alert.owner_count:,}", words=words)
    if any(each.repeats is not None for each in facts.alerts):
        yield Tag(name="repeats", text="repeats", words="repeats the lines of an earlier filing")
    if not facts.reconciles:
        yield Tag(name="unreconciled", text="≠", words="does not reconcile")
