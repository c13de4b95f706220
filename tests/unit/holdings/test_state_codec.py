"""The ledger's state as text: whatever it holds reads back to the same, and anything else is refused."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.holding_changed import Explanation
from services.holdings.accounts import Account
from services.holdings.amounts import exact_arithmetic
from services.holdings.chain_codec import decode_chain, decode_steps, encode_chain, encode_steps
from services.holdings.chains import Chain, ChainStep, summarize
from services.holdings.filed_report import FiledReport, OrderKey
from services.holdings.footnotes import NOTHING_STATED, CitedFact, FootnoteStatements, SplitRatio
from services.holdings.labels import Label
from services.holdings.state_codec import (
    decode_account,
    decode_base,
    decode_filing,
    decode_label,
    encode_account,
    encode_base,
    encode_filing,
    encode_label,
)
from services.section16.edgar_calendar import EASTERN
from tests.unit.holdings.builders import DAY, account, chain, filed, label, step

UNREADABLE: Final = (ValueError, LookupError, ArithmeticError, TypeError)
LABELS: Final = [label(), label(by="By Trust"), label("RSU"), label("Option", exercise_price="5")]

amounts = st.decimals(-(10**24), 10**24, allow_nan=False, allow_infinity=False, places=6)
some_amounts = st.none() | amounts | st.integers(-5, 5).map(Decimal)
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))
some_days = st.none() | days
texts = st.none() | st.text(max_size=12)
codes = st.sampled_from(["P", "S", "M", "G", "F", None])
trades = st.tuples(codes, some_days, some_amounts, some_amounts).map(lambda each: ChainStep(*each))
holdings = some_amounts.map(lambda stated: ChainStep(None, None, Decimal(0), stated, is_trade=False))
steps = st.lists(trades | holdings, min_size=1, max_size=5).map(tuple)
labels = st.builds(
    Label,
    st.sampled_from(["derivative", "non_derivative"]),
    texts,
    st.sampled_from(["D", "I", None]),
    texts,
    texts,
    texts,
    some_days,
    some_days,
    texts,
    st.sampled_from(["EUR", None]),
)
statements = st.builds(
    FootnoteStatements,
    st.lists(amounts.map(CitedFact), max_size=3).map(tuple),
    st.lists(st.builds(SplitRatio, st.integers(1, 9999), st.integers(1, 9999)).map(CitedFact), max_size=3).map(tuple),
    st.sampled_from([None, CitedFact(None)]),
    st.sampled_from([None, CitedFact(None)]),
).map(lambda found: found if any(found) else NOTHING_STATED)


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """Draw a chain as the state has it: its lines and the ids of its footnotes are gone."""
    of, found = draw(st.sampled_from(LABELS)), draw(steps)
    with exact_arithmetic():
        summary = summarize(found)
    return Chain(
        of,
        of.security,
        of.holder,
        draw(st.sampled_from(["shares", "value"])),
        found,
        summary,
        any(each.is_trade for each in found),
        draw(statements),
        draw(st.none() | amounts),
        draw(st.lists(st.integers(0, 9), max_size=2).map(tuple)),
        converts_into=draw(st.none() | amounts),
    )


@st.composite
def filings(draw: st.DrawFn) -> FiledReport:
    """Draw a filing as the state has it; its day is that of acceptance in Eastern time, if it has one."""
    moment = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    accepted = draw(st.none() | moment)
    return filed(
        *draw(st.lists(chains(), max_size=3)),
        filing_id=draw(st.sampled_from(["0000000001-24-000001", "sha256:0123456789abcdef0123456789abcdef"])),
        form_type=draw(st.sampled_from(["3", "4", "5/A"])),
        day=accepted.astimezone(EASTERN).date() if accepted is not None else draw(some_days),
        accepted_at=accepted,
        period=draw(some_days),
        original=draw(some_days),
        fingerprint=draw(st.sampled_from(["", "f00-CA_e"])),
        name=draw(st.sampled_from(["", "form4.xml", "a form 4.txt"])),
    )


@st.composite
def accounts(draw: st.DrawFn, filing: FiledReport) -> Account:
    """Draw an account of a filing, or a base."""
    base = draw(st.booleans()) or not filing.chains
    places = () if base else tuple(draw(st.lists(st.integers(0, len(filing.chains) - 1), min_size=1, max_size=2)))
    opened = draw(st.none() | amounts)
    return Account(
        filing=-1 if base else 0,
        chains=places,
        kind="base" if base else draw(st.sampled_from(["trades", "holding"])),
        day=draw(some_days),
        before=draw(some_amounts),
        after=draw(some_amounts),
        total=draw(some_amounts),
        explanation=draw(st.none() | st.sampled_from(get_args(Explanation))),
        still_unexplained=opened,
        is_first_amount=opened is not None and draw(st.booleans()),
        filed_amount=draw(st.none() | amounts),
        pending=draw(st.none() | amounts),
        amended_by=draw(st.none() | st.integers(0, 300)),
        steps=draw(st.none() | steps),
        base_filing_id="0000000001-24-000001" if base else "",
        label=draw(st.sampled_from(LABELS)) if base else filing.chains[places[-1]].label,
        converts_into=draw(st.none() | amounts),
    )


def facts(filing: FiledReport) -> dict[str, Any]:
    """Return all that the state keeps of a filing but its size, which follows from its chains."""
    names = ("filing_id", "form_type", "day", "accepted_at", "period", "original", "fingerprint", "name", "chains")
    return {name: getattr(filing, name) for name in names}


@given(steps, some_days)
def test_steps_survive_encoding(found: tuple[ChainStep, ...], day: date | None) -> None:
    """Code, day and amount are omitted if they follow from the previous step."""
    with exact_arithmetic():
        assert decode_steps(encode_steps(found, day), day) == found


@given(chains(), some_days)
def test_chains_survive_encoding(found: Chain, day: date | None) -> None:
    """A filing that arrives out of turn is matched with the chains of all the others again."""
    with exact_arithmetic():
        assert decode_chain(encode_chain(found, day, LABELS.index), day, LABELS) == found


@given(filings())
def test_filings_survive_encoding(filing: FiledReport) -> None:
    """Their sort key, fingerprint and chains."""
    with exact_arithmetic():
        found = decode_filing(filing.filing_id, encode_filing(filing, LABELS.index), LABELS)
        assert facts(found) == facts(filing)
        assert found.size == max(1, len(filing.chains))
        assert [found.label_at(place) for place in range(len(filing.chains))] == [each.label for each in filing.chains]


@given(st.data())
def test_accounts_survive_encoding(data: st.DataObject) -> None:
    """Both alone and after an account whose amount they continue."""
    filing = data.draw(filings())
    for previous in (None, account(1, 2), data.draw(accounts(filing))):
        found = data.draw(accounts(filing))
        with exact_arithmetic():
            text = encode_account(found, previous, filing.day if found.filing == 0 else None, LABELS.index)
            assert decode_account(text, previous, [filing], LABELS) == found


@given(labels, st.lists(texts, max_size=3))
def test_labels_survive_encoding(found: Label, notes: Sequence[str | None]) -> None:
    """A long footnote that a position has is written once."""
    places = {note: place for place, note in enumerate(notes) if note is not None}
    assert decode_label(encode_label(found, places), notes) == found
    if found.note is not None:
        assert decode_label(encode_label(found, {found.note: 0}), [found.note]) == found


@given(
    days, st.datetimes(timezones=st.just(UTC)) | st.just(datetime.max.replace(tzinfo=UTC)), st.text("a. 1", min_size=1)
)
def test_sort_key_of_the_base_survives_encoding(day: date, accepted: datetime, name: str) -> None:
    """An account older than the base is recognized by this key."""
    key = OrderKey(day, accepted, "0000000001-24-000001", name)
    assert decode_base(encode_base(key)) == key
    assert decode_base(encode_filing(filed(), LABELS.index)) is None


@pytest.mark.parametrize(
    "text",
    ["", "0", "0 z1", "0|", "x|P 0 1 1", "9|P 0 1 1", "0 n1,x|P 0 1 1", "0 r1|P 0 1 1", "0 q|P 0 1 1", "0|P x 1 1"],
)
def test_text_that_is_not_a_chain_is_refused(text: str) -> None:
    """Another program wrote the topic, or a newer version of this one: guessing would lose shares."""
    with pytest.raises(UNREADABLE):
        decode_chain(text, DAY, LABELS)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0.0", "0.0 t0 1", "0.0 t0 1 x", "0.0 q0 1 2", "5.0 t0 1 2", "0.7 t0 1 2", "0.0 t0 1 2 y5", "x t0 1 2"),
        *("0.0 t0 1 2 e99", "0.0 t0 1 2 o", "0.0 t0 1 2 l9", "0.0 t0 1 2|q", "0.0 t0 1 2  "),
    ],
)
def test_text_that_is_not_an_account_is_refused(text: str) -> None:
    """Unknown tokens are never skipped: they may change what is held."""
    with pytest.raises(UNREADABLE):
        decode_account(text, None, [filed(chain(LABELS[0], step(-1, 2)))], LABELS)


@pytest.mark.parametrize("text", ["", "x", "{}", "5", '["derivative",7,8,9,7]', "[" + "null," * 12 + "1]"])
def test_text_that_is_not_a_label_is_refused(text: str) -> None:
    """The position could not be found again."""
    with pytest.raises(UNREADABLE):
        decode_label(text, [])


@pytest.mark.parametrize("head", ["", "4", "4 2024-03-05 0 0", "4 2024-13-05 0 0 ~", "4 2024-03-05 x 0 ~"])
def test_text_that_is_not_a_filing_is_refused(head: str) -> None:
    """Its sort key determines what is current."""
    with pytest.raises(UNREADABLE):
        decode_filing("id", (head,), LABELS)
