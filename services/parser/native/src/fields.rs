//! The elements of the schemas and the fields of the events, in the order of the events.

/// How the text of a field is read.
#[derive(Clone, Copy)]
pub enum Kind {
    Text,
    Number,
    Date,
    Boolean,
    Letter(&'static str),
    Code,
    /// A box that is not checked if the element is missing.
    Box,
}

/// An element and the field that it fills.
pub struct Field {
    pub element: &'static str,
    pub name: &'static str,
    pub kind: Kind,
}

/// An element that groups fields, and the field that a footnote on the group belongs to.
pub type Group = (&'static str, &'static str);

const fn field(element: &'static str, name: &'static str, kind: Kind) -> Field {
    Field { element, name, kind }
}

pub const FORM_TYPE: usize = 0;
pub const PERIOD: usize = 1;
pub const ORIGINAL: usize = 2;
pub const SCHEMA_VERSION: usize = 3;
pub const STATEMENTS: usize = 4;

/// The fields of the filing itself. Those from `STATEMENTS` on follow one another in the event.
pub const FILING: [Field; 10] = [
    field("documentType", "form_type", Kind::Text),
    field("periodOfReport", "period_of_report", Kind::Date),
    field("dateOfOriginalSubmission", "date_of_original_submission", Kind::Date),
    field("schemaVersion", "schema_version", Kind::Text),
    field("noSecuritiesOwned", "no_securities_owned", Kind::Boolean),
    field("notSubjectToSection16", "not_subject_to_section16", Kind::Boolean),
    field("form3HoldingsReported", "form3_holdings_reported", Kind::Boolean),
    field("form4TransactionsReported", "form4_transactions_reported", Kind::Boolean),
    field("aff10b5One", "rule_10b5_1_plan", Kind::Boolean),
    field("remarks", "remarks", Kind::Text),
];

pub const CIK: usize = 0;
pub const NAME: usize = 1;
pub const SYMBOL: usize = 2;
pub const FOREIGN_SYMBOL: usize = 3;

pub const ISSUER: [Field; 4] = [
    field("issuerCik", "cik", Kind::Text),
    field("issuerName", "name", Kind::Text),
    field("issuerTradingSymbol", "trading_symbol", Kind::Text),
    field("issuerForeignTradingSymbol", "foreign_trading_symbol", Kind::Text),
];

/// The fields of an owner. CIK and name come first, as of an issuer.
pub const OWNER: [Field; 18] = [
    field("rptOwnerCik", "cik", Kind::Text),
    field("rptOwnerName", "name", Kind::Text),
    field("rptOwnerStreet1", "street1", Kind::Text),
    field("rptOwnerStreet2", "street2", Kind::Text),
    field("rptOwnerCity", "city", Kind::Text),
    field("rptOwnerState", "state", Kind::Text),
    field("rptOwnerZipCode", "zip_code", Kind::Text),
    field("rptOwnerCountry", "country", Kind::Text),
    field("rptOwnerStateDescription", "state_description", Kind::Text),
    field("rptOwnerNonUSStateTerritory", "non_us_state_territory", Kind::Text),
    field("rptOwnerNonUSAddressFlag", "non_us_address", Kind::Boolean),
    field("rptOwnerGoodAddress", "good_address", Kind::Boolean),
    field("isDirector", "is_director", Kind::Box),
    field("isOfficer", "is_officer", Kind::Box),
    field("isTenPercentOwner", "is_ten_percent_owner", Kind::Box),
    field("isOther", "is_other", Kind::Box),
    field("officerTitle", "officer_title", Kind::Text),
    field("otherText", "other_text", Kind::Text),
];
pub const OWNER_GROUPS: [Group; 3] =
    [("reportingOwnerId", "name"), ("reportingOwnerAddress", "street1"), ("reportingOwnerRelationship", "is_other")];

pub const SHARES_OWNED: usize = 2;
pub const VALUE_OWNED: usize = 3;
pub const TRANSACTION_FIELDS: usize = 12;
pub const TRANSACTION_DATE: usize = 12;
pub const CODE: usize = 14;
pub const SHARES: usize = 17;
pub const TOTAL_VALUE: usize = 18;
pub const ACQUIRED_DISPOSED: usize = 20;

/// The fields of a line. Those from `TRANSACTION_FIELDS` on are those of transactions alone.
pub const LINE: [Field; 21] = [
    field("securityTitle", "security_title", Kind::Text),
    field("transactionFormType", "form_type", Kind::Letter("345")),
    field("sharesOwnedFollowingTransaction", "shares_owned_following", Kind::Number),
    field("valueOwnedFollowingTransaction", "value_owned_following", Kind::Number),
    field("directOrIndirectOwnership", "ownership", Kind::Letter("DI")),
    field("natureOfOwnership", "nature_of_ownership", Kind::Text),
    field("conversionOrExercisePrice", "exercise_price", Kind::Number),
    field("exerciseDate", "exercise_date", Kind::Date),
    field("expirationDate", "expiration_date", Kind::Date),
    field("underlyingSecurityTitle", "underlying_title", Kind::Text),
    field("underlyingSecurityShares", "underlying_shares", Kind::Number),
    field("underlyingSecurityValue", "underlying_value", Kind::Number),
    field("transactionDate", "transaction_date", Kind::Date),
    field("deemedExecutionDate", "deemed_execution_date", Kind::Date),
    field("transactionCode", "code", Kind::Code),
    field("equitySwapInvolved", "equity_swap_involved", Kind::Boolean),
    field("transactionTimeliness", "timeliness", Kind::Letter("EL")),
    field("transactionShares", "shares", Kind::Number),
    field("transactionTotalValue", "total_value", Kind::Number),
    field("transactionPricePerShare", "price_per_share", Kind::Number),
    field("transactionAcquiredDisposedCode", "acquired_disposed", Kind::Letter("AD")),
];
pub const LINE_GROUPS: [Group; 5] = [
    ("transactionCoding", "code"),
    ("transactionAmounts", "shares"),
    ("postTransactionAmounts", "shares_owned_following"),
    ("ownershipNature", "ownership"),
    ("underlyingSecurity", "underlying_title"),
];

pub const SIGNATURE: [Field; 2] =
    [field("signatureName", "name", Kind::Text), field("signatureDate", "date", Kind::Text)];

/// The elements that contain the rows.
pub const TABLES: [&str; 2] = ["nonDerivativeTable", "derivativeTable"];

/// Return the table of a row, and whether it is a transaction; None if only its fields decide.
pub fn row_of(element: &str) -> Option<(&'static str, Option<bool>)> {
    match element {
        "nonDerivativeTransaction" => Some(("non_derivative", Some(true))),
        "nonDerivativeHolding" => Some(("non_derivative", Some(false))),
        "nonDerivativeSecurity" => Some(("non_derivative", None)),
        "derivativeTransaction" => Some(("derivative", Some(true))),
        "derivativeHolding" => Some(("derivative", Some(false))),
        "derivativeSecurity" => Some(("derivative", None)),
        _ => None,
    }
}

/// Return the place of an element's field.
pub fn index_of(fields: &[Field], element: &str) -> Option<usize> {
    // Documents of 2003 call a price a value.
    let element = if element == "transactionValue" { "transactionPricePerShare" } else { element };
    fields.iter().position(|field| field.element == element)
}
