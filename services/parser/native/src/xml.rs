//! A reader for a strict subset of XML: elements without attributes, text with references, and nothing else.
//!
//! Comments, processing instructions, CDATA, namespaces, document types and attributes other than `id` are declined.
//! Everything that is accepted has the same reading in any conforming parser.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

use crate::decline::{Decline, Sure};
use crate::text::unescape;

const LARGEST: usize = 1024 * 1024;
const MOST_MARKUP: usize = 100_000;
const ROOT: &str = "ownershipDocument";
const LATEST_ROOT: usize = 60 * 1024;
const ENCODINGS: [&str; 4] = ["UTF-8", "ISO-8859-1", "US-ASCII", "WINDOWS-1252"];

/// A start tag. `id` is its only attribute.
pub struct Tag<'a> {
    pub name: &'a str,
    pub id: Option<&'a str>,
}

/// The content of an element.
pub enum Content<'a> {
    /// Text alone; the element has ended.
    Text(Cow<'a, str>),
    /// Elements, of which none has been read.
    Children,
}

/// A position in a document.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    open: Vec<&'a str>,
    closed: bool,
}

impl<'a> Reader<'a> {
    /// Return a reader behind the start tag of an ownership document.
    pub fn new(text: &'a str) -> Sure<Self> {
        check_size(text)?;
        check_characters(text)?;
        let mut reader = Self { text, at: 0, open: Vec::with_capacity(8), closed: false };
        reader.skip_blanks();
        reader.skip_declaration()?;
        reader.skip_blanks();
        if reader.at > LATEST_ROOT {
            return Err(Decline::Prologue); // the format is detected by the beginning of a text alone
        }
        if !reader.rest().starts_with("<ownershipDocument") {
            return Err(Decline::Prologue);
        }
        let root = reader.start_tag()?;
        if root.name != ROOT || root.id.is_some() {
            return Err(Decline::Element);
        }
        Ok(reader)
    }

    /// Return the start tag of the next element within the open one; None at the end of that.
    pub fn next_child(&mut self) -> Sure<Option<Tag<'a>>> {
        if self.closed {
            self.close();
            return Ok(None);
        }
        self.skip_blanks();
        match self.rest().as_bytes() {
            [b'<', b'/', ..] => self.end_tag().map(|()| None),
            [b'<', ..] => self.start_tag().map(Some),
            _ => Err(Decline::MixedText),
        }
    }

    /// Return the content of the element whose start tag was read last.
    pub fn content(&mut self) -> Sure<Content<'a>> {
        if self.closed {
            self.close();
            return Ok(Content::Text(Cow::Borrowed("")));
        }
        let rest = self.rest();
        let length = memchr(b'<', rest.as_bytes()).ok_or(Decline::Markup)?;
        let text = unescape(&rest[..length])?;
        if rest[length..].starts_with("</") {
            self.at += length;
            self.end_tag()?;
            return Ok(Content::Text(text));
        }
        if text.trim().is_empty() { Ok(Content::Children) } else { Err(Decline::MixedText) }
    }

    /// Return the text of the element whose start tag was read last, which has no other elements.
    pub fn text(&mut self) -> Sure<Cow<'a, str>> {
        match self.content()? {
            Content::Text(text) => Ok(text),
            Content::Children => Err(Decline::MixedText),
        }
    }

    /// Check that nothing but blanks follows the document.
    pub fn finish(mut self) -> Sure<()> {
        self.skip_blanks();
        if self.open.is_empty() && self.at == self.text.len() { Ok(()) } else { Err(Decline::Markup) }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn close(&mut self) {
        self.closed = false;
        self.open.pop();
    }

    fn skip_blanks(&mut self) {
        let blanks = self.rest().bytes().take_while(|&byte| is_blank(byte)).count();
        self.at += blanks;
    }

    fn skip(&mut self, expected: &str) -> Sure<()> {
        if !self.rest().starts_with(expected) {
            return Err(Decline::Markup);
        }
        self.at += expected.len();
        Ok(())
    }

    /// Read `<?xml version="1.0" encoding="UTF-8"?>`, if there is one.
    fn skip_declaration(&mut self) -> Sure<()> {
        if !self.rest().starts_with("<?xml") {
            return Ok(());
        }
        let length = self.rest().find("?>").ok_or(Decline::Prologue)?;
        let mut words = self.rest()[5..length].split(is_blank_char).filter(|word| !word.is_empty());
        if !self.rest()[5..].starts_with(is_blank_char)
            || words.next().and_then(|word| value_of(word, "version")) != Some("1.0")
        {
            return Err(Decline::Prologue);
        }
        if let Some(word) = words.next() {
            let encoding = value_of(word, "encoding").ok_or(Decline::Prologue)?;
            if !ENCODINGS.iter().any(|known| known.eq_ignore_ascii_case(encoding)) {
                return Err(Decline::Prologue);
            }
        }
        if words.next().is_some() {
            return Err(Decline::Prologue);
        }
        self.at += length + 2;
        Ok(())
    }

    fn name(&mut self) -> Sure<&'a str> {
        let rest = self.rest();
        let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        if !rest.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) {
            return Err(Decline::Markup);
        }
        self.at += length;
        Ok(&rest[..length])
    }

    fn start_tag(&mut self) -> Sure<Tag<'a>> {
        self.skip("<")?;
        let name = self.name()?;
        let begun = self.at;
        self.skip_blanks();
        let mut id = None;
        if self.at > begun && self.rest().starts_with("id") {
            id = Some(self.id()?);
            self.skip_blanks();
        }
        match self.rest().as_bytes() {
            [b'>', ..] => self.at += 1,
            [b'/', b'>', ..] => {
                self.at += 2;
                self.closed = true;
            }
            _ => return Err(Decline::Attribute),
        }
        self.open.push(name);
        Ok(Tag { name, id })
    }

    /// Read `id="F1"`. An identity has letters, digits, dashes and underscores.
    fn id(&mut self) -> Sure<&'a str> {
        self.skip("id=\"")?;
        let rest = self.rest();
        let length = memchr(b'"', rest.as_bytes()).ok_or(Decline::Markup)?;
        let id = &rest[..length];
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if id.is_empty() || !id.bytes().all(is_plain) {
            return Err(Decline::Attribute);
        }
        self.at += length + 1;
        Ok(id)
    }

    fn end_tag(&mut self) -> Sure<()> {
        self.skip("</")?;
        let name = self.open.pop().ok_or(Decline::Markup)?;
        self.skip(name)?;
        self.skip_blanks();
        self.skip(">")
    }
}

/// Return the value of `name="value"`.
fn value_of<'a>(word: &'a str, name: &str) -> Option<&'a str> {
    let value = word.strip_prefix(name)?.strip_prefix('=')?;
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\''))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t')
}

fn is_blank_char(character: char) -> bool {
    matches!(character, ' ' | '\n' | '\t')
}

fn check_size(text: &str) -> Sure<()> {
    if text.len() > LARGEST {
        return Err(Decline::Size);
    }
    let is_markup = |byte: &&u8| matches!(byte, b'<' | b'&');
    if text.len() > MOST_MARKUP && text.as_bytes().iter().filter(is_markup).count() > MOST_MARKUP {
        return Err(Decline::Size);
    }
    Ok(())
}

/// Check that all characters are those of XML: no control characters, and neither U+FFFE nor U+FFFF.
fn check_characters(text: &str) -> Sure<()> {
    let bytes = text.as_bytes();
    let controls = bytes.iter().fold(0, |found, &byte| found | u8::from(byte < b' ' && byte != b'\n' && byte != b'\t'));
    let is_illegal = |at| matches!(bytes.get(at..at + 3), Some([0xEF, 0xBF, 0xBE | 0xBF]));
    if controls != 0 || memchr_iter(0xEF, bytes).any(is_illegal) {
        return Err(Decline::Markup);
    }
    Ok(())
}
