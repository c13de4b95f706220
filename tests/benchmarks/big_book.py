"""The cost of a filing with one line, for an owner with 500 positions: `python -m tests.benchmarks.big_book`.

The owner's options were reported 25 at a time. Each filing that follows buys ten shares. Its positions record contains
all positions, as every version does: a reader needs no earlier one.
"""

import time
from datetime import date, timedelta
from statistics import mean, median
from typing import Final

from contracts.codec import encode
from contracts.structs import TransactionsReported
from contracts.topics import TRANSACTIONS
from services.cli.application.process import collect_garbage_rarely
from services.holdings.processor import HoldingsProcessor
from services.runtime.port import Record
from tests.holdings_cases.filing_builders import buy, filing, hold, option

TARGET_MICROSECONDS: Final = 800
_POSITIONS: Final = 500
_PER_FILING: Final = 25
_PURCHASES: Final = 60
_ROUNDS: Final = 10


def filings() -> list[TransactionsReported]:
    """Return the filings of the owner: those that report options, then the purchases."""
    reported = [
        filing(
            1 + first // _PER_FILING,
            _day(first // _PER_FILING),
            *[option(hold(100 + number), price=1 + number) for number in range(first, first + _PER_FILING)],
            form="3" if first == 0 else "4",
        )
        for first in range(0, _POSITIONS, _PER_FILING)
    ]
    count = len(reported)
    purchases = [
        filing(count + 1 + number, _day(count + 3 * number), buy(10, 1_000 + 10 * number))
        for number in range(_PURCHASES)
    ]
    return reported + purchases


def _day(number: int) -> str:
    return (date(2015, 1, 5) + timedelta(days=number)).isoformat()


def main() -> None:
    """Process the filings several times, and print the best CPU time of the purchases."""
    collect_garbage_rarely()
    events = [(event.issuer.key.encode(), encode(event)) for event in filings()]
    records = [Record(TRANSACTIONS.name, 0, offset, key, value) for offset, (key, value) in enumerate(events)]
    best = [float("inf")] * len(records)
    size = 0
    for _ in range(_ROUNDS):
        processor = HoldingsProcessor()
        for place, record in enumerate(records):
            started = time.thread_time()
            outputs = processor.process(record).outputs
            best[place] = min(best[place], time.thread_time() - started)
            size = len(outputs[0].value or b"")
    purchases = [1e6 * each for each in best[-_PURCHASES:]]
    print(
        f"a filing of one line in a book of {_POSITIONS} positions: median {median(purchases):,.0f} us of CPU "
        f"(target {TARGET_MICROSECONDS}), mean {mean(purchases):,.0f} us, {max(purchases) / 1e3:,.1f} ms when the book "
        f"is cut; its positions record has {size:,} bytes"
    )


if __name__ == "__main__":
    main()
