"""Properties of sentences and tape entries, for any alerts of a filing."""

import re
import unicodedata
from typing import Any, Final, get_args

from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert
from msgspec.structs import replace

from contracts.enumerations import TransactionCode
from contracts.structs import HoldingChanged, Trades
from services.gateway.sentences import sentence
from services.gateway.tape_entry import tape_entry
from tests.unit.cli.builders import ISSUER, OWNER, alert, filing

HOSTILE: Final = [
    "\u202eEVIL",
    "a\x00b\x1b[31m",
    "Tesla, Inc.",
    "<script>alert(1)</script>",
    "x" * 5_000,
    "\x1f",
    "…",
]
NOT_A_NUMBER: Final = re.compile(r"\b(?:NaN|Infinity|None)\b|[0-9]E[+-]?[0-9]")

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30) | st.sampled_from(HOSTILE)
amounts = (
    st.none()
    | st.integers(0, 10**12).map(str)
    | st.sampled_from(["0", "0.0", "-5", "+7", ".5", "3.", "9" * 40, "0." + "0" * 20 + "1", "1200.50"])
)
codes = st.none() | st.sampled_from(get_args(TransactionCode)) | st.sampled_from(["Q", "\u202e"])
trades = st.builds(
    lambda **fields: convert({"count": 1, **fields}, Trades),
    code=codes,
    acquired_disposed=st.none() | st.sampled_from("AD"),
    shares=amounts,
    value=amounts,
    average_price=amounts,
    lowest_price=amounts,
    highest_price=amounts,
    unpriced_shares=st.sampled_from(["0", "5", "0.00"]),
    currency=st.none() | st.sampled_from(["USD", "EUR"]),
)
positions = st.fixed_dictionaries(
    {
        "table": st.sampled_from(["non_derivative", "derivative"]),
        "security_title": st.none() | texts | st.sampled_from(["Common Stock", "Stock Option", "RSU"]),
        "ownership": st.none() | st.sampled_from("DI"),
        "exercise_price": amounts,
    }
)
owners = st.fixed_dictionaries(
    {
        "name": texts,
        "officer_title": st.none() | texts,
        "other_text": st.none() | texts,
        "is_director": st.none() | st.booleans(),
        "is_officer": st.none() | st.booleans(),
    }
).map(lambda fields: replace(OWNER, **fields))
issuers = texts.map(lambda name: replace(ISSUER, name=name))
forms = st.sampled_from(["3", "4", "4/A", "5"])


@st.composite
def filings(draw: st.DrawFn) -> list[HoldingChanged]:
    """Return the alerts of one filing, of one or two owners."""
    shared: dict[str, Any] = {"issuer": draw(issuers), "filing": filing(form_type=draw(forms)), "owner_count": 2}
    first = draw(owners)
    told = []
    for number in range(draw(st.integers(1, 4))):
        index = draw(st.integers(0, 1)) if number else 0
        told.append(
            alert(
                **shared,
                alert_id=str(number),
                owner=first if not index else replace(first, key="other"),
                owner_index=index,
                lines=[draw(st.integers(0, 9))],
                position=draw(positions),
                trades=draw(st.lists(trades, max_size=3)),
                before=draw(amounts),
                after=draw(amounts),
                reported_change=draw(amounts),
                ledger_before=draw(amounts),
                unexplained_change=draw(amounts),
                explanation=draw(st.none() | st.sampled_from(["unknown", "split", "line_error"])),
                repeats=draw(st.none() | texts),
                days_late=draw(st.none() | st.integers(0, 5000)),
                footnotes=draw(st.dictionaries(st.sampled_from(["F1", "F2"]), texts, max_size=2)),
            )
        )
    return told


@given(filings(), st.randoms())
def test_sentence_is_clean_and_independent_of_the_order_of_alerts(alerts: list[HoldingChanged], random: Any) -> None:
    """Alerts arrive in the order of partitions, and filings contain anything."""
    words = sentence(alerts)
    assert words.strip() == words
    assert not [each for each in words if unicodedata.category(each) in {"Cc", "Cf", "Cs"}]
    assert len(words) < 2_500
    shuffled = list(alerts)
    random.shuffle(shuffled)
    assert sentence(shuffled) == words


@given(filings())
def test_entry_has_numbers_or_nothing(alerts: list[HoldingChanged]) -> None:
    """Neither an infinite nor an undefined number is ever shown, and the API can send the entry."""
    entry = tape_entry(alerts)
    assert entry.sentence == sentence(alerts) == "".join(part.text for part in entry.parts)
    figures = [entry.shares, entry.average_price, entry.value, entry.holding, entry.holds_now]
    assert not [figure for figure in figures if figure is not None and NOT_A_NUMBER.search(figure)]
    assert len(entry.lead_alerts) + entry.other_alerts == len(entry.alerts)
    assert {each.owner.key for each in entry.alerts} == {OWNER.key}
