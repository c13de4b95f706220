//! The filing's own facts: from the document, else from the header, else from those that travel with it.

use sha2::{Digest, Sha256};

use crate::decline::{Decline, Sure};
use crate::document::Document;
use crate::facts::{FORM_TYPES, Facts};
use crate::fields::{FORM_TYPE, PERIOD};
use crate::header::Header;
use crate::values::date_of;

/// A finding that goes into the event.
pub struct Diagnostic {
    pub code: &'static str,
    pub field: String,
    pub raw: String,
}

/// The identity of a filing, and what is known of it.
pub struct Identity {
    pub filing_id: String,
    pub accession_number: Option<String>,
    pub form_type: &'static str,
    pub period: Option<String>,
    pub filed_on: Option<String>,
    pub accepted_at: Option<String>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Return the filing's facts, and a diagnostic for each that another source contradicts.
pub fn identify(text: &str, document: &Document, header: &Header, facts: &Facts) -> Sure<Identity> {
    let mut diagnostics = Vec::new();
    let mut agreed = |name: &str, first: Option<String>, other: Option<&str>| {
        if let (Some(known), Some(other)) = (&first, other)
            && known != other
        {
            let field = format!("filing.{name}");
            diagnostics.push(Diagnostic { code: "hint_disagrees", field, raw: other.to_owned() });
        }
        first.or_else(|| other.map(str::to_owned))
    };
    let accession_number =
        agreed("accession_number", header.accession_number.clone(), facts.accession_number.as_deref());
    let raw = document.filing[FORM_TYPE].as_deref().ok_or(Decline::Value)?.trim();
    let form_type = *FORM_TYPES.iter().find(|known| **known == raw).ok_or(Decline::Value)?;
    for known in [header.form_type, facts.form_type.as_deref()] {
        agreed("form_type", Some(form_type.to_owned()), known);
    }
    let period = match document.filing[PERIOD].as_deref() {
        Some(raw) => Some(date_of(raw).ok_or(Decline::Value)?.into_owned()),
        None => None,
    };
    let period = agreed("period_of_report", period, header.period.as_deref());
    let filed_on = agreed("filed_on", header.filed_on.clone(), facts.filed_on.as_deref());
    let accepted_at = agreed("accepted_at", header.accepted_at.clone(), facts.accepted_at.as_deref());
    for found in diagnostics.iter_mut().filter(|found| found.field == "filing.accepted_at") {
        found.raw = found.raw.replace('T', " ").replace('Z', "+00:00"); // as Python writes a time in a text
    }
    let filing_id = facts.filing_id.clone().or_else(|| accession_number.clone()).unwrap_or_else(|| hash_of(text));
    Ok(Identity { filing_id, accession_number, form_type, period, filed_on, accepted_at, diagnostics })
}

fn hash_of(text: &str) -> String {
    use std::fmt::Write;
    let mut id = String::from("sha256:");
    for byte in &Sha256::digest(text.as_bytes())[..16] {
        write!(id, "{byte:02x}").expect("a string takes any text");
    }
    id
}
