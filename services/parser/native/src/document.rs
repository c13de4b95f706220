//! An ownership document: the text of its fields, as `RawDocument` has it in Python.

use std::borrow::Cow;

use crate::decline::{Decline, Sure};
use crate::fields::{
    ACQUIRED_DISPOSED, CODE, FILING, Field, Group, ISSUER, LINE, LINE_GROUPS, OWNER, OWNER_GROUPS, SHARES,
    SHARES_OWNED, SIGNATURE, TABLES, TOTAL_VALUE, TRANSACTION_DATE, VALUE_OWNED, index_of, row_of,
};
use crate::text::collapse;
use crate::xml::{Content, Reader, Tag};

const MOST_LINES: usize = 5_000;
const MOST_OWNERS: usize = 100;

/// The texts of a section's fields, in the order of `fields`. None of them is blank.
pub type Values<'a, const N: usize> = [Option<Cow<'a, str>>; N];

/// The fields of a line that cite footnotes, each with the ids, in document order.
pub type Citations<'a> = Vec<(&'static str, Vec<&'a str>)>;

/// A row of Table I or II.
pub struct Line<'a> {
    pub table: &'static str,
    pub is_transaction: bool,
    pub values: Values<'a, { LINE.len() }>,
    pub citations: Citations<'a>,
}

/// A whole document.
#[derive(Default)]
pub struct Document<'a> {
    pub filing: Values<'a, { FILING.len() }>,
    pub issuer: Option<Values<'a, { ISSUER.len() }>>,
    pub owners: Vec<Values<'a, { OWNER.len() }>>,
    pub lines: Vec<Line<'a>>,
    pub footnotes: Vec<(&'a str, Cow<'a, str>)>,
    pub signatures: Vec<Values<'a, { SIGNATURE.len() }>>,
}

/// Return the ownership document in a text.
pub fn read_document(text: &str) -> Sure<Document<'_>> {
    let mut reader = Reader::new(text)?;
    let mut document = Document::default();
    while let Some(tag) = reader.next_child()? {
        if tag.id.is_some() {
            return Err(Decline::Attribute);
        }
        document.read_part(&mut reader, tag.name)?;
    }
    reader.finish()?;
    if document.lines.len() > MOST_LINES || document.owners.len() > MOST_OWNERS {
        return Err(Decline::Size);
    }
    Ok(document)
}

impl<'a> Document<'a> {
    fn read_part(&mut self, reader: &mut Reader<'a>, name: &str) -> Sure<()> {
        match name {
            "issuer" if self.issuer.is_none() => self.issuer = Some(section(reader, &ISSUER, &[])?),
            "reportingOwner" => self.owners.push(section(reader, &OWNER, &OWNER_GROUPS)?),
            "ownerSignature" => self.signatures.push(section(reader, &SIGNATURE, &[])?),
            "footnotes" => self.read_footnotes(reader)?,
            _ if TABLES.contains(&name) => self.read_table(reader)?,
            _ => {
                let index = index_of(&FILING, name).ok_or(Decline::Element)?;
                read_field(reader, &FILING[index], &mut self.filing[index], None)?;
            }
        }
        Ok(())
    }

    fn read_table(&mut self, reader: &mut Reader<'a>) -> Sure<()> {
        while let Some(tag) = reader.next_child()? {
            let (table, is_transaction) = row_of(without_id(&tag)?).ok_or(Decline::Element)?;
            self.lines.push(read_line(reader, table, is_transaction)?);
        }
        Ok(())
    }

    fn read_footnotes(&mut self, reader: &mut Reader<'a>) -> Sure<()> {
        while let Some(tag) = reader.next_child()? {
            let id = tag.id.filter(|_| tag.name == "footnote").ok_or(Decline::Footnote)?;
            let text = match reader.text()? {
                Cow::Borrowed(text) => collapse(text),
                Cow::Owned(text) => Cow::Owned(collapse(&text).into_owned()),
            };
            match self.footnotes.iter().find(|(known, _)| *known == id) {
                None => self.footnotes.push((id, text)),
                Some((_, first)) if *first == text => {}
                Some(_) => return Err(Decline::Footnote),
            }
        }
        Ok(())
    }
}

fn read_line<'a>(reader: &mut Reader<'a>, table: &'static str, is_transaction: Option<bool>) -> Sure<Line<'a>> {
    let mut line = Line { table, is_transaction: false, values: Default::default(), citations: Vec::new() };
    read_section(reader, &LINE, &LINE_GROUPS, &mut line.values, Some(&mut line.citations))?;
    line.is_transaction = is_transaction.unwrap_or_else(|| line.has_transaction_fields());
    if is_transaction.is_none() && !line.is_transaction {
        line.own(SHARES, SHARES_OWNED);
        line.own(TOTAL_VALUE, VALUE_OWNED);
    }
    Ok(line)
}

impl Line<'_> {
    fn has_transaction_fields(&self) -> bool {
        [TRANSACTION_DATE, CODE, ACQUIRED_DISPOSED].into_iter().any(|index| self.has(index))
    }

    fn has(&self, index: usize) -> bool {
        self.values[index].is_some() || self.citations.iter().any(|(name, _)| *name == LINE[index].name)
    }

    /// Turn an amount of a row that is a holding into the amount owned, unless it has that too.
    fn own(&mut self, amount: usize, owned: usize) {
        if self.has(owned) {
            return;
        }
        self.values[owned] = self.values[amount].take();
        if let Some(at) = self.citations.iter().position(|(name, _)| *name == LINE[amount].name) {
            let (_, ids) = self.citations.remove(at);
            self.citations.push((LINE[owned].name, ids));
        }
    }
}

fn section<'a, const N: usize>(
    reader: &mut Reader<'a>,
    fields: &'static [Field; N],
    groups: &[Group],
) -> Sure<Values<'a, N>> {
    let mut values = [const { None }; N];
    read_section(reader, fields, groups, &mut values, None)?;
    Ok(values)
}

/// Read the fields of a section, in groups or directly in it.
fn read_section<'a>(
    reader: &mut Reader<'a>,
    fields: &'static [Field],
    groups: &[Group],
    values: &mut [Option<Cow<'a, str>>],
    mut citations: Option<&mut Citations<'a>>,
) -> Sure<()> {
    while let Some(tag) = reader.next_child()? {
        let group = groups.iter().find(|(element, _)| *element == tag.name);
        let Some((_, represented)) = group else {
            read_member(reader, &tag, fields, fields[0].name, values, citations.as_deref_mut())?;
            continue;
        };
        without_id(&tag)?;
        while let Some(member) = reader.next_child()? {
            read_member(reader, &member, fields, represented, values, citations.as_deref_mut())?;
        }
    }
    Ok(())
}

/// Read a field, or a citation on the element around it, which the field `represented` stands for.
fn read_member<'a>(
    reader: &mut Reader<'a>,
    tag: &Tag<'a>,
    fields: &'static [Field],
    represented: &'static str,
    values: &mut [Option<Cow<'a, str>>],
    citations: Option<&mut Citations<'a>>,
) -> Sure<()> {
    if tag.name == "footnoteId" {
        return cite(reader, tag, represented, citations);
    }
    let index = index_of(fields, without_id(tag)?).ok_or(Decline::Element)?;
    read_field(reader, &fields[index], &mut values[index], citations)
}

/// Read a field. Its text is in its `value` element, or in the field itself.
fn read_field<'a>(
    reader: &mut Reader<'a>,
    field: &'static Field,
    value: &mut Option<Cow<'a, str>>,
    mut citations: Option<&mut Citations<'a>>,
) -> Sure<()> {
    if let Content::Text(text) = reader.content()? {
        return store(value, text);
    }
    while let Some(tag) = reader.next_child()? {
        if tag.name == "footnoteId" {
            cite(reader, &tag, field.name, citations.as_deref_mut())?;
        } else if without_id(&tag)? == "value" {
            store(value, reader.text()?)?;
        } else {
            return Err(Decline::Element);
        }
    }
    Ok(())
}

fn store<'a>(value: &mut Option<Cow<'a, str>>, text: Cow<'a, str>) -> Sure<()> {
    if text.trim().is_empty() {
        return Ok(());
    }
    if value.is_some() {
        return Err(Decline::Repeated);
    }
    *value = Some(text);
    Ok(())
}

fn cite<'a>(
    reader: &mut Reader<'a>,
    tag: &Tag<'a>,
    field: &'static str,
    citations: Option<&mut Citations<'a>>,
) -> Sure<()> {
    let (Some(id), Some(citations)) = (tag.id, citations) else {
        return Err(Decline::Footnote);
    };
    if !reader.text()?.is_empty() {
        return Err(Decline::Footnote);
    }
    match citations.iter_mut().find(|(name, _)| *name == field) {
        Some((_, ids)) => ids.push(id),
        None => citations.push((field, vec![id])),
    }
    Ok(())
}

fn without_id<'a>(tag: &Tag<'a>) -> Sure<&'a str> {
    if tag.id.is_some() { Err(Decline::Attribute) } else { Ok(tag.name) }
}
