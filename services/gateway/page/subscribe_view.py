"""Ways to subscribe to a filter, what it would have sent, and the subscriptions there are. Pure."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from markupsafe import Markup, escape

from contracts.alert_filter import AlertFilter
from services.gateway.page import figures
from services.gateway.page.filters_view import Chip, FiltersView
from services.gateway.page.tape_view import Row
from services.gateway.webhooks.sender import Answer
from services.gateway.webhooks.subscription import Subscription
from services.section16.wording import plural

_SWITCHES: Final = {
    ("late", "yes"): "--late",
    ("amended", "yes"): "--amended",
    ("direction", "acquired"): "--acquired",
    ("direction", "disposed"): "--disposed",
    ("joint", "first"): "--first-owner",
    ("joint", "all"): "",
}
"""Conditions for which `insidertape alerts` has a switch, or that it fulfils by default."""
_PAGE_ALONE: Final = frozenset({("late", "no"), ("amended", "no")})
"""Conditions that `insidertape alerts` has no option for. Every other one is the option of the field's name."""
START_DAYS: Final = {"7": 7, "30": 30}
"""How many days a new subscription may begin before now, by the form's value."""
_EMPHASIS: Final = re.compile(r"(?P<buy>purchases)|(?P<sell>sales)|\$?\b\d[\d,.]*\d(?![-\w])")


@dataclass(frozen=True, slots=True)
class Way:
    """A way to take the alerts oneself: a line to copy, and what it does not do."""

    name: str
    line: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The filings that the filter would have sent: their number, the rest of the sentence, and the newest of them."""

    count: str
    words: str
    newest: tuple[Row, ...]


@dataclass(frozen=True)
class SubscribeView:
    """The page and the dialog to subscribe. `error` refers to the form, `name` and `sink` are what it holds."""

    filters: FiltersView
    words: Markup
    preview: PreviewView
    ways: tuple[Way, ...]
    query: str
    csrf: str
    name: str = ""
    sink: str = ""
    error: str | None = None

    @property
    def chips(self) -> tuple[Chip, ...]:
        """The filter's conditions."""
        return self.filters.chips


@dataclass(frozen=True, slots=True)
class Receiver:
    """A subscription in the list. `trouble` is why it does not send, None if it does."""

    id: str
    name: str
    sink: str
    words: str
    state: str
    since: str
    pending: str
    trouble: str | None
    tape: str


@dataclass(frozen=True)
class SubscriptionsView:
    """The list of subscriptions. `secret` is shown once, after creation or rotation; `notice` reports an action."""

    receivers: tuple[Receiver, ...]
    csrf: str
    secret: str | None = None
    about: str | None = None
    notice: str | None = None
    actions: tuple[str, ...] = field(default=("test", "rotate", "remove"))


def filter_words(alert_filter: AlertFilter) -> Markup:
    """Return the filter as a sentence in HTML, its amounts bold, purchases and sales coloured.

    >>> filter_words(AlertFilter(side=("sell",), min_value=1_000_000))
    Markup('Alerts about <b class="sell">sales</b> of at least <b>$1,000,000</b>.')
    """
    words = alert_filter.describe() if alert_filter.conditions() else "every change of a holding"
    return Markup("Alerts about {}.").format(Markup(_EMPHASIS.sub(_emphasized, str(escape(words)))))  # noqa: S704 - escaped before


def ways_of(alert_filter: AlertFilter, origin: str) -> tuple[Way, ...]:
    """Return how to take the filter's alerts by stream, feed, command line and Kafka. `origin` is the gateway's."""
    query = alert_filter.to_query()
    suffix = f"?{query}" if query else ""
    given = alert_filter.conditions()
    options = [_option(each.field, each.value) for each in given]
    left_out = [each.words for each, option in zip(given, options, strict=True) if option is None]
    if alert_filter.joint is None and not alert_filter.owner:
        options.append("--first-owner")  # the default of filters, but not of the command
    command = " ".join(["insidertape alerts --follow --format jsonl", *filter(None, options)])
    return (
        Way("SSE", f"curl -N {shlex.quote(f'{origin}/v1/stream{suffix}')}"),
        Way("Atom", f"{origin}/alerts.atom{suffix}"),
        Way("CLI", command, f"It cannot filter: {'; '.join(left_out)}." if left_out else ""),
        Way(
            "Kafka",
            "insidertape.alerts.v1",
            "read_committed; filter it yourself: owner_index 0" + _kafka_codes(alert_filter),
        ),
    )


def preview_of(total: int | None, recent: int, days: int, newest: Iterable[Row]) -> PreviewView:
    """Return the preview of a filter; `total` is None if there are too many filings to count.

    >>> preview_of(54, 1, 30, ())
    PreviewView(count='54', words='filings on this tape match, 1 of them from the last 30 days.', newest=())
    >>> preview_of(None, 1, 30, ())
    PreviewView(count='1', words='filing of the last 30 days matches.', newest=())
    """
    if total is None:
        count, _, words = _matching(recent, f"of the last {days} days").partition(" ")
    else:
        count, _, words = _matching(total, "on this tape").partition(" ")
        words += f", {recent:,} of them from the last {days} days"
    return PreviewView(count, f"{words}.", tuple(newest))


def _matching(count: int, place: str) -> str:
    return f"{plural(count, 'filing')} {place} {'matches' if count == 1 else 'match'}"


def suggested_name(alert_filter: AlertFilter) -> str:
    """Return a name for a subscription to this filter."""
    words = alert_filter.describe() if alert_filter.conditions() else "everything"
    return words[:1].upper() + words[1:80]


def receiver_of(subscription: Subscription) -> Receiver:
    """Return a subscription as the list shows it."""
    query = subscription.filter.to_query()
    failing = subscription.failing_since
    return Receiver(
        id=subscription.id,
        name=subscription.name,
        sink=subscription.sink,
        words=suggested_name(subscription.filter),
        state=subscription.state,
        since=figures.day(subscription.created_at.date()) or "",
        pending=figures.count(subscription.pending),
        trouble=subscription.reason or (f"failing since {figures.day(failing.date())}" if failing else None),
        tape=f"/?{query}" if query else "/",
    )


def answer_words(answer: Answer) -> str:
    """Return what a receiver answered to a test."""
    if answer.status is None:
        return f"the test had no answer: {answer.error}"
    return f"the test was answered with {answer.status} in {answer.duration / timedelta(milliseconds=1):.0f} ms"


def _emphasized(found: re.Match[str]) -> str:
    side = found.lastgroup
    return f'<b class="{side}">{found[0]}</b>' if side else f"<b>{found[0]}</b>"


def _option(field: str, value: str) -> str | None:
    """Return the option of `insidertape alerts` for a condition, empty if it needs none; None if there is none."""
    if (field, value) in _PAGE_ALONE:
        return None
    return _SWITCHES.get((field, value), f"--{field.replace('_', '-')} {shlex.quote(value)}")


def _kafka_codes(alert_filter: AlertFilter) -> str:
    codes = [{"buy": "P", "sell": "S"}[side] for side in alert_filter.side] + list(alert_filter.code)
    return f", code {' or '.join(codes)}" if codes else ""
