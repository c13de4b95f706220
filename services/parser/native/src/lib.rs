//! The fast path of the parser: a filing's content in, its encoded events out, or the reason to decline.
//!
//! The Python reader is the definition. This one answers only if it is certain of the same bytes.

#![forbid(unsafe_code)]

mod agreement;
mod decline;
mod document;
mod eastern;
mod facts;
mod fields;
mod filing;
mod header;
mod json;
mod parties;
mod submission;
mod text;
mod values;
mod xml;

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::decline::{Decline, Sure};
use crate::facts::{Facts, PartyHint};
use crate::filing::{Reading, read_filing};

#[derive(FromPyObject)]
struct Party {
    cik: Option<String>,
    name: Option<String>,
    trading_symbol: Option<String>,
}

#[derive(FromPyObject)]
struct Hints {
    issuer: Option<Party>,
    owners: Vec<Party>,
}

impl From<Party> for PartyHint {
    fn from(party: Party) -> Self {
        Self { cik: party.cik, name: party.name, trading_symbol: party.trading_symbol }
    }
}

/// Filing id, form type, issuer key, number of lines, codes of diagnostics, and the events.
type Answer<'py> = (String, &'static str, String, usize, Vec<&'static str>, Vec<Bound<'py, PyBytes>>);

/// Return the answer for a filing, or the name of the reason to decline.
#[pyfunction]
#[pyo3(signature = (content, hints, filing_id, accession_number, form_type, filed_on, accepted_at, source_url, tickers_of))]
#[expect(clippy::too_many_arguments, reason = "the arguments are those of the Python function")]
fn read<'py>(
    py: Python<'py>,
    content: &Bound<'py, PyAny>,
    hints: Option<Hints>,
    filing_id: Option<String>,
    accession_number: Option<String>,
    form_type: Option<String>,
    filed_on: Option<String>,
    accepted_at: Option<String>,
    source_url: Option<String>,
    tickers_of: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let (issuer, owners) = hints.map_or((None, Vec::new()), |hints| (hints.issuer, hints.owners));
    let facts = Facts {
        filing_id,
        accession_number,
        form_type,
        filed_on,
        accepted_at,
        source_url,
        issuer: issuer.map(PartyHint::from),
        owners: owners.into_iter().map(PartyHint::from).collect(),
    };
    let tickers = |symbol: &str| -> Sure<Vec<String>> {
        tickers_of.call1((symbol,)).and_then(|found| found.extract()).map_err(|_| Decline::Value)
    };
    // A defect must not end the process: Python reads the filing then.
    let reading = catch_unwind(AssertUnwindSafe(|| read_filing(text_of(content)?, &facts, &tickers)));
    match reading.unwrap_or(Err(Decline::Defect)) {
        Ok(reading) => Ok(answer(py, reading).into_pyobject(py)?.into_any()),
        Err(reason) => Ok(PyString::new(py, reason.name()).into_any()),
    }
}

fn text_of<'a>(content: &'a Bound<'_, PyAny>) -> Sure<&'a str> {
    let text = if let Ok(text) = content.cast::<PyString>() {
        text.to_str().map_err(|_| Decline::Encoding)?
    } else {
        let bytes = content.cast::<PyBytes>().map_err(|_| Decline::Encoding)?;
        std::str::from_utf8(bytes.as_bytes()).map_err(|_| Decline::Encoding)?
    };
    if text.starts_with('\u{feff}') { Err(Decline::Encoding) } else { Ok(text) }
}

fn answer(py: Python<'_>, reading: Reading) -> Answer<'_> {
    let events = reading.events.iter().map(|event| PyBytes::new(py, event)).collect();
    (reading.filing_id, reading.form_type, reading.issuer_key, reading.lines, reading.diagnostics, events)
}

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::read;
}
