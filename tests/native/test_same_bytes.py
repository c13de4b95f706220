"""The native reader on real and golden filings: the same bytes as Python, and nearly always an answer."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.codec import encode
from services.parser import filing_json, parse_filing, parse_filing_json
from services.parser.filing_json import NOT_INSTALLED, NOT_OF_CONTRACT, active_reader, encode_filing, read_natively
from services.section16.tickers import tickers_of
from tests.filings.corpus import CORPUS
from tests.native.differential import CASES, CORPUS_FOLDERS, FACTS, OWN_FOLDERS, agreeing_hints, contents, difference

native = pytest.mark.skipif(active_reader() == "python", reason="the native reader is not installed")
shared = pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus is missing")

SYMBOLS = """
    NONE NINE NIL NILL NUL NULL NA NK TBA TBD XXX XXXX AXXX NYSE AMEX BATS CBOE NSDQ NASDQ NSDAQ OTC OTCBB OTCQB OTCQX
    OTCPK OTCID TSX TSXV TSE CSE CNSX LSE AIM ASX HKEX SEHK SGX JSE TASE FSE FRA FWB XETRA SIX BSE NSE BMV PINK PINKS CO
    INC THE WI WD OB PK US EQUITY GOOGL A.B BRK.A BRK/B
"""
FILING = (
    "<ownershipDocument><documentType>4</documentType>"
    "<issuer><issuerCik>1318605</issuerCik><issuerName>Tesla</issuerName>"
    "<issuerTradingSymbol>{symbol}</issuerTradingSymbol></issuer>"
    "<reportingOwner><reportingOwnerId><rptOwnerCik>1494730</rptOwnerCik><rptOwnerName>Musk</rptOwnerName>"
    "</reportingOwnerId></reportingOwner></ownershipDocument>"
)
SUBMISSION = (
    "<SEC-DOCUMENT>0001127602-24-029999.txt\n<ACCEPTANCE-DATETIME>{time}\n"
    "<DOCUMENT>\n<TYPE>4\n<TEXT>\n<XML>\n{filing}\n</XML>\n</TEXT>\n</DOCUMENT>\n"
)


@native
@pytest.mark.parametrize("facts", FACTS, ids=[" ".join(facts) or "no facts" for facts in FACTS])
def test_own_filings_have_the_bytes_of_python(facts: dict[str, object]) -> None:
    """Samples and golden filings, with facts that agree and facts that do not."""
    assert [found for content in contents(*OWN_FOLDERS) if (found := difference(content, **facts)[1])] == []


@native
def test_hints_that_agree_are_no_reason_to_decline() -> None:
    """An index names the issuer and the owners of each filing, so nearly all filings have hints."""
    filings = contents(OWN_FOLDERS[0])
    answers = [difference(content, hints=agreeing_hints(content)) for content in filings]
    assert [found for _, found in answers if found] == []
    assert sum(answer is None for answer, _ in answers) <= 1  # one sample has a price without digits


@native
@shared
@pytest.mark.parametrize("facts", FACTS, ids=[" ".join(facts) or "no facts" for facts in FACTS])
def test_real_filings_have_the_bytes_of_python(facts: dict[str, object]) -> None:
    """All XML of the corpus and the cases, the malformed documents among them."""
    assert [found for content in contents(*CORPUS_FOLDERS, CASES) if (found := difference(content, **facts)[1])] == []


@native
@shared
def test_at_most_one_real_filing_of_a_hundred_is_declined() -> None:
    """A declined filing costs ten times as much, so the usual ones must be read here."""
    filings = contents(*CORPUS_FOLDERS)
    declined = Counter(encode_filing(content).declined for content in filings)
    del declined[None]
    assert declined.total() <= len(filings) / 100, declined


@native
def test_time_of_acceptance_follows_each_change_of_the_clock() -> None:
    """The header has US Eastern time. Each hour around the Sundays of spring and autumn, for fifty years."""
    for year in range(1987, 2038):
        for month, day in ((3, 7), (4, 1), (10, 24), (11, 1)):
            start = datetime(year, month, day, 0, 30, tzinfo=UTC)
            for hour in (step for week in range(8) for step in range(24 * week, 24 * week + 5)):
                time = f"{start + timedelta(hours=hour):%Y%m%d%H%M%S}"
                content = SUBMISSION.format(time=time, filing=FILING.format(symbol="TSLA"))
                answer, found = difference(content)
                assert answer is not None, time
                assert found == "", time


@native
@pytest.mark.parametrize("time", ["20241231235959", "20240228190000", "20240229235900", "20231130200000"])
def test_time_of_acceptance_in_the_evening_is_of_the_next_day(time: str) -> None:
    """UTC is ahead, at the end of a month and of a year too."""
    answer, found = difference(SUBMISSION.format(time=time, filing=FILING.format(symbol="TSLA")))
    assert answer is not None
    assert found == ""


@native
def test_symbols_of_letters_have_the_tickers_of_python() -> None:
    """Short words are one ticker, except for markets and for words that say there is none."""
    letters = "ABCEIKLMNOQSTUX"
    words = {first + second for first in letters for second in letters} | {*letters}
    words |= set(SYMBOLS.split())
    for word in sorted(words):
        (event,) = parse_filing_json(FILING.format(symbol=word), filing_id="known")
        tickers = ",".join(f'"{ticker}"' for ticker in tickers_of(word))
        assert f'"tickers":[{tickers}]'.encode() in event, word


@native
@pytest.mark.parametrize(
    "facts",
    [
        {"filing_id": ""},
        {"filing_id": "a\nb"},
        {"filing_id": "\ud800"},
        {"accession_number": "29999"},
        {"form_type": "10-K"},
        {"source_url": ""},
        {"filed_on": datetime(2024, 1, 1, 5, tzinfo=UTC)},
        {"accepted_at": datetime(2024, 1, 1)},  # noqa: DTZ001 - it is the case
    ],
    ids=str,
)
def test_facts_that_are_not_of_the_contract_are_declined(facts: Any) -> None:
    """Python refuses them or not, and in its own words."""
    assert read_natively(FILING.format(symbol="TSLA"), **facts) == NOT_OF_CONTRACT


def test_without_the_native_reader_the_bytes_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without cargo reads the same filings, only slower."""
    content = FILING.format(symbol="TSLA")
    before = encode_filing(content)
    monkeypatch.setattr(filing_json, "_read", None)
    after = encode_filing(content)
    assert after.declined == NOT_INSTALLED
    assert (after.events, after.issuer_key, after.lines) == (before.events, before.issuer_key, before.lines)
    assert after.events == [encode(report) for report in parse_filing(content)]
