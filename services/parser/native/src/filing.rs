//! From a filing's content to its events, one per owner, in the bytes that Python would encode.

use crate::agreement::{Diagnostic, Identity, identify};
use crate::decline::{Decline, Sure};
use crate::document::{Document, Line, read_document};
use crate::facts::Facts;
use crate::fields::{FILING, LINE, ORIGINAL, SCHEMA_VERSION, SIGNATURE, STATEMENTS, TRANSACTION_FIELDS};
use crate::header::Header;
use crate::json::{push_key, push_list, push_number, push_optional, push_string};
use crate::parties::{Tickers, owners_of, push_issuer, push_owner};
use crate::submission::{is_submission, split_submission};
use crate::text::{collapse, with_newlines};
use crate::values::{date_of, push_value};

const LARGEST_CONTENT: usize = 16 * 1024 * 1024;
const MOST_DIAGNOSTICS: usize = 500;

/// The events of a filing, and the facts that a stream needs of them.
pub struct Reading {
    pub filing_id: String,
    pub form_type: &'static str,
    pub issuer_key: String,
    pub lines: usize,
    pub diagnostics: Vec<&'static str>,
    pub events: Vec<Vec<u8>>,
}

/// Return the events of a filing; a reason to decline if anything about it is unusual.
pub fn read_filing(content: &str, facts: &Facts, tickers: Tickers) -> Sure<Reading> {
    facts.check()?;
    if content.len() > LARGEST_CONTENT {
        return Err(Decline::Size);
    }
    let text = with_newlines(content);
    let (header, body) = if is_submission(&text) { split_submission(&text)? } else { (Header::default(), &*text) };
    let document = read_document(body)?;
    let mut identity = identify(&text, &document, &header, facts)?;

    let mut shared = Vec::with_capacity(4096);
    push_key(&mut shared, "filing");
    push_filing(&mut shared, &document, &identity, facts)?;
    push_key(&mut shared, "issuer");
    let issuer_key = push_issuer(&mut shared, &document, &header, facts, tickers)?;
    let lines = push_lines(&document, &mut identity.diagnostics)?;
    if identity.diagnostics.len() > MOST_DIAGNOSTICS {
        return Err(Decline::Size);
    }
    let rest = rest_of(&document, &lines, &identity.diagnostics);
    let codes: Vec<_> = identity.diagnostics.iter().map(|found| found.code).collect();
    Ok(Reading {
        events: push_events(&document, &header, facts, &shared, &rest)?,
        filing_id: identity.filing_id,
        form_type: identity.form_type,
        issuer_key,
        lines: document.lines.len(),
        diagnostics: codes.repeat(document.owners.len()), // each event has them
    })
}

/// Return one event per owner. `shared` comes before what differs between them, and `rest` after it.
fn push_events(document: &Document, header: &Header, facts: &Facts, shared: &[u8], rest: &[u8]) -> Sure<Vec<Vec<u8>>> {
    let owners = owners_of(document, header, facts)?;
    let mut events = Vec::with_capacity(owners.len());
    for (index, owner) in owners.iter().enumerate() {
        let mut event = Vec::with_capacity(shared.len() + rest.len() + 1024);
        event.push(b'{');
        event.extend_from_slice(shared);
        push_key(&mut event, "owner");
        push_owner(&mut event, owner, &document.owners[index])?;
        push_key(&mut event, "owner_index");
        push_number(&mut event, index);
        push_key(&mut event, "owner_count");
        push_number(&mut event, owners.len());
        push_key(&mut event, "co_owners");
        let others = owners.iter().enumerate().filter(|(other, _)| *other != index);
        push_list(&mut event, others, |out, (_, owner)| {
            out.push(b'{');
            owner.push(out);
            out.push(b'}');
        });
        event.extend_from_slice(rest);
        event.push(b'}');
        events.push(event);
    }
    Ok(events)
}

fn push_filing(out: &mut Vec<u8>, document: &Document, identity: &Identity, facts: &Facts) -> Sure<()> {
    let value_of = |index: usize| document.filing[index].as_deref();
    out.push(b'{');
    push_key(out, "filing_id");
    push_string(out, &identity.filing_id);
    push_key(out, "accession_number");
    push_optional(out, identity.accession_number.as_deref());
    push_key(out, "form_type");
    push_string(out, identity.form_type);
    push_key(out, "period_of_report");
    push_optional(out, identity.period.as_deref());
    push_key(out, FILING[ORIGINAL].name);
    push_value(out, FILING[ORIGINAL].kind, value_of(ORIGINAL))?;
    push_key(out, "filed_on");
    push_optional(out, identity.filed_on.as_deref());
    push_key(out, "accepted_at");
    push_optional(out, identity.accepted_at.as_deref());
    push_key(out, "source_url");
    push_optional(out, facts.source_url.as_deref());
    push_key(out, FILING[SCHEMA_VERSION].name);
    push_value(out, FILING[SCHEMA_VERSION].kind, value_of(SCHEMA_VERSION))?;
    push_key(out, "source_format");
    push_string(out, "xml");
    for (index, field) in FILING.iter().enumerate().skip(STATEMENTS) {
        push_key(out, field.name);
        push_value(out, field.kind, value_of(index))?;
    }
    push_key(out, "signatures");
    push_list(out, &document.signatures, |out, [name, date]| {
        out.push(b'{');
        push_key(out, SIGNATURE[0].name);
        push_optional(out, name.as_deref().map(collapse).as_deref());
        push_key(out, SIGNATURE[1].name);
        push_optional(out, date.as_deref().map(|raw| date_of(raw).unwrap_or_else(|| collapse(raw))).as_deref());
        out.push(b'}');
    });
    out.push(b'}');
    Ok(())
}

/// The transactions and the holdings, each as the items of a list.
#[derive(Default)]
struct Lines {
    transactions: Vec<u8>,
    holdings: Vec<u8>,
}

fn push_lines(document: &Document, diagnostics: &mut Vec<Diagnostic>) -> Sure<Lines> {
    let mut lines = Lines::default();
    let mut counts = [0, 0];
    for (number, line) in document.lines.iter().enumerate() {
        let (out, count, list) = if line.is_transaction {
            (&mut lines.transactions, &mut counts[0], "transactions")
        } else {
            (&mut lines.holdings, &mut counts[1], "holdings")
        };
        if *count > 0 {
            out.push(b',');
        }
        push_line(out, line, number)?;
        report_undefined(line, document, &format!("{list}[{count}]"), diagnostics);
        *count += 1;
    }
    Ok(lines)
}

fn push_line(out: &mut Vec<u8>, line: &Line, number: usize) -> Sure<()> {
    let mut fields = LINE.iter().zip(&line.values);
    out.push(b'{');
    push_key(out, "line");
    push_number(out, number);
    push_key(out, "table");
    push_string(out, line.table);
    for (field, value) in fields.by_ref().take(TRANSACTION_FIELDS) {
        push_key(out, field.name);
        push_value(out, field.kind, value.as_deref())?;
    }
    push_key(out, "currency");
    push_optional(out, None);
    push_key(out, "footnotes");
    out.push(b'{');
    for (name, ids) in &line.citations {
        push_key(out, name);
        push_list(out, ids, |out, id| push_string(out, id));
    }
    out.push(b'}');
    for (field, value) in fields {
        if line.is_transaction {
            push_key(out, field.name);
            push_value(out, field.kind, value.as_deref())?;
        } else if value.is_some() {
            return Err(Decline::Value);
        }
    }
    out.push(b'}');
    Ok(())
}

fn report_undefined(line: &Line, document: &Document, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    for (name, ids) in &line.citations {
        for id in ids.iter().filter(|id| !document.footnotes.iter().any(|(known, _)| known == *id)) {
            let field = format!("{path}.{name}");
            diagnostics.push(Diagnostic { code: "undefined_footnote", field, raw: (*id).to_owned() });
        }
    }
}

/// Return the last members of the events.
fn rest_of(document: &Document, lines: &Lines, diagnostics: &[Diagnostic]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.transactions.len() + lines.holdings.len() + 1024);
    for (name, items) in [("transactions", &lines.transactions), ("holdings", &lines.holdings)] {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":[");
        out.extend_from_slice(items);
        out.push(b']');
    }
    push_key(&mut out, "footnotes");
    out.push(b'{');
    for (id, text) in &document.footnotes {
        push_key(&mut out, id);
        push_string(&mut out, text);
    }
    out.push(b'}');
    push_key(&mut out, "diagnostics");
    push_list(&mut out, diagnostics, |out, found| {
        out.push(b'{');
        for (name, value) in [("code", found.code), ("field", &found.field), ("raw", &found.raw)] {
            push_key(out, name);
            push_string(out, value);
        }
        out.push(b'}');
    });
    out
}
