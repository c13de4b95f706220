"""EDGAR's indexes: every Section 16 filing once, and no damaged index accepted as complete."""

import re
from datetime import date

import pytest

from contracts.errors import TransientError
from services.watcher.edgar.index import IndexEntry, IndexParty, read_index
from tests.filings.corpus import CORPUS, each_of

IDX = CORPUS / "feeds" / "idx"
PREAMBLE = (
    "Description:           Master Index of EDGAR Dissemination Feed\nLast Data Received:    Mar 18, 2020\n \n \n"
)
MASTER = PREAMBLE + "CIK|Company Name|Form Type|Date Filed|File Name\n" + 80 * "-" + "\n"
FORM = (
    PREAMBLE
    + "Form Type   Company Name                                                  CIK         Date Filed  File Name\n"
    + 141 * "-"
    + "\n"
)
PATH = "edgar/data/1750/0001127602-20-011230.txt"
ENTRY = IndexEntry("0001127602-20-011230", "4", date(2020, 3, 18), PATH, (IndexParty("0000001750", "AAR CORP"),))


def form_line(form: str = "4", name: str = "AAR CORP", cik: str = "1750", day: str = "20200318") -> str:
    """Return a line of a form.idx: fixed width, unless a value is too long for its column."""
    return f"{form:<12}{name:<62}{cik:<12}{day:<12}edgar/data/{cik}/0001127602-20-011230.txt         \n"


@pytest.mark.parametrize("day", ["20200318", "2020-03-18"], ids=["daily", "quarterly"])
def test_both_layouts_and_both_date_formats_are_read_the_same(day: str) -> None:
    """Daily indexes write dates without dashes, quarterly indexes with dashes."""
    master = f"{MASTER}1750|AAR CORP|4|{day}|{PATH}\n"
    form = FORM + form_line(day=day)
    assert read_index(master.encode()).entries == read_index(form.encode()).entries == (ENTRY,)


@pytest.mark.parametrize(
    "name",
    [
        "A" * 80,
        "A NAME THAT IS LONGER THAN ITS COLUMN AND ENDS IN THE YEAR OF GRACE 2000",
        "4 KIDS  ENTERTAINMENT 20200318",
        "4",
        "L'OREAL /DE/ | SONS",
    ],
)
def test_a_long_or_unusual_name_that_shifts_the_columns_is_read(name: str) -> None:
    """Columns are found from the right, wherever a long name shifts them."""
    shifted = form_line(name=name).replace(name, name + " ", 1)
    for text in (FORM + shifted, f"{MASTER}1750|{name}|4|20200318|{PATH}\n"):
        (entry,) = read_index(text.encode()).entries
        assert entry.parties == (IndexParty("0000001750", " ".join(name.split())),)
        assert (entry.filed_on, entry.path) == (ENTRY.filed_on, PATH)


def test_one_filing_of_several_parties_is_one_entry() -> None:
    """The index lists it once per party, with that party's folder; any of the folders will do."""
    lines = f"1750|AAR CORP|4|20200318|{PATH}\n1234567|DOE JANE|4|20200318|{PATH.replace('1750', '1234567')}\n"
    (entry,) = read_index((MASTER + lines + lines).encode()).entries
    assert entry.path == PATH
    assert [party.cik for party in entry.parties] == ["0000001750", "0001234567"]


@pytest.mark.parametrize("form", ["3", "3/A", "4", "4/A", "5", "5/A"])
def test_the_six_forms_are_listed(form: str) -> None:
    """Both layouts use the same names."""
    for text in (FORM + form_line(form), f"{MASTER}1750|AAR CORP|{form}|20200318|{PATH}\n"):
        assert [entry.form_type for entry in read_index(text.encode()).entries] == [form]


@pytest.mark.parametrize("form", ["424B2", "40-17G", "497K", "3/B", "SC 13D", "10-K", "5 /A", "144", "25-NSE"])
def test_other_forms_are_skipped(form: str) -> None:
    """This includes forms whose names start with a digit of ours."""
    assert read_index(f"{MASTER}1750|AAR CORP|{form}|20200318|{PATH}\n".encode()).entries == ()
    if " " not in form:
        assert read_index((FORM + form_line(form)).encode()).entries == ()


@pytest.mark.parametrize(
    "damaged",
    [
        FORM + form_line()[:60],
        FORM + form_line()[:130],
        FORM + form_line(day="20201318"),
        FORM + form_line() + form_line("424B2")[:70],
        f"{MASTER}1750|AAR CORP|4",
        f"{MASTER}1750|AAR CORP|4|2020",
        f"{MASTER}1750|AAR CORP|4|20200318|edgar/data/1750/0001127602-20-01",
        f"{MASTER}1750|AAR CORP|4|20200318|edgar/data/1750/0001127602-20-011230.t",
        f"{MASTER}x|AAR CORP|4|20200318|{PATH}",
        f"{MASTER}1750|AAR CORP|4|20200230|{PATH}",
        f"{MASTER}1750|AAR CORP|8-K|2020",
        f"{MASTER}17",
        f"{MASTER}1750|AAR CORP|4|2020\n1750|AAR CORP|4|20200318|{PATH}\n",
        f"{MASTER}1750|AAR CORP|4\n1750|AAR CORP|4|20200318|{PATH}\n",
    ],
)
def test_a_truncated_or_damaged_line_is_reported(damaged: str) -> None:
    """An incomplete index must not pass for a complete one: missing filings would never be looked for."""
    assert len(read_index(damaged.encode()).unreadable) == 1


def test_a_complete_last_line_needs_no_newline() -> None:
    """Some writers leave it out."""
    index = read_index((FORM + form_line().rstrip()).encode())
    assert (index.entries, index.unreadable) == ((ENTRY,), ())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("March 31, 2021", date(2021, 3, 31)),
        ("Mar 18, 2020", date(2020, 3, 18)),
        ("Jul  3, 2023", date(2023, 7, 3)),
        ("May 1, 2020", date(2020, 5, 1)),
        ("Smarch 13, 2020", None),
        ("February 30, 2020", None),
        ("", None),
    ],
)
def test_the_last_day_of_an_index_is_read(written: str, expected: date | None) -> None:
    """Later filings are not missing from the index; it does not cover them yet."""
    assert read_index(MASTER.replace("Mar 18, 2020", written).encode()).reaches == expected


def test_names_beyond_ascii_are_read_in_either_encoding() -> None:
    """Older indexes are in Latin-1."""
    text = f"{MASTER}1750|SOCIÉTÉ|4|20200318|{PATH}\n"
    for encoding in ("utf-8", "latin-1"):
        assert read_index(text.encode(encoding)).entries[0].parties[0].name == "SOCIÉTÉ"


@pytest.mark.parametrize("content", [b"", b"<html><body>Request Rate Threshold Exceeded</body></html>", 99 * b"\n"])
def test_a_page_instead_of_an_index_is_refused(content: bytes) -> None:
    """If it were treated as empty, its filings would never be looked for."""
    with pytest.raises(TransientError, match="unreadable_index"):
        read_index(content)


@pytest.mark.parametrize("path", each_of(IDX, "*.idx"))
def test_real_indexes_are_read_completely(path: object) -> None:
    """As many entries are read as a plain search finds; the crawler index has another layout and is refused."""
    content = (IDX / str(path)).read_bytes()
    if "crawler" in str(path):
        with pytest.raises(TransientError):
            read_index(content)
        return
    index = read_index(content)
    listed = re.findall(
        rb"^(?:[345](?:/A)? .*|.*\|[345](?:/A)?\|.*\|.*)([0-9]{10}-[0-9]{2}-[0-9]{6})\.txt *$", content, re.MULTILINE
    )
    assert [entry.accession_number for entry in index.entries] == [text.decode() for text in dict.fromkeys(listed)]
    assert index.unreadable == ()
    assert index.reaches
    assert all(entry.parties and entry.path.startswith("edgar/data/") for entry in index.entries)


@pytest.mark.parametrize("path", each_of(IDX, "form.2020*.idx"))
def test_a_real_daily_index_has_more_lines_than_filings(path: object) -> None:
    """Several lines are merged if a filing has several parties."""
    index = read_index((IDX / str(path)).read_bytes())
    assert sum(len(entry.parties) for entry in index.entries) > len(index.entries) > 1_000
