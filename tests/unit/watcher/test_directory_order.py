"""The order in which the directory source publishes the files of a pass, and their partitions."""

from pathlib import Path

from contracts.topics import FILINGS
from tests.unit.watcher.directory_harness import (
    CIK,
    ownership_xml,
    run_once,
    submission,
)


async def test_directory_is_published_in_the_order_of_filing(tmp_path: Path) -> None:
    """Positions follow the order of filing, not of file names; files without a date come first."""
    periods = {"a.xml": "2024-03-01", "b.xml": "2019-12-31", "c.xml": "2022-06-15"}
    for name, period in periods.items():
        (tmp_path / name).write_text(ownership_xml(period=period))
    (tmp_path / "d.txt").write_text(submission("0001127602-21-000001", period="20210102"))
    (tmp_path / "e.txt").write_text(
        "4. Statement for\nEarliest Transaction Required to be Reported (Month/Day/Year)\n05/09/2020"
    )
    (tmp_path / "f.txt").write_text("no date at all")
    accepted = submission("0001127602-24-000009", period="20180102", accepted="20240229170000")
    (tmp_path / "g.txt").write_text(accepted)
    expected = ["f.txt", "b.xml", "e.txt", "d.txt", "c.xml", "g.txt", "a.xml"]
    assert (await run_once(tmp_path)).noted() == expected


async def test_parts_filed_on_one_day_are_published_by_accession_number(tmp_path: Path) -> None:
    """For the "first of two Form 4s" the number shows which came first, whatever folder each is in."""
    (tmp_path / "late").mkdir()
    for name in ("a/0001127602-24-000003.xml", "late/000112760224000001.xml", "0001127602-24-000002-index.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(ownership_xml(remarks=name))
    assert (await run_once(tmp_path)).noted() == [
        "000112760224000001.xml",
        "0001127602-24-000002-index.xml",
        "0001127602-24-000003.xml",
    ]


async def test_files_of_one_name_and_day_are_published_in_the_order_of_their_folders(tmp_path: Path) -> None:
    """Two runs over the same files must publish in the same order."""
    for name in ("b/form4.xml", "a/form4.xml"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(ownership_xml(remarks=name))
    assert (await run_once(tmp_path)).contents() == [ownership_xml(remarks=f"{folder}/form4.xml") for folder in "ab"]


async def test_a_long_filing_is_dated_even_if_its_peek_ends_within_a_character(tmp_path: Path) -> None:
    """The part that is peeked at may end in the middle of a multi-byte character."""
    filler = "”" * 100_000  # its last byte is undefined in Windows-1252
    for shift, name in enumerate(("z.xml", "y.xml", "x.xml")):
        (tmp_path / name).write_text(ownership_xml(period=f"202{shift}-01-01", remarks="-" * shift + filler))
    assert (await run_once(tmp_path)).noted() == ["z.xml", "y.xml", "x.xml"]


async def test_all_filings_of_an_issuer_are_in_one_partition(tmp_path: Path) -> None:
    """For ownership XML and for submissions, the CIK decides the partition, so their order is kept."""
    (tmp_path / "a.xml").write_text(ownership_xml(cik=CIK.lstrip("0")))
    (tmp_path / "b.txt").write_text(submission("0001127602-21-000001"))
    (tmp_path / "c.xml").write_text(ownership_xml(cik="0000000007"))
    outputs = (await run_once(tmp_path)).of(FILINGS)
    assert [output.routed_by for output in outputs].count(CIK.encode()) == 2
    assert len({output.routed_by for output in outputs}) == 2
