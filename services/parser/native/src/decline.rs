//! Reasons for which a filing is left to the Python reader.

/// A reason to decline. The parser's log has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decline {
    /// The content is not UTF-8, or begins with a byte order mark.
    Encoding,
    /// The content is larger than any filing that EDGAR accepts.
    Size,
    /// A fact that travels with the filing does not follow the contract.
    Facts,
    /// The markup is malformed, or beyond the subset that this reader knows.
    Markup,
    /// The prologue has more than an XML declaration.
    Prologue,
    /// An attribute other than the id of a footnote.
    Attribute,
    /// An element at a place where the schemas have none.
    Element,
    /// Text beside elements.
    MixedText,
    /// A field that has two values.
    Repeated,
    /// A value that needs a diagnostic, or more care than is taken here.
    Value,
    /// A footnote without an id, or two of the same id.
    Footnote,
    /// The issuer or an owner has no CIK or no name.
    Party,
    /// A hint that disagrees with the document, or identifies a party by its name alone.
    Hint,
    /// An SGML header with values that are not in the usual form.
    Header,
    /// A defect of this reader.
    Defect,
    /// A submission whose parts are not in the usual order, or that has several ownership documents.
    Submission,
}

impl Decline {
    /// Return the name of the reason, as the log has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::Size => "size",
            Self::Facts => "facts",
            Self::Markup => "markup",
            Self::Prologue => "prologue",
            Self::Attribute => "attribute",
            Self::Element => "element",
            Self::MixedText => "mixed_text",
            Self::Repeated => "repeated",
            Self::Value => "value",
            Self::Footnote => "footnote",
            Self::Party => "party",
            Self::Hint => "hint",
            Self::Header => "header",
            Self::Defect => "defect",
            Self::Submission => "submission",
        }
    }
}

/// A result, or the reason to leave the filing to Python.
pub type Sure<T> = Result<T, Decline>;
