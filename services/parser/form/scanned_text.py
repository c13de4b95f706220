"""The text of a form's sections, as the scanner finds it on a page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.parser.form.blocks import Text, plain_text
from services.parser.form.footnotes import NoteLine, NumberedNote, begins_footnote, split_number
from services.parser.form.owners import relationship_columns
from services.parser.form.sections import FormSection
from services.parser.form.signatures import Signature, is_torn, read_signature, read_signature_row

_DATE_CAPTION: Final = "Date"


@dataclass(slots=True)
class CoverText:
    """The cells of the cover. `first_cells` are those that may name an owner."""

    first_cells: list[Text] = field(default_factory=list)
    cells: list[Text] = field(default_factory=list)


@dataclass(slots=True)
class OwnersText:
    """The owners' table: its rows, or its paragraphs if the page has lost the columns.

    `relationships` are the fields of its columns, by index.
    """

    rows: list[Sequence[Text]] = field(default_factory=list)
    paragraphs: list[list[str]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    relationships: dict[int, str] = field(default_factory=dict)

    def take_captions(self, words: list[str]) -> bool:
        """Take the columns from a row of captions; return whether it is one.

        >>> OwnersText().take_captions(["Director", "10% Owner", "Officer", "Other"])
        True
        """
        columns = relationship_columns(words)
        self.relationships = columns or self.relationships
        return columns is not None


@dataclass(slots=True)
class NotesText:
    """Footnotes, remarks and signatures. A signature's caption decides which of the words before it are the name."""

    footnotes: list[NoteLine] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    unreadable_signatures: list[str] = field(default_factory=list)
    unreadable_footnotes: list[str] = field(default_factory=list)
    _unsigned: list[str] = field(default_factory=list)
    _remarks_ended: bool = False
    _last_number: int = 0

    def numbered_line(self, text: str) -> NoteLine:
        """Return a row of the footnotes, with its number beyond doubt if that is higher than all before.

        >>> NotesText().numbered_line("(1) A note.")
        NumberedNote(number=1, text='A note.')
        """
        number, note = split_number(text)
        if number <= self._last_number:
            return text
        self._last_number = number
        return NumberedNote(number, note)

    def take_footnotes(self, paragraph: list[NoteLine]) -> None:
        """Take a paragraph of the explanation of responses: it may still turn out to be a signature.

        >>> notes = NotesText()
        >>> notes.take_footnotes(["(1) A note."])
        >>> notes.footnotes
        ['(1) A note.']
        """
        self.footnotes.extend(paragraph)
        lines = [line for line in paragraph if isinstance(line, str)]
        self._unsigned = [] if begins_footnote(paragraph[0]) else [" ".join(lines)]

    def take_words(self, words: str, section: FormSection) -> None:
        """Take a paragraph of remarks or of signatures.

        >>> notes = NotesText()
        >>> notes.take_words("See Exhibit 24.", FormSection.REMARKS)
        >>> notes.remarks
        ['See Exhibit 24.']
        """
        if words == _DATE_CAPTION:
            return
        self._unsigned.append(words)
        if section is FormSection.REMARKS and not self._remarks_ended:
            self.remarks.append(words)

    def sign_row(self, cells: Sequence[Text], captions: list[str], section: FormSection) -> None:
        """Take the signature in a row, given the row of captions below it.

        >>> notes = NotesText()
        >>> notes.sign_row(["/s/ Jane Doe", "02/07/2024"], ["Signature", "Date"], FormSection.SIGNATURES)
        >>> notes.signatures
        [('/s/ Jane Doe', '02/07/2024')]
        """
        self._remarks_ended = self._remarks_ended or section is FormSection.REMARKS
        self._sign(read_signature_row([plain_text(cell) for cell in cells], captions))

    def sign(self, section: FormSection) -> FormSection:
        """End the words of a signature at its caption, and return the section that continues below.

        The words that the signature took were not a remark, and not a footnote.

        >>> notes = NotesText()
        >>> notes.take_words("/s/ Jane Doe 02/07/2024", FormSection.SIGNATURES)
        >>> notes.sign(FormSection.SIGNATURES)
        <FormSection.SIGNATURES: 'signatures'>
        >>> notes.signatures
        [('/s/ Jane Doe', '02/07/2024')]
        """
        words, self._unsigned = self._unsigned, []
        signature, rest = read_signature(words)
        if signature is None:
            return section
        self._sign(signature)
        if section is FormSection.FOOTNOTES:
            self._drop_footnote_lines(" ".join(words))
            return FormSection.SIGNATURES
        if section is FormSection.REMARKS and not self._remarks_ended:
            del self.remarks[len(rest) :]
            self._remarks_ended = True
        return section

    def _sign(self, signature: Signature) -> None:
        if is_torn(signature):
            self.unreadable_signatures.append(signature[0] or "")
        else:
            self.signatures.append(signature)

    def _drop_footnote_lines(self, words: str) -> None:
        """Drop the last lines of the footnotes, which are `words`: they were a signature, with no remarks between."""
        while self.footnotes and words:
            last = self.footnotes[-1]
            if not isinstance(last, str) or not words.endswith(last):
                return
            words = words.removesuffix(last).rstrip()
            self.footnotes.pop()
