//! Full submissions: the SGML header, and the one ownership document, which comes first.

use memchr::memmem;

use crate::decline::{Decline, Sure};
use crate::header::{Header, read_header};

const STARTS: [&str; 3] = ["<SEC-DOCUMENT>", "<SEC-HEADER>", "<SUBMISSION>"];
const DOCUMENT: &str = "<DOCUMENT>";
const DOCUMENT_END: &str = "</DOCUMENT>";
const ROOT: &[u8] = b"ownershipdocument";

/// Return whether a text begins as a submission does.
pub fn is_submission(text: &str) -> bool {
    STARTS.iter().any(|start| text.starts_with(start))
}

/// Return the header and the XML of a submission.
pub fn split_submission(text: &str) -> Sure<(Header, &str)> {
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(Decline::Encoding);
    }
    let mut begins = memmem::find_iter(text.as_bytes(), DOCUMENT);
    let first = begins.next().filter(|&at| starts_line(text, at)).ok_or(Decline::Submission)?;
    let second = begins.next();
    if second.is_some_and(|at| !starts_line(text, at)) {
        return Err(Decline::Submission);
    }
    let further = second.map_or("", |at| &text[at..]);
    // An exhibit may have the document's tags or its root: then Python looks at each of them.
    if further.as_bytes().windows(ROOT.len()).any(|window| window.eq_ignore_ascii_case(ROOT)) {
        return Err(Decline::Submission);
    }
    let part = &text[first + DOCUMENT.len()..second.unwrap_or(text.len())];
    let end = part.find(DOCUMENT_END).filter(|&at| starts_line(part, at)).ok_or(Decline::Submission)?;
    Ok((read_header(&text[..first])?, body_of(&part[..end])?))
}

fn starts_line(text: &str, at: usize) -> bool {
    text[..at].trim_end_matches([' ', '\t']).ends_with('\n')
}

/// Return the content of `<TEXT><XML>` or of `<TEXT>` alone.
fn body_of(document: &str) -> Sure<&str> {
    let (before, within) = document.split_once("<TEXT>").ok_or(Decline::Submission)?;
    let (body, end) = match within.trim_ascii_start().strip_prefix("<XML>") {
        Some(body) => (body, "</XML>"),
        None => (within, "</TEXT>"),
    };
    let (body, _) = body.split_once(end).ok_or(Decline::Submission)?;
    if before.contains("<XML>") { Err(Decline::Submission) } else { Ok(body) }
}
