"""Stream EDGAR's daily bulk archives and yield their Section 16 submissions; nothing is written to disk.

An archive (`20240516.nc.tar.gz`) contains every submission of its day, some gigabytes of all forms. Only one piece of
it is in memory at a time, and the one submission that is being read, up to a limit.
"""

import tarfile
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final

from contracts.codes import ErrorCode
from contracts.enumerations import FormType
from contracts.errors import TransientError
from services.section16.sgml_header import archived_accession_number, header_form_type

_GZIP: Final = 31
"""The window size that makes zlib expect gzip's header and checksum."""
_PIECE: Final = 64 * 1024
"""Bytes decompressed at a time, whatever their compression ratio."""
_HEADER_BYTES: Final = 4 * 1024
"""Bytes of a submission within which its header names the form; it does so in the first lines."""
_DOCUMENT: Final = "<DOCUMENT>"


@dataclass(frozen=True, slots=True)
class ArchivedSubmission:
    """A Section 16 submission of an archive. `content` is cut off at the reader's limit; `size` is the full size."""

    accession_number: str
    form_type: FormType
    content: bytes
    size: int

    @property
    def is_whole(self) -> bool:
        """Whether `content` is the full text."""
        return len(self.content) == self.size


async def archived_submissions(chunks: AsyncIterable[bytes], *, most: int) -> AsyncIterator[ArchivedSubmission]:
    """Yield the Section 16 submissions of an archive as its bytes arrive, at most `most` bytes of each.

    Notices of a submission's deletion are skipped: they have no document.

    Raises:
        TransientError: the archive is truncated or damaged. Submissions yielded before were complete.
    """
    reader = _ArchiveReader(most)
    async for chunk in chunks:
        for submission in reader.read(chunk):
            yield submission
    reader.close()


class _ArchiveReader:
    """Reads an archive in chunks of any size."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._decompressor = zlib.decompressobj(wbits=_GZIP)
        self._decompressed = bytearray()
        self._member: _Member | None = None
        self._ended = False

    def read(self, chunk: bytes) -> Iterator[ArchivedSubmission]:
        """Yield the submissions that the chunk completes."""
        while chunk:
            if self._decompressor.eof:
                if not (chunk := chunk.lstrip(b"\0")):  # padding to a tape block
                    return
                self._decompressor = zlib.decompressobj(wbits=_GZIP)  # the next gzip member
            try:
                self._decompressed += self._decompressor.decompress(chunk, _PIECE)
            except zlib.error as error:
                raise _broken(f"it cannot be decompressed ({error})") from error
            chunk = self._decompressor.unconsumed_tail or self._decompressor.unused_data
            yield from self._completed()

    def close(self) -> None:
        """Check that the archive is complete.

        Raises:
            TransientError: it is not.
        """
        if not (self._decompressor.eof and self._ended):
            raise _broken("it is truncated")

    def _completed(self) -> Iterator[ArchivedSubmission]:
        """Yield the submissions of the members that are decompressed completely."""
        while not self._ended and (self._member is not None or len(self._decompressed) >= tarfile.BLOCKSIZE):
            if self._member is None:
                self._begin()
            elif not self._member.take(self._decompressed):
                return
            else:
                if submission := self._member.submission():
                    yield submission
                self._member = None
        if self._ended:
            self._decompressed.clear()

    def _begin(self) -> None:
        """Read the next member's header, or the end-of-archive mark."""
        block = bytes(self._decompressed[: tarfile.BLOCKSIZE])
        del self._decompressed[: tarfile.BLOCKSIZE]
        if not any(block):
            self._ended = True
            return
        try:
            self._member = _Member(tarfile.TarInfo.frombuf(block, "utf-8", "replace"), self._most)
        except tarfile.HeaderError as error:
            raise _broken(f"a member's header is damaged ({error})") from error


class _Member:
    """The member that is being read. Its content is kept, up to a limit, if its header names a Section 16 form."""

    def __init__(self, info: tarfile.TarInfo, most: int) -> None:
        self._info = info
        self._most = min(max(most, _HEADER_BYTES), info.size)
        self._left = -(-info.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        self._content = bytearray()
        self._form: FormType | None = None
        self._header_read = not info.isreg()

    def take(self, buffer: bytearray) -> bool:
        """Remove the member's bytes from the buffer and keep those needed; return whether the member is complete."""
        piece = bytes(buffer[: self._left])
        del buffer[: self._left]
        self._left -= len(piece)
        if self._form or not self._header_read:
            self._content += piece[: max(self._most - len(self._content), 0)]
        if not self._header_read and (not self._left or len(self._content) >= min(_HEADER_BYTES, self._most)):
            self._header_read = True
            self._form = header_form_type(_head(self._content))
        return not self._left

    def submission(self) -> ArchivedSubmission | None:
        """Return the submission; None if it is of another form, or a notice of deletion."""
        number = archived_accession_number(_head(self._content))
        if self._form is None or number is None:
            return None
        return ArchivedSubmission(number, self._form, bytes(self._content), self._info.size)


def _head(content: bytearray) -> str:
    """Return the start of a submission's header, with newlines; some have only carriage returns."""
    return content[:_HEADER_BYTES].decode("latin-1").replace("\r", "\n").partition(_DOCUMENT)[0]


def _broken(reason: str) -> TransientError:
    return TransientError(ErrorCode.BROKEN_ARCHIVE, f"the archive is not complete: {reason}")
