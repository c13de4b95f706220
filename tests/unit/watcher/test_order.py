"""The order of a directory: acceptance, filing date, signature, period, then accession number and file name."""

import re
from datetime import date
from io import FileIO
from pathlib import Path

import pytest

from contracts.errors import InvalidFiling
from services.parser import parse_filing
from services.section16.edgar_calendar import EASTERN
from services.watcher.directory import accession_number_in_name
from services.watcher.order import FilingOrder, order_of_file, signature_day
from services.watcher.peek import PEEK_LENGTH
from tests.filings.corpus import CORPUS, SEEDS, SHARED, each_of
from tests.unit.watcher.directory_harness import ownership_xml, submission

ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TODAY = date(2024, 5, 20)
NUMBER = "0001127602-24-000001"
END_OF_DAY, NO_NUMBER = "240000", "~"


def order_of(path: Path, text: str, *, today: date = TODAY) -> FilingOrder:
    """Return the order of a file with this text."""
    path.write_text(text)
    return order_of_file(path, today=today)


def signed_xml(*days: str, period: str = "2024-05-17", remarks: str = "") -> str:
    """Return an ownership document with signatures at its end, as in the schema."""
    signatures = "".join(f"    <ownerSignature><signatureDate>{day}</signatureDate></ownerSignature>\n" for day in days)
    end = "</ownershipDocument>"
    return ownership_xml(period=period, remarks=remarks).replace(end, signatures + end)


def test_acceptance_comes_before_every_other_date(tmp_path: Path) -> None:
    """EDGAR's own clock is US Eastern: 21:57 there is the next day in UTC, and the filing still belongs to this day."""
    text = submission(NUMBER, accepted="20240516215740", filed="20240517") + signed_xml("2024-05-15")
    assert order_of(tmp_path / "a.txt", text) == ("2024-05-16", "215740", NUMBER, "a.txt")


@pytest.mark.parametrize("accepted", ["", "20240231120000", "20240516250000", "2024051621574", "202405162157401"])
def test_without_a_valid_acceptance_the_filing_date_counts(tmp_path: Path, accepted: str) -> None:
    """Submissions from the daily archives have only a date; an impossible time is not used in part."""
    text = submission(NUMBER, accepted=accepted, filed="20240517") + signed_xml("2024-05-15")
    assert order_of(tmp_path / "a.txt", text) == ("2024-05-17", END_OF_DAY, NUMBER, "a.txt")


def test_filing_date_of_a_header_in_tags_counts(tmp_path: Path) -> None:
    """This is EDGAR's other style of header; some copies have only carriage returns."""
    text = f"<SUBMISSION>\r<ACCESSION-NUMBER>{NUMBER}\r<TYPE>4\r<PERIOD>20240515\r<FILING-DATE>20240517\r"
    assert order_of(tmp_path / "a.txt", text) == ("2024-05-17", END_OF_DAY, NUMBER, "a.txt")


def test_without_a_header_the_signature_counts(tmp_path: Path) -> None:
    """A late form belongs at its filing date, not at the date of its trade."""
    order = order_of(tmp_path / f"{NUMBER}.xml", signed_xml("2024-05-18", period="2024-01-02"))
    assert order == ("2024-05-18", END_OF_DAY, NUMBER, f"{NUMBER}.xml")


def test_latest_of_several_signatures_counts(tmp_path: Path) -> None:
    """A joint filing cannot be filed before its last owner has signed."""
    assert order_of(tmp_path / "a.xml", signed_xml("2024-05-17", "2024-05-19", "2024-05-18")).day == "2024-05-19"


def test_without_a_signature_the_period_counts_and_without_that_nothing(tmp_path: Path) -> None:
    """Files without any date come first: they may be arbitrarily old."""
    assert order_of(tmp_path / "a.xml", ownership_xml(period="2024-05-17")).day == "2024-05-17"
    assert order_of(tmp_path / "b.xml", ownership_xml(period="2024-02-30")).day == ""
    assert order_of(tmp_path / "c.txt", "no date at all") == ("", END_OF_DAY, NO_NUMBER, "c.txt")


@pytest.mark.parametrize(
    ("signed", "period", "expected"),
    [
        (["2024-05-18"], "2024-05-17", "2024-05-18"),
        (["2024-05-21"], "2024-05-20", "2024-05-21"),
        (["2024-05-22"], "2024-05-20", ""),
        (["2034-05-18", "2024-05-18"], "2024-05-17", "2024-05-18"),
        (["2023-01-06"], "2024-01-04", ""),
        (["2010-06-25"], "2010-06-28", "2010-06-25"),
        (["2024-05-09"], "2024-05-17", ""),
        (["2011-01-25"], "2009-12-04", "2011-01-25"),
        (["2024-05-18"], "2034-05-17", "2024-05-18"),
        (["2024-05-18"], "", "2024-05-18"),
        (["0001-01-01"], "0001-01-01", "0001-01-01"),
        ([], "2024-05-17", ""),
    ],
    ids=[
        "after the period",
        "ahead of Eastern time",
        "in the future",
        "another is right",
        "last year, typed in January",
        "days before the period",
        "more than a week before",
        "a year late",
        "the period is mistyped",
        "no period",
        "the first day there is",
        "no signature",
    ],
)
def test_signature_day_is_trusted_only_if_it_can_be_right(signed: list[str], period: str, expected: str) -> None:
    """One mistyped year must not put a filing after, or before, all others of its owner."""
    assert signature_day(signed, period, today=TODAY) == expected


def test_with_an_impossible_signature_the_period_counts(tmp_path: Path) -> None:
    """EDGAR roughly checks the period against the day of filing, but not the signature."""
    assert order_of(tmp_path / "a.xml", signed_xml("2034-05-18")).day == "2024-05-17"
    assert order_of(tmp_path / "b.xml", signed_xml("2024-02-30")).day == "2024-05-17"


def test_filings_of_a_day_follow_by_time_then_accession_number_then_file_name(tmp_path: Path) -> None:
    """Parts of one report are numbered as they were filed; those without a time or number come last."""
    for name, text in {
        "1.txt": "no date at all",
        "2.txt": submission("0001127602-24-000009", accepted="20240516235959"),
        "3.txt": submission("0001127602-24-000009", accepted="20240517160000"),
        "4.txt": submission("0001127602-24-000002", accepted="20240517160001"),
        "0001127602-24-000003 (5).xml": ownership_xml(),
        "000112760224000004 (7).xml": ownership_xml(),
        "0001127602-24-000004 (6).xml": ownership_xml(),
        "8.xml": ownership_xml(),
        "9.xml": ownership_xml(),
    }.items():
        (tmp_path / name).write_text(text)
    ordered = sorted(tmp_path.iterdir(), key=lambda path: order_of_file(path, today=TODAY))
    assert [re.sub(r".*\(|\D", "", path.name) for path in ordered] == list("123456789")


def test_accession_number_of_the_header_precedes_that_of_the_name(tmp_path: Path) -> None:
    """The filing's identity follows the same rule."""
    assert order_of(tmp_path / "0000899243-21-044060.txt", submission(NUMBER)).accession_number == NUMBER
    assert order_of(tmp_path / "000089924321044060.xml", ownership_xml()).accession_number == "0000899243-21-044060"


@pytest.mark.parametrize(
    "text",
    [
        "/s/ Jane Doe, attorney-in-fact 05/18/2024\n\n\\*\\* Signature of Reporting Person Date\n\nReminder 01/01/2030",
        "Jane Doe\n\n5/18/2024\n\n**Signature of Reporting Person\n\nDate",
        '<td>05/18/2024</td></tr><tr><td class="MedSmallFormText">** Signature of Reporting Person</td>',
        "sold on 12/31/2024.\n/s/ Jane Doe 05/18/2024\n** Signature of Reporting Person Date",
        "Jane 05/18/2024\n** Signature of Reporting Person\nJohn 05/17/2024\n** Signature of Reporting Person",
    ],
    ids=["one line", "separate lines", "page", "a footnote before it", "two owners"],
)
def test_signature_of_a_rendering_is_found_by_its_caption(tmp_path: Path, text: str) -> None:
    """Rendered pages have neither a header nor tags."""
    body = f"3. Date of Earliest Transaction (Month/Day/Year) 05/17/2024\n{text}"
    assert order_of(tmp_path / "a.txt", body).day == "2024-05-18"


@pytest.mark.parametrize("text", ["05/18/2024" + " " * 400, "13/41/2024\n", "05/18/20245\n", ""])
def test_date_far_from_the_caption_or_invalid_is_not_the_signatures(tmp_path: Path, text: str) -> None:
    """It may be any other date; the period is the better guess."""
    body = (
        f"3. Date of Earliest Transaction (Month/Day/Year) 05/17/2024\n{' ' * 400}{text}Signature of Reporting Person"
    )
    assert order_of(tmp_path / "a.txt", body).day == "2024-05-17"


@pytest.mark.parametrize("length", [0, 3_000, 4_000, 6_000, 20_000, 2 * PEEK_LENGTH])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_signature_is_found_however_long_the_document_is(tmp_path: Path, length: int, encoding: str) -> None:
    """Only head and tail of a long document are read, and either may cut a character in two."""
    path = tmp_path / "a.xml"
    path.write_bytes(signed_xml("2024-05-18", remarks="é" * length).encode(encoding))
    assert order_of_file(path, today=TODAY).day == "2024-05-18"


def test_signature_is_found_before_a_long_exhibit(tmp_path: Path) -> None:
    """A submission whose header lost its dates may end in a power of attorney."""
    path = tmp_path / "a.txt"
    assert order_of(path, signed_xml("2024-05-18") + "power of attorney " * 1_000).day == "2024-05-18"


def test_header_with_a_date_costs_one_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of 10,000 submissions is ordered before the first one is published."""
    path = tmp_path / "a.txt"
    path.write_text(submission(NUMBER, accepted="20240516215740") + signed_xml("2024-05-15", remarks="-" * 100_000))
    sizes: list[int] = []

    class Counting(FileIO):
        """A file that records the sizes of its reads."""

        def read(self, size: int | None = -1, /) -> bytes:
            sizes.append(size or 0)
            return super().read(size or 0)

    monkeypatch.setattr(Path, "open", lambda self, *_, **__: Counting(self))
    assert order_of_file(path, today=TODAY).time == "215740"
    assert sizes == [4_096]


def test_unreadable_file_is_ordered_by_its_name(tmp_path: Path) -> None:
    """It becomes a dead letter or is logged when its turn comes."""
    (tmp_path / "a").write_bytes(b"\x81")
    assert order_of_file(tmp_path / "a", today=TODAY) == ("", END_OF_DAY, NO_NUMBER, "a")
    assert order_of_file(tmp_path / f"{NUMBER}.xml", today=TODAY) == ("", END_OF_DAY, NUMBER, f"{NUMBER}.xml")


@pytest.mark.parametrize("folder", each_of(SHARED / "cases" / "ledger", "*/"))
def test_each_chain_of_cases_is_published_in_the_order_of_its_numbers(folder: Path) -> None:
    """They are numbered in the order of filing."""
    ordered = sorted(folder.iterdir(), key=lambda path: order_of_file(path, today=date(2026, 11, 28)))
    assert [path.name for path in ordered] == sorted(path.name for path in ordered)


@pytest.mark.parametrize(
    "path",
    [
        *each_of(CORPUS / "xml", "*.xml"),
        *each_of(CORPUS / "txt", "*.txt"),
        *each_of(CORPUS / "html", "*.html"),
        *each_of(CORPUS / "html_rendered", "*.html"),
        *each_of(CORPUS / "text", "*/*.[mt]*"),
        *each_of(SEEDS, "*.txt"),
    ],
)
def test_real_filing_is_placed_by_the_dates_that_the_parser_reads(path: Path) -> None:
    """The ledger orders filings by these dates: another order costs one extra fold per filing."""
    try:
        filing = parse_filing(path.read_bytes())[0].filing
    except InvalidFiling:
        pytest.skip("the parser reads no form in it")
    order = order_of_file(path, today=date(2026, 11, 28))
    assert order.accession_number == (filing.accession_number or accession_number_in_name(path.name) or NO_NUMBER)
    if filing.accepted_at is not None:
        assert f"{order.day} {order.time}" == f"{filing.accepted_at.astimezone(EASTERN):%Y-%m-%d %H%M%S}"
        return
    signed = [each.date for each in filing.signatures if each.date and ISO_DATE.fullmatch(each.date)]
    dates = [filing.filed_on, max(map(date.fromisoformat, signed), default=None), filing.period_of_report]
    assert order.day == str(next(day for day in dates if day is not None))
