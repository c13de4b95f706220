"""The rows of the SEC's own data sets, compared with the parser's events of the same filing value by value."""

import copy
import csv
from pathlib import Path
from typing import Final

import pytest

from tests.filings.agreement import dumped
from tests.filings.corpus import CORPUS
from tests.filings.datasets import LINE_COLUMNS, disagreements, document_of, tables_of

FOLDER: Final = CORPUS / "datasets"
ROWS: Final = tables_of(FOLDER)

pytestmark = pytest.mark.skipif(not ROWS, reason="there are no data sets in ../shared/corpus/datasets")


def filings_at_hand() -> dict[str, Path]:
    """Return the XML documents and submissions of the corpus, by accession number."""
    with (CORPUS / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["accession"]]
    return {row["accession"]: CORPUS / row["path"] for row in rows if row["path"].startswith(("xml/", "txt/"))}


def test_rows_of_every_available_filing_agree() -> None:
    """If they are in the corpus; today it shares no filing with the first rows of the data sets."""
    found = {
        accession: disagreements(ROWS[accession], dumped(path.read_bytes())[0])
        for accession, path in filings_at_hand().items()
        if accession in ROWS
    }
    assert found == {accession: [] for accession in found}
    assert len(filings_at_hand()) > 100


def test_a_document_written_from_the_rows_gives_the_rows() -> None:
    """Every filing of the data sets: dates, amounts, codes, boxes and citations arrive under the SEC's own columns."""
    assert len(ROWS) > 500
    for accession, rows in ROWS.items():
        (event,) = dumped(document_of(rows))
        assert disagreements(rows, event) == [], accession
        assert event["diagnostics"] == [], accession


def test_the_comparison_misses_each_column_that_is_changed() -> None:
    """It can fail: one cell of one row changed, and the event no longer agrees."""
    rows = next(rows for rows in ROWS.values() if "DERIV_TRANS" in rows and "DERIV_HOLDING" in rows)
    (event,) = dumped(document_of(rows))
    for table in ("DERIV_TRANS", "DERIV_HOLDING"):
        for column in rows[table][0]:
            if column.removesuffix("_FN") in LINE_COLUMNS and column != "EQUITY_SWAP_TRANS_CD":
                changed = copy.deepcopy(rows)
                changed[table][0][column] = "F98" if column.endswith("_FN") else "98765"
                assert disagreements(changed, event) != [], column
