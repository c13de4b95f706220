"""Listings of dead letters: selection, three formats, and summary lines."""

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
    """An engine with dead letters: number n was written n days after 2024-01-01."""

    def __init__(self, *outputs: Output) -> None:
        first = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1_000)
        self.records = [
            Record(each.topic.name, each.partition or 0, n, each.key, each.value, each.headers, first + n * DAY_MS)
            for n, each in enumerate(outputs)
        ]

    async def read(self, topics: Sequence[Topic], *, follow: bool) -> AsyncIterator[Record]:
        """Yield the records of the topics."""
        assert not follow
        for record in self.records:
            if record.topic in {topic.name for topic in topics}:
                yield record


def dead_letter_with(code: str, topic: Topic = PARSER_DEAD_LETTERS) -> Output:
    """Return a dead letter with this code."""
    return dead_letter(topic, Record(FILINGS.name, 0, 7, b"=key", b"{}"), InvalidFiling(code, "bad"), stage="s")


ENGINE = FakeEngine(
    dead_letter_with("no_issuer"),
    dead_letter_with("empty", HOLDINGS_DEAD_LETTERS),
    dead_letter_with("no_issuer"),
    replay_marker(PARSER_DEAD_LETTERS, 0, 2),
    dead_letter_with("no_owner"),
)


def listed(wanted: DeadLetterFilter, form: Format, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    """Return the lines on standard output, and the text on standard error."""
    asyncio.run(list_dead_letters(ENGINE, wanted, form))  # type: ignore[arg-type]  # reads, and no more is asked of it
    printed = capsys.readouterr()
    return printed.out.splitlines(), printed.err


@pytest.mark.parametrize(
    ("wanted", "ids", "message"),
    [
        (DeadLetterFilter(), [0, 1, 4], "3 dead letters: empty 1, no_issuer 1, no_owner 1."),
        (DeadLetterFilter(replayed=True), [0, 1, 2, 4], "4 dead letters: no_issuer 2, empty 1, no_owner 1."),
        (DeadLetterFilter(codes=("empty", "no_owner")), [1, 4], "2 dead letters: empty 1, no_owner 1."),
        (DeadLetterFilter(services=(ServiceName.HOLDINGS,)), [1], "1 dead letter: empty."),
        (DeadLetterFilter(since=parse_time("2024-01-02")), [1, 4], "2 dead letters: empty 1, no_owner 1."),
        (DeadLetterFilter(since=parse_time("2024-01-02T00:00:01")), [4], "1 dead letter: no_owner."),
        (DeadLetterFilter(limit=1), [4], "The newest 1 of 3 dead letters: empty 1, no_issuer 1, no_owner 1."),
        (DeadLetterFilter(codes=("other",)), [], "No dead letters match the filter."),
    ],
)
def test_conditions_narrow_the_listing(
    wanted: DeadLetterFilter, ids: list[int], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Replayed ones are included only on request; the counts include all that match, of which the newest are shown."""
    lines, words = listed(wanted, Format.JSONL, capsys)
    assert [int(json.loads(line)["id"].rpartition("/")[2]) for line in lines] == ids
    assert words.splitlines()[0] == message
    hidden = not wanted.replayed and wanted.matches(DeadLetter(ENGINE.records[2]))
    assert words.endswith("Not listed: 1 already replayed (--replayed lists them).\n") == hidden


def test_jsonl_and_csv_have_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON lines and CSV have the same fields; no CSV cell is a formula."""
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


def test_a_table_shows_the_time_of_the_replay(capsys: pytest.CaptureFixture[str]) -> None:
    """The column appears if replayed ones are included."""
    heading, *rows = listed(DeadLetterFilter(replayed=True), Format.TABLE, capsys)[0]
    assert "Replayed" in heading
    assert ["2024-01-04T00:00:00Z" in row for row in rows] == [False, False, True, False]


def test_show_names_the_missing_fact_and_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    """A user who knows the issuer need not look up the option; for a replayed one the note says that instead."""
    for letter, message in (
        ("parser/0/0", "dlq replay parser/0/0 --issuer-cik CIK --issuer-name NAME --data here\n"),
        ("parser/0/2", "parser/0/2 was replayed at 2024-01-04T00:00:00Z.\n"),
        ("parser/0/4", ""),
    ):
        asyncio.run(show_dead_letter(ENGINE, letter, "--data here"))  # type: ignore[arg-type]  # likewise
        assert capsys.readouterr().err.endswith(message)


def test_a_time_without_a_zone_is_in_utc() -> None:
    """All times in the listing are in UTC."""
    assert parse_time("2024-01-02") == datetime(2024, 1, 2, tzinfo=UTC)
    assert parse_time("2024-01-02T01:00+01:00") == datetime(2024, 1, 2, tzinfo=UTC)
    with pytest.raises(typer.BadParameter, match="'soon' is not a date or time"):
        parse_time("soon")


def test_without_dead_letters_a_message_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty table would not be clear."""
    asyncio.run(list_dead_letters(FakeEngine(), DeadLetterFilter(), Format.TABLE))  # type: ignore[arg-type]  # likewise
    assert capsys.readouterr() == ("", "There are no dead letters.\n")
    assert {f"{each}.dlq.v1" for each in ServiceName} == {each.name.split(".v1.")[-1] for each in DEAD_LETTERS}
