"""The SEC's Form 345 data sets: their columns as values of an event, and a comparison of the two.

The data sets have one row per line, as the SEC itself read the filing. If a filing is not available, its rows give a
document with the same values.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from lxml import etree

Row = dict[str, str]
Event = dict[str, Any]

LINES: Final[Mapping[str, tuple[str, str, str]]] = {
    "NONDERIV_TRANS": ("transactions", "non_derivative", "nonDerivativeTransaction"),
    "NONDERIV_HOLDING": ("holdings", "non_derivative", "nonDerivativeHolding"),
    "DERIV_TRANS": ("transactions", "derivative", "derivativeTransaction"),
    "DERIV_HOLDING": ("holdings", "derivative", "derivativeHolding"),
}
"""A table of lines: what the event calls its lines, their table, and the element of the document."""

LINE_COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    "SECURITY_TITLE": ("security_title", "securityTitle/value"),
    "CONV_EXERCISE_PRICE": ("exercise_price", "conversionOrExercisePrice/value"),
    "TRANS_DATE": ("transaction_date", "transactionDate/value"),
    "DEEMED_EXECUTION_DATE": ("deemed_execution_date", "deemedExecutionDate/value"),
    "TRANS_FORM_TYPE": ("form_type", "transactionCoding/transactionFormType"),
    "TRANS_CODE": ("code", "transactionCoding/transactionCode"),
    "EQUITY_SWAP_INVOLVED": ("equity_swap_involved", "transactionCoding/equitySwapInvolved"),
    "EQUITY_SWAP_TRANS_CD": ("code", "transactionCoding/"),
    "TRANS_TIMELINESS": ("timeliness", "transactionTimeliness/value"),
    "TRANS_SHARES": ("shares", "transactionAmounts/transactionShares/value"),
    "TRANS_TOTAL_VALUE": ("total_value", "transactionAmounts/transactionTotalValue/value"),
    "TRANS_PRICEPERSHARE": ("price_per_share", "transactionAmounts/transactionPricePerShare/value"),
    "TRANS_ACQUIRED_DISP_CD": ("acquired_disposed", "transactionAmounts/transactionAcquiredDisposedCode/value"),
    "EXERCISE_DATE": ("exercise_date", "exerciseDate/value"),
    "EXCERCISE_DATE": ("exercise_date", "exerciseDate/value"),
    "EXPIRATION_DATE": ("expiration_date", "expirationDate/value"),
    "UNDLYNG_SEC_TITLE": ("underlying_title", "underlyingSecurity/underlyingSecurityTitle/value"),
    "UNDLYNG_SEC_SHARES": ("underlying_shares", "underlyingSecurity/underlyingSecurityShares/value"),
    "UNDLYNG_SEC_VALUE": ("underlying_value", "underlyingSecurity/underlyingSecurityValue/value"),
    "SHRS_OWND_FOLWNG_TRANS": (
        "shares_owned_following", "postTransactionAmounts/sharesOwnedFollowingTransaction/value"),
    "VALU_OWND_FOLWNG_TRANS": (
        "value_owned_following", "postTransactionAmounts/valueOwnedFollowingTransaction/value"),
    "DIRECT_INDIRECT_OWNERSHIP": ("ownership", "ownershipNature/directOrIndirectOwnership/value"),
    "NATURE_OF_OWNERSHIP": ("nature_of_ownership", "ownershipNature/natureOfOwnership/value"),
}  # fmt: skip
"""A column of lines: the event's field and the document's element. `…_FN` beside it has the footnotes it cites."""

SUBMISSION_COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    "DOCUMENT_TYPE": ("filing.form_type", "documentType"),
    "PERIOD_OF_REPORT": ("filing.period_of_report", "periodOfReport"),
    "DATE_OF_ORIG_SUB": ("filing.date_of_original_submission", "dateOfOriginalSubmission"),
    "NO_SECURITIES_OWNED": ("filing.no_securities_owned", "noSecuritiesOwned"),
    "NOT_SUBJECT_SEC16": ("filing.not_subject_to_section16", "notSubjectToSection16"),
    "FORM3_HOLDINGS_REPORTED": ("filing.form3_holdings_reported", "form3HoldingsReported"),
    "FORM4_TRANS_REPORTED": ("filing.form4_transactions_reported", "form4TransactionsReported"),
    "ISSUERCIK": ("issuer.cik", "issuer/issuerCik"),
    "ISSUERNAME": ("issuer.name", "issuer/issuerName"),
    "ISSUERTRADINGSYMBOL": ("issuer.trading_symbol", "issuer/issuerTradingSymbol"),
    "REMARKS": ("filing.remarks", "remarks"),
}
_SIGNATURE_COLUMNS: Final = {
    "OWNERSIGNATURENAME": ("name", "signatureName"),
    "OWNERSIGNATUREDATE": ("date", "signatureDate"),
}
_DATES: Final = ("%d-%b-%Y", "%m/%d/%y")
_ELSEWHERE: Final = {
    "documentType": "4",
    "periodOfReport": "2024-01-02",
    "issuer/issuerCik": "912345",
    "issuer/issuerName": "Example Lanterns Inc",
    "reportingOwner/reportingOwnerId/rptOwnerCik": "912346",
    "reportingOwner/reportingOwnerId/rptOwnerName": "Wicker Ada",
}
"""Required values of a document, used if the rows do not contain them."""


def tables_of(folder: Path) -> dict[str, dict[str, list[Row]]]:
    """Return the rows by accession number, then by table, of every `.tsv` and `.csv` under a folder."""
    found: dict[str, dict[str, list[Row]]] = {}
    for path in sorted([*folder.rglob("*.tsv"), *folder.rglob("*.csv")]):
        table = next((name for name in (*LINES, "SUBMISSION", "OWNER_SIGNATURE") if path.stem.startswith(name)), None)
        if table is None:
            continue
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t" if path.suffix == ".tsv" else ","):
                found.setdefault(row["ACCESSION_NUMBER"], {}).setdefault(table, []).append(row)
    return found


def disagreements(rows: Mapping[str, list[Row]], event: Event) -> list[str]:
    """Return the rows' values that the event of the filing does not have: each line must have its counterpart."""
    found: list[str] = []
    for row in rows.get("SUBMISSION", ()):
        for column, (field, _) in SUBMISSION_COLUMNS.items():
            group, name = field.split(".")
            if not _same(row[column], event[group].get(name)):
                found.append(f"{column}: {row[column]!r} in the row, {event[group].get(name)!r} in the event")
    for table, (kind, of_table, _) in LINES.items():
        left = [line for line in event[kind] if line["table"] == of_table]
        for row in rows.get(table, ()):
            like = next((line for line in left if not list(_differences(row, line))), None)
            if like is None:
                closest = min((list(_differences(row, line)) for line in left), key=len, default=["no line"])
                found.append(f"{table}: {'; '.join(closest)}")
            else:
                left.remove(like)
    signatures = list(event["filing"]["signatures"])
    for row in rows.get("OWNER_SIGNATURE", ()):
        columns = _SIGNATURE_COLUMNS.items()
        if not any(all(_same(row[name], one[field]) for name, (field, _) in columns) for one in signatures):
            found.append(f"OWNER_SIGNATURE: {row} is not in the event")
    return found


def document_of(rows: Mapping[str, list[Row]]) -> bytes:
    """Return an ownership document with the values of the rows of one filing."""
    root = etree.Element("ownershipDocument")
    for row in rows.get("SUBMISSION", [])[:1]:
        for column, (_, path) in SUBMISSION_COLUMNS.items():
            if row[column]:
                _put(root, path, row[column])
    for path, text in _ELSEWHERE.items():
        if root.find(path) is None:
            _put(root, path, text)
    for table in LINES:
        for row in rows.get(table, ()):
            _put_line(root, table, row)
    for row in rows.get("OWNER_SIGNATURE", ()):
        signature = etree.SubElement(root, "ownerSignature")
        for column, (_, path) in _SIGNATURE_COLUMNS.items():
            _put(signature, path, row[column])
    _put_footnotes(root)
    return etree.tostring(root)


def _put_footnotes(root: Any) -> None:
    footnotes = etree.SubElement(root, "footnotes")
    for identity in dict.fromkeys(cited.get("id") for cited in root.iter("footnoteId")):
        etree.SubElement(footnotes, "footnote", id=str(identity)).text = "The data set has it in another table."


def _put_line(root: Any, table: str, row: Row) -> None:
    _, of_table, tag = LINES[table]
    line = etree.SubElement(_at(root, "nonDerivativeTable" if of_table == "non_derivative" else "derivativeTable"), tag)
    for column, (_, path) in LINE_COLUMNS.items():
        _put(line, path, row.get(column, ""))
        for identity in _cited(row, column):
            etree.SubElement(_at(line, path.rpartition("/")[0]), "footnoteId", id=identity)


def _differences(row: Row, line: Event) -> Iterator[str]:
    cited: dict[str, list[str]] = {}
    for column, (field, _) in LINE_COLUMNS.items():
        if column in row and not _same(row[column], line.get(field)):
            yield f"{column}: {row[column]!r} in the row, {line.get(field)!r} in the event"
        cited.setdefault(field, []).extend(_cited(row, column))
    said = {field: sorted(identities) for field, identities in line["footnotes"].items()}
    of_row = {field: sorted(identities) for field, identities in cited.items() if identities}
    if said != of_row:
        yield f"footnotes: {of_row} in the row, {said} in the event"


def _cited(row: Row, column: str) -> list[str]:
    return [text.strip() for text in row.get(f"{column}_FN", "").split(",") if text.strip()]


def _same(said: str, value: Any) -> bool:
    """Return whether a cell of the data set is the event's value, each in its own notation."""
    text = " ".join(said.split())
    if not text or value is None:
        return not text and value is None
    if isinstance(value, bool):
        return text.lower() in (("1", "true") if value else ("0", "false"))
    if text == value or text.zfill(10) == value or _iso(text) == value:
        return True
    try:
        return Decimal(text) == Decimal(value)
    except InvalidOperation:
        return False


def _iso(text: str) -> str | None:
    """Return a date of the data sets (`27-SEP-2024`, or `3/27/21` if a spreadsheet saved them) in ISO format."""
    for form in _DATES:
        try:
            found: date = datetime.strptime(text, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
        return found.isoformat()
    return None


def _put(parent: Any, path: str, text: str) -> None:
    if text:
        _at(parent, path).text = _iso(text) or text


def _at(parent: Any, path: str) -> Any:
    """Return the element at a path, created if it is missing."""
    for tag in filter(None, path.split("/")):
        found = parent.find(tag)
        parent = etree.SubElement(parent, tag) if found is None else found
    return parent
