//! The facts of a submission's SGML header, in both of its styles: `KEY:  value` and `<TAG>value`.

use crate::decline::{Decline, Sure};
use crate::eastern::to_utc;
use crate::facts::FORM_TYPES;
use crate::values::{cik_of, is_accession_number, is_day, is_digits};

const ACCESSION_LENGTH: usize = 20;

/// The facts of a header. Parties are CIKs; days and times are in the form of the events.
#[derive(Default)]
pub struct Header {
    pub accession_number: Option<String>,
    pub form_type: Option<&'static str>,
    pub period: Option<String>,
    pub filed_on: Option<String>,
    pub accepted_at: Option<String>,
    pub issuer: Option<String>,
    pub owners: Vec<String>,
}

/// A party whose section has begun. Its CIK is the first that the section has.
struct Party {
    is_issuer: bool,
    cik: Option<String>,
}

/// Return the facts of a header; a reason to decline if one is not in the usual form.
pub fn read_header(text: &str) -> Sure<Header> {
    if !text.bytes().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~')) {
        return Err(Decline::Header);
    }
    let mut header = Header::default();
    let mut parties: Vec<Party> = Vec::new();
    for (key, value) in text.split('\n').filter_map(entry) {
        match key {
            "ISSUER" | "SUBJECT COMPANY" | "SUBJECT-COMPANY" => parties.push(Party { is_issuer: true, cik: None }),
            "REPORTING-OWNER" | "FILED BY" | "FILED-BY" => parties.push(Party { is_issuer: false, cik: None }),
            _ => match parties.last_mut() {
                Some(party) if matches!(key, "CENTRAL INDEX KEY" | "CIK") && party.cik.is_none() => {
                    party.cik = Some(cik_of(value).ok_or(Decline::Header)?);
                }
                Some(_) => {}
                None => header.read_fact(key, value)?,
            },
        }
    }
    for party in parties {
        let cik = party.cik.ok_or(Decline::Header)?;
        if !party.is_issuer {
            header.owners.push(cik);
        } else if header.issuer.is_none() {
            header.issuer = Some(cik);
        }
    }
    Ok(header)
}

/// Split a line into key and value; None if it is a closing tag, or has neither style.
fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches([' ', '\t']);
    if let Some((key, value)) = line.strip_prefix('<').and_then(|tag| tag.split_once('>')) {
        let is_key = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
        return (starts_upper(key) && key.bytes().all(is_key)).then_some((key, value.trim()));
    }
    let (key, value) = line.split_once(':')?;
    let is_key = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b' ' | b'/' | b'-');
    (starts_upper(key) && key.bytes().all(is_key)).then(|| (key.trim(), value.trim()))
}

fn starts_upper(key: &str) -> bool {
    key.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase())
}

impl Header {
    fn read_fact(&mut self, key: &str, value: &str) -> Sure<()> {
        match key {
            "ACCESSION NUMBER" | "ACCESSION-NUMBER" => self.accession_number = Some(accession_number(value)?),
            "SEC-DOCUMENT" if self.accession_number.is_none() => {
                self.accession_number = Some(accession_number(value)?);
            }
            "CONFORMED SUBMISSION TYPE" | "TYPE" => {
                self.form_type = Some(FORM_TYPES.into_iter().find(|known| *known == value).ok_or(Decline::Header)?);
            }
            "CONFORMED PERIOD OF REPORT" | "PERIOD" => self.period = Some(day(value)?),
            "FILED AS OF DATE" | "FILING-DATE" => self.filed_on = Some(day(value)?),
            "ACCEPTANCE-DATETIME" => self.accepted_at = Some(to_utc(value).ok_or(Decline::Header)?),
            _ => {}
        }
        Ok(())
    }
}

/// Return the accession number at the beginning of a value.
fn accession_number(value: &str) -> Sure<String> {
    let number = value.get(..ACCESSION_LENGTH).filter(|number| is_accession_number(number)).ok_or(Decline::Header)?;
    let continues = value.as_bytes().get(ACCESSION_LENGTH).is_some_and(u8::is_ascii_digit);
    if continues { Err(Decline::Header) } else { Ok(number.to_owned()) }
}

/// Return `20241230` as `2024-12-30`.
fn day(value: &str) -> Sure<String> {
    if value.len() != 8 || !is_digits(value) {
        return Err(Decline::Header);
    }
    let (year, month, day) = (&value[..4], &value[4..6], &value[6..]);
    if is_day(year, month, day) { Ok(format!("{year}-{month}-{day}")) } else { Err(Decline::Header) }
}
