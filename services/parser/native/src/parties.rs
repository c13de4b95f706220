//! The issuer and the owners. Each has a CIK and a name in the document, and no hint contradicts them.

use std::borrow::Cow;

use crate::decline::{Decline, Sure};
use crate::document::{Document, Values};
use crate::facts::{Facts, PartyHint, is_plain};
use crate::fields::{CIK, FOREIGN_SYMBOL, ISSUER, NAME, OWNER, SYMBOL};
use crate::header::Header;
use crate::json::{push_key, push_list, push_optional, push_string};
use crate::text::collapse;
use crate::values::{cik_of, push_value};

/// A party's CIK, which is also its key, and its name.
pub struct Party<'d> {
    pub cik: String,
    pub name: Cow<'d, str>,
}

/// A function that returns the tickers in a trading symbol.
pub type Tickers<'f> = &'f dyn Fn(&str) -> Sure<Vec<String>>;

fn party_of<'d>(values: &'d [Option<Cow<'_, str>>]) -> Sure<Party<'d>> {
    let (Some(cik), Some(name)) = (&values[CIK], &values[NAME]) else {
        return Err(Decline::Party);
    };
    Ok(Party { cik: cik_of(cik).ok_or(Decline::Party)?, name: collapse(name) })
}

impl Party<'_> {
    /// Append the key, CIK and name, as the first members of an object.
    pub fn push(&self, out: &mut Vec<u8>) {
        for (name, value) in [("key", self.cik.as_str()), ("cik", &self.cik), ("name", &self.name)] {
            push_key(out, name);
            push_string(out, value);
        }
    }
}

/// Append the issuer; return its key.
pub fn push_issuer(
    out: &mut Vec<u8>,
    document: &Document,
    header: &Header,
    facts: &Facts,
    tickers: Tickers,
) -> Sure<String> {
    let values = document.issuer.as_ref().ok_or(Decline::Party)?;
    let party = party_of(values)?;
    let agrees = |cik: Option<&str>| cik.is_none_or(|cik| cik == party.cik);
    let hint = facts.issuer.as_ref();
    let is_known_by_name = hint.is_some_and(|hint| hint.cik.is_none() && hint.name.is_some());
    if is_known_by_name || !agrees(hint.and_then(|hint| hint.cik.as_deref())) || !agrees(header.issuer.as_deref()) {
        return Err(Decline::Hint);
    }
    out.push(b'{');
    party.push(out);
    let symbol = symbol_of(values, hint)?;
    push_key(out, "trading_symbol");
    push_optional(out, symbol.as_deref());
    push_key(out, ISSUER[FOREIGN_SYMBOL].name);
    push_value(out, ISSUER[FOREIGN_SYMBOL].kind, values[FOREIGN_SYMBOL].as_deref())?;
    push_key(out, "tickers");
    match symbol.as_deref() {
        Some(ticker) if is_ticker(ticker) => push_list(out, [ticker], push_string),
        Some(symbol) => push_list(out, tickers(symbol)?, |out, ticker| push_string(out, &ticker)),
        None => out.extend_from_slice(b"[]"),
    }
    out.push(b'}');
    Ok(party.cik)
}

fn symbol_of<'d>(values: &'d Values<'_, { ISSUER.len() }>, hint: Option<&'d PartyHint>) -> Sure<Option<Cow<'d, str>>> {
    if let Some(symbol) = values[SYMBOL].as_deref() {
        return Ok(Some(collapse(symbol)));
    }
    match hint.and_then(|hint| hint.trading_symbol.as_deref()) {
        Some(symbol) if !is_plain(symbol) => Err(Decline::Hint),
        symbol => Ok(symbol.map(Cow::Borrowed)),
    }
}

/// Return whether a symbol is certainly one ticker. Some words of five letters are markets, or say that there is none.
fn is_ticker(symbol: &str) -> bool {
    const OTHERS: [&str; 44] = [
        "NA", "NK", "NONE", "NINE", "NIL", "NILL", "NUL", "NULL", "TBA", "TBD", "NYSE", "AMEX", "BATS", "CBOE", "NSDQ",
        "NASDQ", "NSDAQ", "OTC", "OTCBB", "OTCQB", "OTCQX", "OTCPK", "OTCID", "TSX", "TSXV", "TSE", "CSE", "CNSX",
        "LSE", "AIM", "ASX", "HKEX", "SEHK", "SGX", "JSE", "TASE", "FSE", "FRA", "FWB", "XETRA", "SIX", "BSE", "NSE",
        "BMV",
    ];
    matches!(symbol.len(), 1..=5)
        && symbol.bytes().all(|byte| byte.is_ascii_uppercase())
        && !symbol.contains("XXX")
        && !OTHERS.contains(&symbol)
}

/// Return the owners in document order.
pub fn owners_of<'d>(document: &'d Document, header: &Header, facts: &Facts) -> Sure<Vec<Party<'d>>> {
    let owners = document.owners.iter().map(|values| party_of(values)).collect::<Sure<Vec<_>>>()?;
    let mut known = Vec::new();
    for hint in &facts.owners {
        known.push(hint.cik.as_deref().ok_or(Decline::Hint)?);
    }
    known.extend(header.owners.iter().map(String::as_str));
    let is_known = |owner: &Party| known.iter().any(|cik| *cik == owner.cik);
    match owners.as_slice() {
        [] => Err(Decline::Party),
        [owner] if !known.is_empty() && !is_known(owner) => Err(Decline::Hint),
        _ => Ok(owners),
    }
}

/// Append an owner with its address and relationship.
pub fn push_owner(out: &mut Vec<u8>, owner: &Party, values: &Values<'_, { OWNER.len() }>) -> Sure<()> {
    out.push(b'{');
    owner.push(out);
    for (field, value) in OWNER.iter().zip(values).skip(2) {
        push_key(out, field.name);
        push_value(out, field.kind, value.as_deref())?;
    }
    out.push(b'}');
    Ok(())
}
