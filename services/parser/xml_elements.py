"""The elements of ownership XML, of every schema version, and the fields of the contract that they fill."""

from typing import Final

from contracts.enumerations import Table

FILING_FIELDS: Final[dict[str, str]] = {
    "schemaVersion": "schema_version",
    "documentType": "form_type",
    "periodOfReport": "period_of_report",
    "dateOfOriginalSubmission": "date_of_original_submission",
    "noSecuritiesOwned": "no_securities_owned",
    "notSubjectToSection16": "not_subject_to_section16",
    "form3HoldingsReported": "form3_holdings_reported",
    "form4TransactionsReported": "form4_transactions_reported",
    "aff10b5One": "rule_10b5_1_plan",
    "remarks": "remarks",
}
ISSUER_FIELDS: Final[dict[str, str]] = {
    "issuerCik": "cik",
    "issuerName": "name",
    "issuerTradingSymbol": "trading_symbol",
    "issuerForeignTradingSymbol": "foreign_trading_symbol",
}
OWNER_FIELDS: Final[dict[str, str]] = {
    "rptOwnerCik": "cik",
    "rptOwnerName": "name",
    "rptOwnerStreet1": "street1",
    "rptOwnerStreet2": "street2",
    "rptOwnerCity": "city",
    "rptOwnerState": "state",
    "rptOwnerZipCode": "zip_code",
    "rptOwnerCountry": "country",
    "rptOwnerStateDescription": "state_description",
    "rptOwnerNonUSStateTerritory": "non_us_state_territory",
    "rptOwnerNonUSAddressFlag": "non_us_address",
    "rptOwnerGoodAddress": "good_address",
    "isDirector": "is_director",
    "isOfficer": "is_officer",
    "isTenPercentOwner": "is_ten_percent_owner",
    "isOther": "is_other",
    "officerTitle": "officer_title",
    "otherText": "other_text",
}
RELATIONSHIP_BOXES: Final = ("is_director", "is_officer", "is_ten_percent_owner", "is_other")
"""The boxes of an owner's relationship. XML leaves out those that are not checked."""

LINE_FIELDS: Final[dict[str, str]] = {
    "securityTitle": "security_title",
    "transactionDate": "transaction_date",
    "deemedExecutionDate": "deemed_execution_date",
    "transactionFormType": "form_type",
    "transactionCode": "code",
    "equitySwapInvolved": "equity_swap_involved",
    "transactionTimeliness": "timeliness",
    "transactionShares": "shares",
    "transactionTotalValue": "total_value",
    "transactionPricePerShare": "price_per_share",
    "transactionValue": "price_per_share",  # as documents of 2003 call it
    "transactionAcquiredDisposedCode": "acquired_disposed",
    "sharesOwnedFollowingTransaction": "shares_owned_following",
    "valueOwnedFollowingTransaction": "value_owned_following",
    "directOrIndirectOwnership": "ownership",
    "natureOfOwnership": "nature_of_ownership",
    "conversionOrExercisePrice": "exercise_price",
    "exerciseDate": "exercise_date",
    "expirationDate": "expiration_date",
    "underlyingSecurityTitle": "underlying_title",
    "underlyingSecurityShares": "underlying_shares",
    "underlyingSecurityValue": "underlying_value",
}
ROWS: Final[dict[str, tuple[Table, bool | None]]] = {
    "nonDerivativeTransaction": ("non_derivative", True),
    "nonDerivativeHolding": ("non_derivative", False),
    "nonDerivativeSecurity": ("non_derivative", None),
    "derivativeTransaction": ("derivative", True),
    "derivativeHolding": ("derivative", False),
    "derivativeSecurity": ("derivative", None),
}
"""Row elements: the table, and whether the row is a transaction. None: only its fields decide (schema X0101)."""

SIGNATURE_FIELDS: Final[dict[str, str]] = {
    "signatureName": "name",
    "signatureDate": "date",
}
TABLES: Final = frozenset({"nonDerivativeTable", "derivativeTable"})
GROUPS: Final[dict[str, str]] = {
    "transactionCoding": "code",
    "transactionAmounts": "shares",
    "postTransactionAmounts": "shares_owned_following",
    "ownershipNature": "ownership",
    "underlyingSecurity": "underlying_title",
    "reportingOwnerId": "name",
    "reportingOwnerAddress": "street1",
    "reportingOwnerRelationship": "is_other",
}
"""The elements that group fields, each with the field that a footnote on the group itself belongs to."""

UNREPORTED: Final = frozenset({"rptOwnerCcc"})
"""Known elements that no event may include: an owner's filing password."""

FIELDS: Final = frozenset({*FILING_FIELDS, *ISSUER_FIELDS, *OWNER_FIELDS, *LINE_FIELDS, *SIGNATURE_FIELDS})
"""The elements of all fields."""

ROOT: Final = "ownershipDocument"
CANONICAL: Final = {
    name.lower(): name
    for name in (
        ROOT, "issuer", "reportingOwner", "ownerSignature", "footnotes", "footnote", "footnoteId", "value",
        *FIELDS, *ROWS, *TABLES, *GROUPS,
    )
}  # fmt: skip
"""All elements of the schemas by their names in lower case."""

OF_TRANSACTIONS: Final = frozenset({"transaction_date", "code", "acquired_disposed"})
"""Fields of which only a transaction has any. Shares are not among them: those of a holding are the shares owned."""

OWNED: Final[dict[str, str]] = {"shares": "shares_owned_following", "total_value": "value_owned_following"}
"""Amounts of a transaction, each with the field of the same amount if the row turns out to be a holding."""
