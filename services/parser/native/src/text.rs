//! Text as Python has it: references resolved, white space collapsed.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use crate::decline::{Decline, Sure};

const LONGEST_REFERENCE: usize = 8;

/// Return the text with newlines alone.
pub fn with_newlines(text: &str) -> Cow<'_, str> {
    if memchr(b'\r', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Return the text of XML with its references resolved.
pub fn unescape(text: &str) -> Sure<Cow<'_, str>> {
    if memchr(b'>', text.as_bytes()).is_some() && memmem::find(text.as_bytes(), b"]]>").is_some() {
        return Err(Decline::Markup);
    }
    let Some(first) = memchr(b'&', text.as_bytes()) else {
        return Ok(Cow::Borrowed(text));
    };
    let mut plain = String::with_capacity(text.len());
    plain.push_str(&text[..first]);
    for part in text[first + 1..].split('&') {
        let (reference, after) = part.split_once(';').ok_or(Decline::Markup)?;
        plain.push(resolve(reference).ok_or(Decline::Markup)?);
        plain.push_str(after);
    }
    Ok(Cow::Owned(plain))
}

fn resolve(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => numbered(reference.strip_prefix('#')?),
    }
}

/// Return the character of a number, if XML may have it.
fn numbered(number: &str) -> Option<char> {
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
    if digits.len() > LONGEST_REFERENCE || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let character = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    let is_legal = matches!(character, '\t' | '\n' | '\r') || character >= ' ';
    (is_legal && !matches!(character, '\u{fffe}' | '\u{ffff}')).then_some(character)
}

/// Return the text with runs of white space made one space, and none at its ends.
pub fn collapse(text: &str) -> Cow<'_, str> {
    if is_collapsed(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    Cow::Owned(collapsed)
}

/// Return whether ASCII text has single spaces alone, within it.
fn is_collapsed(bytes: &[u8]) -> bool {
    let mut before = b' ';
    for &byte in bytes {
        if !(b' '..0x80).contains(&byte) || (byte == b' ' && before == b' ') {
            return false;
        }
        before = byte;
    }
    before != b' ' || bytes.is_empty()
}
