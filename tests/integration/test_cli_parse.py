"""`insidertape parse`: files to events, with no engine."""

import csv
import io
import os
from pathlib import Path

from contracts.codec import decode
from contracts.transactions_reported import TransactionsReported
from tests.unit.cli.command import SAMPLES, insidertape, insidertape_without_reader

FRAGMENT = SAMPLES / "fragment-without-header.txt"
GIFT = SAMPLES / "2024-12-20-quillmark-vance-form4-gift.xml"
JOINT = SAMPLES / "2024-10-17-fernhollow-castellan-form4-joint-filing-three-owners.txt"


def events(text: str) -> list[TransactionsReported]:
    """The events that were printed, one a line."""
    return [decode(line, TransactionsReported) for line in text.splitlines()]


def test_a_file_gives_its_event_with_its_uri() -> None:
    """One line of JSON of the contract; nothing on standard error."""
    parsed = insidertape("parse", GIFT)
    (event,) = events(parsed.stdout)
    assert (parsed.returncode, parsed.stderr) == (0, "")
    assert (event.owner.name, event.filing.source_url) == ("VANCE ELENA R", GIFT.as_uri())


def test_a_joint_filing_gives_an_event_for_each_owner() -> None:
    """In the order of the document."""
    assert [event.owner_index for event in events(insidertape("parse", JOINT).stdout)] == [0, 1, 2]


def test_a_relative_path_gives_an_absolute_uri() -> None:
    """Also one with spaces and letters outside ASCII."""
    relative = os.path.relpath(GIFT, Path(__file__).resolve().parents[2])
    assert events(insidertape("parse", relative).stdout)[0].filing.source_url == GIFT.as_uri()


def test_an_odd_file_name_is_quoted_in_its_uri(tmp_path: Path) -> None:
    """The URI leads back to the file."""
    odd = tmp_path / "Vänce & co #1.xml"
    odd.write_bytes(GIFT.read_bytes())
    (event,) = events(insidertape("parse", odd).stdout)
    assert event.filing.source_url == odd.as_uri()


def test_a_directory_stands_for_the_files_below_it(tmp_path: Path) -> None:
    """Sorted, at any depth, hidden ones left out."""
    for name in ("b/2.xml", "a/1.xml", ".hidden/3.xml", ".4.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(GIFT.read_bytes())
    found = [event.filing.source_url for event in events(insidertape("parse", tmp_path).stdout)]
    assert found == [(tmp_path / "a/1.xml").as_uri(), (tmp_path / "b/2.xml").as_uri()]


def test_files_that_cannot_be_parsed_are_named_and_the_others_parsed(tmp_path: Path) -> None:
    """Path, code and message on standard error, and exit status 1."""
    missing = tmp_path / "missing.xml"
    parsed = insidertape("parse", FRAGMENT, missing, GIFT)
    assert parsed.returncode == 1
    assert len(events(parsed.stdout)) == 1
    assert parsed.stderr.splitlines() == [
        f"{FRAGMENT}: no_issuer: neither the document nor a hint names an issuer",
        f"{missing}: unreadable_file: No such file or directory",
    ]


def test_all_samples_but_the_fragment_are_parsed() -> None:
    """From their directory."""
    parsed = insidertape("parse", SAMPLES)
    assert parsed.returncode == 1
    assert len({event.filing.filing_id for event in events(parsed.stdout)}) == 23
    assert [line.split(": ")[1] for line in parsed.stderr.splitlines()] == ["no_issuer"]


def test_a_directory_reads_as_a_person_would_want(tmp_path: Path) -> None:
    """A filing once, with the owners it is of; then what of the whole could not be read."""
    for path in (JOINT, FRAGMENT):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    parsed = insidertape("parse", "--format", "table", tmp_path)
    assert parsed.stdout.count("Form 4 ") == 1
    assert parsed.stderr.splitlines()[-1] == "1 filing, 3 events (one per owner); 1 of 2 files could not be parsed"


def test_lines_can_be_had_as_csv() -> None:
    """One row a line of each owner, under headings."""
    rows = list(csv.DictReader(io.StringIO(insidertape("parse", "--format", "csv", GIFT).stdout)))
    gift = rows[0]
    assert (gift["owner"], gift["kind"], gift["code"]) == ("VANCE ELENA R", "transaction", "G")
    assert all(row["source_url"] == GIFT.as_uri() for row in rows)


def test_events_are_written_in_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    """A name outside ASCII reads back as it was."""
    accented = tmp_path / "a.xml"
    accented.write_text(GIFT.read_text(encoding="utf-8").replace("VANCE ELENA R", "VANCÉ ELENA R"), encoding="utf-8")
    parsed = insidertape("parse", accented, PYTHONUTF8="0", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert events(parsed.stdout)[0].owner.name == "VANCÉ ELENA R"


def test_a_reader_that_leaves_is_no_error() -> None:
    """`parse … | head -1`."""
    parsed = insidertape_without_reader("parse", GIFT)
    assert (parsed.returncode, parsed.stderr) == (0, "")


def test_nothing_to_parse_is_a_usage_error() -> None:
    """A path is required."""
    assert insidertape("parse").returncode == 2
