"""The rows of `insidertape status`, computed from given facts."""

import io
import json
from datetime import UTC, datetime, timedelta

from contracts.topics import HOLDINGS_DEAD_LETTERS, PARSER_DEAD_LETTERS, POSITIONS, TRANSACTIONS, WATCHER_DEAD_LETTERS
from services.cli.reading.service_status import Facts, Row, SourceFacts, row_json, status_rows
from services.cli.render.screen import Screen
from services.cli.render.status_table import HEADINGS, print_status
from services.runtime.status import Count, GroupStatus, TopicStatus

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def group(*, members: int = 1, lag: Count = Count(0)) -> GroupStatus:  # noqa: B008 - it is immutable
    """Return the status of a group with eight partitions."""
    return GroupStatus("insidertape.any", members, 8, lag)


def row_of(part: str, facts: Facts) -> Row:
    """Return the row of one part."""
    return next(row for row in status_rows(facts, NOW) if row.cells[0] == part)


def cell(row: Row, heading: str) -> str:
    """Return the cell under a heading."""
    return row.cells[HEADINGS[row.kind].index(heading)]


def test_lag_without_a_member_needs_attention() -> None:
    """Records are waiting and no member is running: this never resolves by itself."""
    row = row_of("parser", Facts({"parser": group(members=0, lag=Count(10))}, {}))
    assert row.needs_attention
    assert (cell(row, "State"), cell(row, "Lag")) == ("not running", "10")
    assert row.notes == ("no running member: start parser",)


def test_lag_with_a_member_and_no_lag_without_one_need_no_attention() -> None:
    """In the first case the member is working; in the second it was stopped after it had processed everything."""
    busy = row_of("parser", Facts({"parser": group(members=2, lag=Count(10))}, {}))
    done = row_of("parser", Facts({"parser": group(members=0)}, {}))
    assert not busy.needs_attention
    assert not done.needs_attention
    assert (cell(busy, "State"), cell(done, "State")) == ("running", "idle")


def test_dead_letters_are_shown_by_code_and_need_no_attention() -> None:
    """Bad input is expected; its kind and time show whether to look."""
    letters = TopicStatus(
        PARSER_DEAD_LETTERS.name, Count(3), NOW - timedelta(hours=5), NOW, codes={"no_issuer": 1, "binary": 2}
    )
    row = row_of("parser", Facts({"parser": group()}, {PARSER_DEAD_LETTERS.name: letters}))
    assert cell(row, "Dead letters") == "3"
    assert row.notes == ("3 dead letters (2 binary, 1 no_issuer), the first 5 hours ago",)
    assert not row.needs_attention
    assert row.values["dead_letter_codes"] == {"no_issuer": 1, "binary": 2}


def test_upper_bounds_are_marked() -> None:
    """A number that is not exact must never look exact."""
    letters = TopicStatus(HOLDINGS_DEAD_LETTERS.name, Count(9_000, exact=False), NOW, NOW, codes={"no_value": 4})
    positions = TopicStatus(POSITIONS.name, Count(5_000_000, exact=False), NOW, NOW, keys=7)
    topics = {HOLDINGS_DEAD_LETTERS.name: letters, POSITIONS.name: positions}
    row = row_of("holdings", Facts({"holdings": group(lag=Count(8_000, exact=False))}, topics))
    assert (cell(row, "Lag"), cell(row, "Dead letters")) == ("≤ 8,000", "≤ 9,000")
    assert row.notes == (
        "≤ 9,000 dead letters, of which the newest: 4 no_value",
        "state of ≤ 5,000,000 books, restored in about 300 s",
    )
    assert cell(row_of(POSITIONS.name, Facts({}, topics)), "Records") == "≤ 5,000,000"
    assert (row.values["lag_exact"], row.values["books_exact"]) == (False, False)


def test_state_counts_keys_and_not_records() -> None:
    """A compacted topic on Kafka keeps older records of a key for a while."""
    positions = TopicStatus(POSITIONS.name, Count(40), NOW, NOW, keys=11)
    row = row_of("holdings", Facts({"holdings": group()}, {POSITIONS.name: positions}))
    assert row.notes == ("state of 11 books, restored in about 1 s",)


def test_edgars_row_has_the_time_of_the_last_poll() -> None:
    """The watcher's measure is the time of its last poll, not of its last filing."""
    edgar = SourceFacts(5, NOW - timedelta(minutes=3), 2, NOW - timedelta(minutes=4), "2026-02-27")
    row = row_of("watcher edgar", Facts({}, {}, {"edgar": edgar}))
    assert cell(row, "Latest") == "3 minutes ago"
    assert row.notes == (
        "last success 4 minutes ago, to within 15 minutes",
        "2 filings waiting",
        "indexes read through 2026-02-27",
    )
    assert row.values["last_success"] == "2026-03-02T11:56:00Z"


def test_watchers_dead_letters_are_shown_in_the_row_of_their_topic() -> None:
    """The watcher has one row per source, and one topic of dead letters for all."""
    letters = TopicStatus(WATCHER_DEAD_LETTERS.name, Count(1), NOW, NOW, codes={"undecodable": 1})
    row = row_of(WATCHER_DEAD_LETTERS.name, Facts({}, {WATCHER_DEAD_LETTERS.name: letters}))
    assert row.notes == ("1 dead letter (1 undecodable), the first 0 seconds ago",)


def test_every_row_has_one_cell_per_heading_and_is_a_json_object() -> None:
    """The table and the objects have the same facts."""
    facts = Facts(
        {"parser": group(), "holdings": group()},
        {TRANSACTIONS.name: TopicStatus(f"acme.{TRANSACTIONS.name}", Count(2), None, NOW + timedelta(hours=1))},
        {"directory": SourceFacts(3, NOW)},
    )
    rows = status_rows(facts, NOW)
    assert [row.cells[0] for row in rows] == ["watcher directory", "parser", "holdings", f"acme.{TRANSACTIONS.name}"]
    for row in rows:
        assert len(row.cells) == len(HEADINGS[row.kind])
        assert json.loads(row_json(row))["part"] == row.cells[0]
    assert cell(rows[-1], "Latest") == "0 seconds ago"  # the broker's clock is ahead


def test_table_fits_80_columns_and_names_the_parts_that_need_attention() -> None:
    """An operator reads it on any terminal, services first."""
    letters = TopicStatus(
        PARSER_DEAD_LETTERS.name, Count(565), NOW, NOW, codes={f"code_number_{number}": 9 for number in range(9)}
    )
    facts = Facts(
        {"parser": group(members=0, lag=Count(1_200)), "holdings": group()},
        {
            PARSER_DEAD_LETTERS.name: letters,
            HOLDINGS_DEAD_LETTERS.name: TopicStatus(HOLDINGS_DEAD_LETTERS.name, Count(0), None, None),
        },
        {"directory": SourceFacts(3, NOW)},
    )
    stream = io.StringIO()
    print_status(Screen(stream, width=80), status_rows(facts, NOW))
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["Service", "State", "Members", "Partitions", "Lag", "Dead", "letters"]
    assert lines[1].split() == ["parser", "not", "running", "0", "8", "1,200", "565"]
    assert lines[2] == "  no running member: start parser"
    assert [line.split()[0] for line in lines if line and not line.startswith(" ")] == [
        *("Service", "parser", "holdings", "Source", "watcher", "Topic"),
        *(PARSER_DEAD_LETTERS.name, HOLDINGS_DEAD_LETTERS.name),
    ]
