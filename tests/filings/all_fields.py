"""Checks that an event has all values of its ownership XML: every leaf's text and every footnote's citation.

It reads the document in its own way, tag by tag, and shares no table with the parser.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from lxml import etree

Event = dict[str, Any]
"""An event as its JSON has it."""

NOT_CARRIED: Final[Mapping[str, str]] = {
    "rptOwnerCcc": "the owner's filing password, which no event may carry",
}
"""Elements that no event carries, and why."""

_TABLES: Final = ("nonDerivativeTable", "derivativeTable")
_READ_APART: Final = (*_TABLES, "reportingOwner", "ownerSignature", "footnotes")
_COUNTED: Final = re.compile(r"\[[0-9]+\]")
_LINE_FIELDS: Final[Mapping[str, str]] = {
    "securityTitle": "security_title",
    "transactionDate": "transaction_date",
    "deemedExecutionDate": "deemed_execution_date",
    "transactionCoding": "code",
    "transactionCoding/transactionFormType": "form_type",
    "transactionCoding/transactionCode": "code",
    "transactionCoding/equitySwapInvolved": "equity_swap_involved",
    "transactionTimeliness": "timeliness",
    "transactionAmounts/transactionShares": "shares",
    "transactionAmounts/transactionTotalValue": "total_value",
    "transactionAmounts/transactionPricePerShare": "price_per_share",
    "transactionAmounts/transactionAcquiredDisposedCode": "acquired_disposed",
    "postTransactionAmounts/sharesOwnedFollowingTransaction": "shares_owned_following",
    "postTransactionAmounts/valueOwnedFollowingTransaction": "value_owned_following",
    "ownershipNature/directOrIndirectOwnership": "ownership",
    "ownershipNature/natureOfOwnership": "nature_of_ownership",
    "conversionOrExercisePrice": "exercise_price",
    "exerciseDate": "exercise_date",
    "expirationDate": "expiration_date",
    "underlyingSecurity/underlyingSecurityTitle": "underlying_title",
    "underlyingSecurity/underlyingSecurityShares": "underlying_shares",
    "underlyingSecurity/underlyingSecurityValue": "underlying_value",
}
_FIELDS: Final[Mapping[str, str]] = {
    "schemaVersion": "filing.schema_version",
    "documentType": "filing.form_type",
    "periodOfReport": "filing.period_of_report",
    "dateOfOriginalSubmission": "filing.date_of_original_submission",
    "noSecuritiesOwned": "filing.no_securities_owned",
    "notSubjectToSection16": "filing.not_subject_to_section16",
    "form3HoldingsReported": "filing.form3_holdings_reported",
    "form4TransactionsReported": "filing.form4_transactions_reported",
    "aff10b5One": "filing.rule_10b5_1_plan",
    "remarks": "filing.remarks",
    "issuer/issuerCik": "issuer.cik",
    "issuer/issuerName": "issuer.name",
    "issuer/issuerTradingSymbol": "issuer.trading_symbol",
    "issuer/issuerForeignTradingSymbol": "issuer.foreign_trading_symbol",
}
_OWNER_FIELDS: Final[Mapping[str, str]] = {
    "reportingOwnerId/rptOwnerCik": "cik",
    "reportingOwnerId/rptOwnerName": "name",
    "reportingOwnerAddress/rptOwnerStreet1": "street1",
    "reportingOwnerAddress/rptOwnerStreet2": "street2",
    "reportingOwnerAddress/rptOwnerCity": "city",
    "reportingOwnerAddress/rptOwnerState": "state",
    "reportingOwnerAddress/rptOwnerZipCode": "zip_code",
    "reportingOwnerAddress/rptOwnerCountry": "country",
    "reportingOwnerAddress/rptOwnerStateDescription": "state_description",
    "reportingOwnerAddress/rptOwnerNonUSStateTerritory": "non_us_state_territory",
    "reportingOwnerAddress/rptOwnerNonUSAddressFlag": "non_us_address",
    "reportingOwnerAddress/rptOwnerGoodAddress": "good_address",
    "reportingOwnerRelationship/isDirector": "is_director",
    "reportingOwnerRelationship/isOfficer": "is_officer",
    "reportingOwnerRelationship/isTenPercentOwner": "is_ten_percent_owner",
    "reportingOwnerRelationship/isOther": "is_other",
    "reportingOwnerRelationship/officerTitle": "officer_title",
    "reportingOwnerRelationship/otherText": "other_text",
}


def what_is_lost(document: bytes, dumped: Sequence[Event]) -> list[str]:
    """Return one sentence per value of the document that the events lack; none if all arrived."""
    root = etree.fromstring(document)
    lost: list[str] = []
    rows = [row for table in root if table.tag in _TABLES for row in table]
    for number, row in enumerate(rows):
        lost.extend(_lost_of_line(row, number, dumped))
    owners = root.findall("reportingOwner")
    for number, owner in enumerate(owners[: len(dumped)]):
        lost.extend(_lost_of_leaves(owner, _OWNER_FIELDS, dumped[number]["owner"], f"owner {number}"))
    signatures = [*dumped[0]["filing"]["signatures"], *({} for _ in root)]
    for number, signature in enumerate(root.findall("ownerSignature")):
        fields = {"signatureName": "name", "signatureDate": "date"}
        lost.extend(_lost_of_leaves(signature, fields, signatures[number], f"signature {number}"))
    for footnote in root.iterfind("footnotes/footnote"):
        text = _folded("".join(str(part) for part in footnote.itertext()))
        if any(event["footnotes"].get(footnote.get("id")) != text for event in dumped):
            lost.append(f"footnote {footnote.get('id')}: {text[:60]}")
    for element in root:
        if element.tag not in _READ_APART:
            lost.extend(_lost_of_filing(element, dumped))
    reported = len(dumped[0]["transactions"]) + len(dumped[0]["holdings"])
    if reported != len(rows):
        lost.append(f"{len(rows)} lines are filed, {reported} reported")
    if len(owners) != len(dumped):
        lost.append(f"{len(owners)} owners are filed, {len(dumped)} reported")
    return lost


def _lost_of_filing(element: Any, dumped: Sequence[Event]) -> Iterator[str]:
    for path, text in _leaves(element, str(element.tag)):
        if path.rsplit("/", 1)[-1] in NOT_CARRIED:
            continue
        field = _FIELDS.get(path)
        for event in dumped:
            group, _, name = (field or ".").partition(".")
            value = event[group].get(name) if field else None
            if not _same(text, value):
                yield f"{path}: {text!r} is filed, {value!r} reported"


def _lost_of_leaves(element: Any, fields: Mapping[str, str], said: Mapping[str, Any], of_what: str) -> Iterator[str]:
    for path, text in _leaves(element, ""):
        if path.rsplit("/", 1)[-1] in NOT_CARRIED:
            continue
        value = said.get(fields.get(path, ""))
        if not _same(text, value):
            yield f"{of_what}, {path}: {text!r} is filed, {value!r} reported"


def _lost_of_line(row: Any, number: int, dumped: Sequence[Event]) -> Iterator[str]:
    kind = "transactions" if str(row.tag).endswith("Transaction") else "holdings"
    for event in dumped:
        line = next((line for line in event[kind] if line["line"] == number), None)
        if line is None:
            yield f"line {number} is not among the {kind}"
            continue
        for path, text in _leaves(row, ""):
            field = _LINE_FIELDS.get(path.removesuffix("/value"))
            value = line.get(field) if field else None
            if not _same(text, value):
                yield f"line {number}, {path}: {text!r} is filed, {value!r} reported"
        cited: dict[str, list[str]] = {}
        for footnote in row.iter("footnoteId"):
            path = _path_within(footnote.getparent(), row)
            cited.setdefault(_LINE_FIELDS.get(path, path), []).append(footnote.get("id"))
        if cited != line["footnotes"]:
            yield f"line {number}: footnotes {cited} are cited, {line['footnotes']} reported"


def _path_within(element: Any, row: Any) -> str:
    path = str(row.getroottree().getelementpath(element))
    within = path.removeprefix(str(row.getroottree().getelementpath(row)) + "/")
    return _COUNTED.sub("", within)


def _leaves(element: Any, path: str) -> Iterator[tuple[str, str]]:
    """Return the leaf elements with text under an element, itself included: path and text on one line."""
    if len(element) == 0:
        text = _folded(element.text or "")
        if text and element.tag != "footnoteId":
            yield path, text
    for child in element:
        yield from _leaves(child, f"{path}/{child.tag}".lstrip("/"))


def _folded(text: str) -> str:
    return " ".join(text.split())


def _same(filed: str, reported: Any) -> bool:
    """Return whether a reported value is the filed text, each in its own notation."""
    if isinstance(reported, bool):
        return filed.lower() in (("1", "true") if reported else ("0", "false"))
    if not isinstance(reported, str):
        return False
    if filed == reported or filed[:10] == reported or filed.zfill(10) == reported:
        return True
    try:
        return Decimal(filed.replace(",", "").lstrip("$")) == Decimal(reported)
    except InvalidOperation:
        return False
