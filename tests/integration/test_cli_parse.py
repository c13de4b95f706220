"""`insidertape parse`: files to events, without an engine."""

import csv
import io
import os
from pathlib import Path

from contracts.codec import decode
from contracts.structs import TransactionsReported
from tests.unit.cli.command import SAMPLES, insidertape, insidertape_without_reader

FRAGMENT = SAMPLES / "fragment-without-header.txt"
GIFT = SAMPLES / "2024-12-20-quillmark-vance-form4-gift.xml"
JOINT = SAMPLES / "2024-10-17-fernhollow-castellan-form4-joint-filing-three-owners.txt"


def events(text: str) -> list[TransactionsReported]:
    """Return the printed events, one per line."""
    return [decode(line, TransactionsReported) for line in text.splitlines()]


def test_a_file_results_in_its_event_with_its_uri() -> None:
    """The output is one line of JSON as the contract defines it; standard error is empty."""
    parsed = insidertape("parse", GIFT)
    (event,) = events(parsed.stdout)
    assert (parsed.returncode, parsed.stderr) == (0, "")
    assert (event.owner.name, event.filing.source_url) == ("VANCE ELENA R", GIFT.as_uri())


def test_a_joint_filing_results_in_one_event_per_owner() -> None:
    """The events are in the order of the owners in the document."""
    assert [event.owner_index for event in events(insidertape("parse", JOINT).stdout)] == [0, 1, 2]


def test_a_relative_path_gives_an_absolute_uri() -> None:
    """This includes paths with spaces and letters outside ASCII."""
    relative = os.path.relpath(GIFT, Path(__file__).resolve().parents[2])
    assert events(insidertape("parse", relative).stdout)[0].filing.source_url == GIFT.as_uri()


def test_special_characters_in_a_file_name_are_quoted_in_its_uri(tmp_path: Path) -> None:
    """The URI must lead back to the file."""
    special = tmp_path / "Vänce & co #1.xml"
    special.write_bytes(GIFT.read_bytes())
    (event,) = events(insidertape("parse", special).stdout)
    assert event.filing.source_url == special.as_uri()


def test_a_directory_means_all_files_below_it(tmp_path: Path) -> None:
    """They are sorted; files at any depth are included, hidden ones are not."""
    for name in ("b/2.xml", "a/1.xml", ".hidden/3.xml", ".4.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(GIFT.read_bytes())
    found = [event.filing.source_url for event in events(insidertape("parse", tmp_path).stdout)]
    assert found == [(tmp_path / "a/1.xml").as_uri(), (tmp_path / "b/2.xml").as_uri()]


def test_files_that_cannot_be_parsed_are_named_and_the_others_parsed(tmp_path: Path) -> None:
    """Standard error has path, code and message of each; the exit status is 1."""
    missing = tmp_path / "missing.xml"
    parsed = insidertape("parse", FRAGMENT, missing, GIFT)
    assert parsed.returncode == 1
    assert len(events(parsed.stdout)) == 1
    assert parsed.stderr.splitlines() == [
        f"{FRAGMENT}: no_issuer: neither the document nor a hint names the issuer; it is a fragment",
        f"{missing}: unreadable_file: No such file or directory",
    ]


def test_all_samples_but_the_fragment_are_parsed() -> None:
    """The samples are given as one directory."""
    parsed = insidertape("parse", SAMPLES)
    assert parsed.returncode == 1
    assert len({event.filing.filing_id for event in events(parsed.stdout)}) == 23
    assert [line.split(": ")[1] for line in parsed.stderr.splitlines()] == ["no_issuer"]


def test_a_directory_is_shown_as_a_table_with_a_summary(tmp_path: Path) -> None:
    """Each filing is shown once with all its owners; the files that could not be read are counted at the end."""
    for path in (JOINT, FRAGMENT):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam,")
    parsed = insidertape("parse", "--format", "table", tmp_path)
    assert parsed.stdout.count("Form 4 ") == 2
    assert parsed.stdout.count("fragment\n") == 1
    assert parsed.stderr.splitlines()[-1] == "2 filings, 4 events (one per owner); 1 of 3 files could not be parsed"


def test_csv_has_one_row_per_line_and_owner() -> None:
    """There is one row per line and owner, under headings."""
    rows = list(csv.DictReader(io.StringIO(insidertape("parse", "--format", "csv", GIFT).stdout)))
    gift = rows[0]
    assert (gift["owner"], gift["kind"], gift["code"]) == ("VANCE ELENA R", "transaction", "G")
    assert all(row["source_url"] == GIFT.as_uri() for row in rows)


def test_events_are_written_in_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    """A name outside ASCII must be read back unchanged."""
    accented = tmp_path / "a.xml"
    accented.write_text(GIFT.read_text(encoding="utf-8").replace("VANCE ELENA R", "VANCÉ ELENA R"), encoding="utf-8")
    parsed = insidertape("parse", accented, PYTHONUTF8="0", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert events(parsed.stdout)[0].owner.name == "VANCÉ ELENA R"


def test_a_closed_pipe_is_not_an_error() -> None:
    """This happens with `parse … | head -1`."""
    parsed = insidertape_without_reader("parse", GIFT)
    assert (parsed.returncode, parsed.stderr) == (0, "")


def test_nothing_to_parse_is_a_usage_error() -> None:
    """A path is required."""
    assert insidertape("parse").returncode == 2
