"""EDGAR's daily bulk archives, read as they come over the wire: the Section 16 submissions, and nothing is unpacked.

An archive (`20240516.nc.tar.gz`) holds every submission of its day, some gigabytes of all forms. What is in memory at
a time is a piece of it, and the one submission that is being read, up to a bound.
"""

import re
import tarfile
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final

from contracts.codes import ErrorCode
from contracts.enumerations import FormType
from contracts.errors import TransientError
from services.section16.vocabulary import FORM_TYPES

_GZIP: Final = 31
"""What tells zlib to expect gzip's header and checksum."""
_PIECE: Final = 64 * 1024
"""Bytes unpacked at a time, however well they were packed."""
_LOOK: Final = 4 * 1024
"""Bytes of a submission in which its header names the form: within the first lines."""
_FORMS: Final[dict[bytes, FormType]] = {form.encode(): form for form in FORM_TYPES}
_TYPE: Final = re.compile(
    rb"^[ \t]{0,80}(?:<TYPE>|CONFORMED SUBMISSION TYPE:)[ \t]{0,80}([^\s<]{1,20})[ \t]*$", re.MULTILINE
)
_ACCESSION: Final = re.compile(
    rb"^[ \t]{0,80}(?:<ACCESSION-NUMBER>|ACCESSION NUMBER:)[ \t]{0,80}([0-9]{10}-[0-9]{2}-[0-9]{6})", re.MULTILINE
)
_DELETION: Final = re.compile(rb"^<DELETION>", re.MULTILINE)
_DOCUMENT: Final = b"<DOCUMENT>"


@dataclass(frozen=True, slots=True)
class ArchivedSubmission:
    """A Section 16 submission of an archive: its text as bytes, cut off at the reader's bound, and its whole size."""

    accession_number: str
    form_type: FormType
    content: bytes
    size: int

    @property
    def is_whole(self) -> bool:
        """Whether `content` is all of it."""
        return len(self.content) == self.size


async def archived_submissions(chunks: AsyncIterable[bytes], *, most: int) -> AsyncIterator[ArchivedSubmission]:
    """The Section 16 submissions of an archive as its bytes arrive, `most` bytes of each.

    Notices of a submission's deletion are passed over: they have no document.

    Raises:
        TransientError: the archive is cut off or damaged. What came before was whole, but the day is not.
    """
    reader = _ArchiveReader(most)
    async for chunk in chunks:
        for submission in reader.feed(chunk):
            yield submission
    reader.close()


class _ArchiveReader:
    """Reads an archive that is given to it in chunks of any size."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inflate = zlib.decompressobj(wbits=_GZIP)
        self._unpacked = bytearray()
        self._member: _Member | None = None
        self._ended = False

    def feed(self, chunk: bytes) -> Iterator[ArchivedSubmission]:
        """The submissions that the chunk completes."""
        while chunk:
            if self._inflate.eof:
                if not (chunk := chunk.lstrip(b"\0")):  # filled up to a tape's block
                    return
                self._inflate = zlib.decompressobj(wbits=_GZIP)  # packed in several runs, one after another
            try:
                self._unpacked += self._inflate.decompress(chunk, _PIECE)
            except zlib.error as error:
                raise _broken(f"it cannot be unpacked ({error})") from error
            chunk = self._inflate.unconsumed_tail or self._inflate.unused_data
            yield from self._completed()

    def close(self) -> None:
        """See to it that the archive has come to its end.

        Raises:
            TransientError: it has not.
        """
        if not (self._inflate.eof and self._ended):
            raise _broken("it breaks off before its end")

    def _completed(self) -> Iterator[ArchivedSubmission]:
        """Go through what has been unpacked, member by member, as far as it goes."""
        while not self._ended and (self._member is not None or len(self._unpacked) >= tarfile.BLOCKSIZE):
            if self._member is None:
                self._begin()
            elif not self._member.take(self._unpacked):
                return
            else:
                if submission := self._member.submission():
                    yield submission
                self._member = None
        if self._ended:
            self._unpacked.clear()

    def _begin(self) -> None:
        """Read the next member's header, or the mark that there is none."""
        block = bytes(self._unpacked[: tarfile.BLOCKSIZE])
        del self._unpacked[: tarfile.BLOCKSIZE]
        if not any(block):
            self._ended = True
            return
        try:
            self._member = _Member(tarfile.TarInfo.frombuf(block, "utf-8", "replace"), self._most)
        except tarfile.HeaderError as error:
            raise _broken(f"a member's header is damaged ({error})") from error


class _Member:
    """The member that is being read: a look at it, and up to a bound all of it where that shows a Section 16 form."""

    def __init__(self, info: tarfile.TarInfo, most: int) -> None:
        self._info = info
        self._most = min(max(most, _LOOK), info.size)
        self._left = -(-info.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        self._content = bytearray()
        self._form: FormType | None = None
        self._looked_at = not info.isreg()

    def take(self, unpacked: bytearray) -> bool:
        """Take what there is of the member away, and keep what is wanted of it; whether that was all."""
        piece = bytes(unpacked[: self._left])
        del unpacked[: self._left]
        self._left -= len(piece)
        if self._form or not self._looked_at:
            self._content += piece[: max(self._most - len(self._content), 0)]
        if not self._looked_at and (not self._left or len(self._content) >= min(_LOOK, self._most)):
            self._looked_at = True
            found = _TYPE.search(_head(self._content))
            self._form = _FORMS.get(found[1]) if found else None
        return not self._left

    def submission(self) -> ArchivedSubmission | None:
        """The submission; None where it is of another form, or no more than a notice that one was deleted."""
        head = _head(self._content)
        accession_number = _ACCESSION.search(head)
        if self._form is None or accession_number is None or _DELETION.search(head):
            return None
        return ArchivedSubmission(accession_number[1].decode(), self._form, bytes(self._content), self._info.size)


def _head(content: bytearray) -> bytes:
    """The beginning of a submission's header; some end their lines with carriage returns alone."""
    return bytes(content[:_LOOK]).replace(b"\r", b"\n").partition(_DOCUMENT)[0]


def _broken(why: str) -> TransientError:
    return TransientError(ErrorCode.BROKEN_ARCHIVE, f"the archive is not whole: {why}")
