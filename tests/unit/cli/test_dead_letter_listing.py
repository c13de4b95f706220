"""Listings of dead letters: which are shown, in three formats, and what is said of them."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
import typer

from contracts.errors import InvalidFiling
from contracts.topics import DEAD_LETTERS, FILINGS, HOLDINGS_DEAD_LETTERS, PARSER_DEAD_LETTERS, Topic
from services.cli.dead_letters.dead_letter import DeadLetter
from services.cli.dead_letters.dead_letter_listing import DeadLetterFilter, list_dead_letters, show_dead_letter
from services.cli.options.choices import Format, ServiceName
from services.cli.options.dead_letter_options import parse_time
from services.runtime.dead_letters import dead_letter, replay_marker
from services.runtime.port import Output, Record

DAY_MS = 86_400_000


class FakeEngine:
    """Dead letters as an engine reads them: number n was written on day n after 2024-01-01."""

    def __init__(self, *outputs: Output) -> None:
        first = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1_000)
        self.records = [
            Record(each.topic.name, each.partition or 0, n, each.key, each.value, each.headers, first + n * DAY_MS)
            for n, each in enumerate(outputs)
        ]

    async def read(self, topics: Sequence[Topic], *, follow: bool) -> AsyncIterator[Record]:
        """Read those of the topics."""
        assert not follow
        for record in self.records:
            if record.topic in {topic.name for topic in topics}:
                yield record


def died(code: str, topic: Topic = PARSER_DEAD_LETTERS) -> Output:
    """A dead letter of this code."""
    return dead_letter(topic, Record(FILINGS.name, 0, 7, b"=key", b"{}"), InvalidFiling(code, "bad"), stage="s")


ENGINE = FakeEngine(
    died("no_issuer"),
    died("empty", HOLDINGS_DEAD_LETTERS),
    died("no_issuer"),
    replay_marker(PARSER_DEAD_LETTERS, 0, 2),
    died("no_owner"),
)


def listed(wanted: DeadLetterFilter, form: Format, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    """The lines on standard output, and what is said on standard error."""
    asyncio.run(list_dead_letters(ENGINE, wanted, form))  # type: ignore[arg-type]  # reads, and no more is asked of it
    printed = capsys.readouterr()
    return printed.out.splitlines(), printed.err


@pytest.mark.parametrize(
    ("wanted", "ids", "said"),
    [
        (DeadLetterFilter(), [0, 1, 4], "3 dead letters: empty 1, no_issuer 1, no_owner 1."),
        (DeadLetterFilter(replayed=True), [0, 1, 2, 4], "4 dead letters: no_issuer 2, empty 1, no_owner 1."),
        (DeadLetterFilter(codes=("empty", "no_owner")), [1, 4], "2 dead letters: empty 1, no_owner 1."),
        (DeadLetterFilter(services=(ServiceName.HOLDINGS,)), [1], "1 dead letter: empty 1."),
        (DeadLetterFilter(since=parse_time("2024-01-02")), [1, 4], "2 dead letters: empty 1, no_owner 1."),
        (DeadLetterFilter(since=parse_time("2024-01-02T00:00:01")), [4], "1 dead letter: no_owner 1."),
        (DeadLetterFilter(limit=1), [4], "The newest 1 of 3 dead letters: empty 1, no_issuer 1, no_owner 1."),
        (DeadLetterFilter(codes=("other",)), [], "No dead letters match the filter."),
    ],
)
def test_conditions_narrow_the_listing(
    wanted: DeadLetterFilter, ids: list[int], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Replayed ones are passed over unless asked for; the counts are of all that match, the newest of them shown."""
    lines, words = listed(wanted, Format.JSONL, capsys)
    assert [int(json.loads(line)["id"].rpartition("/")[2]) for line in lines] == ids
    assert words.splitlines()[0] == said
    hidden = not wanted.replayed and wanted.matches(DeadLetter(ENGINE.records[2]))
    assert words.endswith("Not listed: 1 already replayed (--replayed lists them).\n") == hidden


def test_a_program_gets_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    """The same in JSON lines and CSV; a spreadsheet runs no cell of it."""
    line = listed(DeadLetterFilter(replayed=True), Format.JSONL, capsys)[0][2]
    assert json.loads(line) == {
        "id": "parser/0/2",
        "service": "parser",
        "written_at": "2024-01-03T00:00:00Z",
        "code": "no_issuer",
        "message": "bad",
        "about": "=key",
        "topic": FILINGS.name,
        "partition": 0,
        "offset": 7,
        "replay_of": None,
        "replayed_at": "2024-01-04T00:00:00Z",
        "obstacle": None,
    }
    rows = list(csv.DictReader(listed(DeadLetterFilter(), Format.CSV, capsys)[0]))
    assert (list(rows[0]), rows[0]["about"], len(rows)) == (list(json.loads(line)), "'=key", 3)


def test_a_table_says_when_they_were_replayed(capsys: pytest.CaptureFixture[str]) -> None:
    """In a column, if they are asked for."""
    heading, *rows = listed(DeadLetterFilter(replayed=True), Format.TABLE, capsys)[0]
    assert "Replayed" in heading
    assert ["2024-01-04T00:00:00Z" in row for row in rows] == [False, False, True, False]


def test_show_says_what_is_missing_and_how_to_give_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A person who knows the issuer need not look up how to say so; what was replayed says that instead."""
    for letter, said in (
        ("parser/0/0", "dlq replay parser/0/0 --issuer-cik CIK --issuer-name NAME --data here\n"),
        ("parser/0/2", "parser/0/2 was replayed at 2024-01-04T00:00:00Z.\n"),
        ("parser/0/4", ""),
    ):
        asyncio.run(show_dead_letter(ENGINE, letter, "--data here"))  # type: ignore[arg-type]  # likewise
        assert capsys.readouterr().err.endswith(said)


def test_a_moment_without_a_zone_is_in_utc() -> None:
    """As all times in the listing are."""
    assert parse_time("2024-01-02") == datetime(2024, 1, 2, tzinfo=UTC)
    assert parse_time("2024-01-02T01:00+01:00") == datetime(2024, 1, 2, tzinfo=UTC)
    with pytest.raises(typer.BadParameter, match="'soon' is not a date or time"):
        parse_time("soon")


def test_nothing_is_said_to_be_there_if_nothing_is(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty table says nothing."""
    asyncio.run(list_dead_letters(FakeEngine(), DeadLetterFilter(), Format.TABLE))  # type: ignore[arg-type]  # likewise
    assert capsys.readouterr() == ("", "There are no dead letters.\n")
    assert {f"{each}.dlq.v1" for each in ServiceName} == {each.name.split(".v1.")[-1] for each in DEAD_LETTERS}
