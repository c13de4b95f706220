//! The facts that travel with a filing, outside its document.

use crate::decline::{Decline, Sure};
use crate::values::is_accession_number;

const DATE_LENGTH: usize = 10;

pub const FORM_TYPES: [&str; 6] = ["3", "3/A", "4", "4/A", "5", "5/A"];

/// An issuer or owner as an index describes it.
pub struct PartyHint {
    pub cik: Option<String>,
    pub name: Option<String>,
    pub trading_symbol: Option<String>,
}

/// The facts about one filing. Days and times are in the form of the events.
#[derive(Default)]
pub struct Facts {
    pub filing_id: Option<String>,
    pub accession_number: Option<String>,
    pub form_type: Option<String>,
    pub filed_on: Option<String>,
    pub accepted_at: Option<String>,
    pub source_url: Option<String>,
    pub issuer: Option<PartyHint>,
    pub owners: Vec<PartyHint>,
}

impl Facts {
    /// Check that the facts follow the contract: Python reports what is wrong with them.
    pub fn check(&self) -> Sure<()> {
        let texts = [&self.filing_id, &self.source_url, &self.accepted_at, &self.filed_on];
        let are_plain = texts.into_iter().flatten().all(|text| is_plain(text));
        let is_known = |form_type: &String| FORM_TYPES.contains(&form_type.as_str());
        let is_date = |text: &String| text.len() == DATE_LENGTH;
        let are_valid = self.filed_on.as_ref().is_none_or(is_date)
            && self.accession_number.as_deref().is_none_or(is_accession_number)
            && self.form_type.as_ref().is_none_or(is_known);
        if are_plain && are_valid { Ok(()) } else { Err(Decline::Facts) }
    }
}

/// Return whether a text is not empty, and has no control characters.
pub fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.bytes().any(|byte| byte < b' ')
}
