"""Simulated arrival of filings in EDGAR's real pattern: most after the exchanges' close, in spikes at round times."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from services.section16.business_days import is_business_day
from tests.edgar.filings import EASTERN, Filing, Party, Role

_OURS_OF_AN_HOUR: Final = {
    6: 8, 7: 4, 8: 11, 9: 10, 10: 14, 11: 24, 12: 20, 13: 15, 14: 20, 15: 30,
    16: 193, 17: 155, 18: 75, 19: 42, 20: 48, 21: 32,
}  # fmt: skip
"""Weights of the Eastern hours, beside the spikes. EDGAR takes filings from 6:00 to 22:00."""
_SPIKES: Final = (
    (time(16, 5), 0.026),
    (time(16, 15), 0.028),
    (time(16, 30), 0.04),
    (time(17), 0.016),
    (time(20), 0.014),
)
"""Minutes for which many filings are prepared, and the share of a day that comes in each."""
_OTHERS_OF_AN_HOUR: Final = dict.fromkeys(range(7, 18), 10) | {6: 15, 16: 20, 17: 12, 18: 2, 19: 1, 20: 1, 21: 1}
_FORMS: Final = ("4",) * 905 + ("3",) * 70 + ("4/A",) * 13 + ("3/A",) * 4 + ("5",) * 6 + ("5/A",) * 2
_OTHER_FORMS: Final = (
    ("424B2",) * 343 + ("497",) * 81 + ("497K",) * 76 + ("424B3",) * 66 + ("425",) * 31 + ("485BXT",) * 24
    + ("424B5",) * 21 + ("497J",) * 17 + ("485BPOS",) * 11 + ("40-APP",) * 4 + ("305B2",) * 2
)  # fmt: skip
_OTHERS_FOR_ONE: Final = 0.66
"""Filings of other forms that the feed's prefixes let through, for each of Section 16."""
_ISSUER_LAST: Final = 0.8
_AGENTS: Final = (950_170, 1_127_602, 899_243, 1_567_619, 1_209_191, 1_415_889, 950_103, 1_104_659)
_SUFFIXES: Final = ("INC", "CORP", "Holdings, Inc.", "& CO", "PLC", "/DE/", "Group Ltd", "L.P.")
_SURNAMES: Final = ("Okafor", "Lindqvist", "O'Hara", "Muñoz", "Vance", "Tran", "Brannigan", "Castellan", "Platt", "Ng")
_FIRST_NAMES: Final = ("Daniel T", "Ronald J", "IRA J.", "Maria", "Ann-Sofie", "J. P.", "Wei", "Katherine L")


def arrivals(
    days: Sequence[date], total: int, *, seed: int, dropped: float = 0.25, late: float = 0.02
) -> Iterator[Filing]:
    """Yield `total` Section 16 filings over the days, with those of other forms among them.

    The share `dropped` of all filings never appears in the feed, the share `late` only minutes after acceptance.
    """
    chance = random.Random(seed)  # noqa: S311 - the same catalog every time
    numbers: Counter[int] = Counter()
    for day, ours in zip(days, _shares(chance, len(days), total), strict=True):
        others = round(ours * _OTHERS_FOR_ONE)
        moments = [(_moment(chance, day, _OURS_OF_AN_HOUR, _SPIKES), True) for _ in range(ours)]
        moments += [(_moment(chance, day, _OTHERS_OF_AN_HOUR, ()), False) for _ in range(others)]
        for moment, is_ours in sorted(moments):
            agent = chance.choice(_AGENTS)
            numbers[agent] += 1
            yield Filing(
                accession=f"{agent:010}-{day:%y}-{numbers[agent]:06}",
                form=chance.choice(_FORMS if is_ours else _OTHER_FORMS),
                accepted_at=moment,
                parties=_parties(chance) if is_ours else (_company(chance, "Filer"),),
                shown_at=_shown(chance, moment, dropped, late),
            )


def business_days(first: date, last: date, *, closed: Sequence[date] = ()) -> list[date]:
    """Return the days on which EDGAR accepts filings; `closed` are days off by decree."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if is_business_day(day) and day not in closed]


def _shares(chance: random.Random, days: int, total: int) -> list[int]:
    """Return the number of filings per day, `total` in all, each within a third of the mean."""
    weights = [chance.uniform(0.67, 1.33) for _ in range(days)]
    shares = [int(total * weight / sum(weights)) for weight in weights]
    return [share + (n < total - sum(shares)) for n, share in enumerate(shares)]


def _moment(chance: random.Random, day: date, hours: dict[int, int], spikes: Sequence[tuple[time, float]]) -> datetime:
    """Return a time on that day, in UTC and to the second."""
    drawn = chance.random()
    for spike, share in spikes:
        if drawn < share:
            local = datetime.combine(day, spike, EASTERN)
            return (local + timedelta(seconds=min(59, int(chance.expovariate(1 / 15))))).astimezone(UTC)
        drawn -= share
    (hour,) = chance.choices(tuple(hours), tuple(hours.values()))
    local = datetime.combine(day, time(hour), EASTERN)
    return (local + timedelta(seconds=chance.randrange(3_600))).astimezone(UTC)


def _shown(chance: random.Random, moment: datetime, dropped: float, late: float) -> datetime | None:
    """Return when the feed begins to show a filing, usually within seconds; None for never."""
    drawn = chance.random()
    if drawn < dropped:
        return None
    if drawn < dropped + late:
        return moment + timedelta(seconds=chance.randrange(60, 1_200))
    return moment + timedelta(seconds=chance.randrange(3))


def _parties(chance: random.Random) -> tuple[Party, ...]:
    """Return an issuer and usually one owner; the issuer comes last more often than first."""
    owners = chance.choices((1, 2, 3, 5, 10), (975, 12, 7, 4, 2))[0]
    reporting = tuple(_owner(chance) for _ in range(owners))
    issuer = _company(chance, "Issuer")
    return (*reporting, issuer) if chance.random() < _ISSUER_LAST else (issuer, *reporting)


def _owner(chance: random.Random) -> Party:
    cik = chance.randrange(1_100_000, 2_070_000)
    return Party(f"{_SURNAMES[cik % len(_SURNAMES)]} {_FIRST_NAMES[cik % len(_FIRST_NAMES)]}", cik, "Reporting")


def _company(chance: random.Random, role: Role) -> Party:
    """Return one of some thousands. The longest names shift the columns of the indexes."""
    cik = 1_750 + 367 * chance.randrange(4_000)
    long = " OF THE NORTHERN AND SOUTHERN LAMPLIGHTERS AND CANDLEMAKERS" if cik % 50 == 0 else ""
    return Party(f"Lantern {cik % 977}{long} {_SUFFIXES[cik % len(_SUFFIXES)]}", cik, role)
