"""Simulated filings follow the pattern of EDGAR's."""

from collections import Counter
from datetime import date

from tests.edgar.arrivals import arrivals, business_days

MOURNING = date(2025, 1, 9)  # EDGAR was closed by decree


def test_filings_arrive_in_the_real_pattern() -> None:
    """A third between 16:00 and 17:00 Eastern, hundreds per day, thirty in the busiest minute, a quarter dropped."""
    days = business_days(date(2025, 1, 2), date(2025, 1, 31), closed=[MOURNING])
    filings = list(arrivals(days, 12_000, seed=1))
    ours = [filing for filing in filings if filing.is_section_16]
    moments = [filing.accepted_eastern for filing in ours]
    minutes = Counter(moment.replace(second=0) for moment in moments)
    busiest = [max(minutes[minute] for minute in minutes if minute.date() == day) for day in days]
    assert len(ours) == 12_000
    assert len({filing.accession for filing in filings}) == len(filings)
    assert {moment.date() for moment in moments} == set(days)
    assert 0.31 < sum(moment.hour == 16 for moment in moments) / 12_000 < 0.36
    assert 25 < sorted(busiest)[len(busiest) // 2] < 40
    assert 0.23 < sum(filing.shown_at is None for filing in ours) / 12_000 < 0.27


def test_prefix_of_the_most_common_form_also_matches_other_forms() -> None:
    """Of the entries under 4, two thirds to three quarters are of Section 16."""
    filings = list(arrivals([date(2025, 1, 2)], 600, seed=1))
    under_4 = [filing for filing in filings if filing.form.startswith("4")]
    entries = sum(len(filing.parties) for filing in under_4)
    assert 0.6 < sum(len(filing.parties) for filing in under_4 if filing.is_section_16) / entries < 0.8


def test_day_off_by_decree_is_not_a_business_day() -> None:
    """It is like a holiday or a weekend."""
    days = business_days(date(2025, 1, 1), date(2025, 1, 13), closed=[MOURNING])
    assert [day.day for day in days] == [2, 3, 6, 7, 8, 10, 13]
