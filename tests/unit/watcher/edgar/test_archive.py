"""Daily bulk archives as streams: every Section 16 submission, bounded memory, and no damaged archive accepted."""

import gzip
import io
import random
import tarfile
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest

from contracts.errors import TransientError
from services.watcher.edgar.archive import ArchivedSubmission, archived_submissions
from tests.filings.corpus import CORPUS, each_of

MOST = 1024 * 1024


def submission(number: int, form: str = "4", body: str = "<XML/>", *, ending: str = "\n", tags: str = "") -> bytes:
    """Return a submission as archives contain it."""
    text = (
        f"<SUBMISSION>\n<ACCESSION-NUMBER>0000950170-24-{number:06}\n<TYPE>{form}\n{tags}<FILING-DATE>20240516\n"
        f"<DOCUMENT>\n<TYPE>{form}\n<TEXT>\n{body}\n</TEXT>\n</DOCUMENT>\n</SUBMISSION>\n"
    )
    return text.replace("\n", ending).encode()


def archive(*contents: bytes, form: int = tarfile.GNU_FORMAT) -> bytes:
    """Return an uncompressed archive of the contents."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=form) as file:
        for number, content in enumerate(contents):
            member = tarfile.TarInfo(f"./0000950170-24-{number:06}.nc")
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return written.getvalue()


async def chunks(content: bytes, size: int) -> AsyncIterator[bytes]:
    """Yield the content in chunks, as from a network."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def read(packed: bytes, *, size: int = 8192, most: int = MOST) -> list[ArchivedSubmission]:
    """Return the Section 16 submissions in the archive."""
    return [found async for found in archived_submissions(chunks(packed, size), most=most)]


@pytest.mark.parametrize("size", [1, 511, 512, 513, 8192, 10_000_000])
@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
async def test_every_section_16_submission_is_found_whole_and_no_other(size: int, form: int) -> None:
    """This holds for any chunk size and any dialect of the tar format."""
    given = [
        submission(0),
        submission(1, "424B2", "x" * 3_000),
        submission(2, "4/A", "y" * 9_999),
        submission(3, "10-K", "<TYPE>4\n" * 2_000),
        submission(4, "3", "é" * 300),
        submission(5, "5", "z" * 512),
    ]
    found = await read(gzip.compress(archive(*given, form=form)), size=size)
    assert [(each.form_type, each.content) for each in found] == [
        ("4", given[0]),
        ("4/A", given[2]),
        ("3", given[4]),
        ("5", given[5]),
    ]
    assert all(each.is_whole and each.size == len(each.content) for each in found)
    assert [each.accession_number for each in found] == [f"0000950170-24-{n:06}" for n in (0, 2, 4, 5)]


async def test_a_submission_with_carriage_returns_alone_is_found() -> None:
    """Some submissions use only carriage returns as line ends."""
    (found,) = await read(gzip.compress(archive(submission(7, ending="\r"))))
    assert (found.accession_number, found.form_type) == ("0000950170-24-000007", "4")


async def test_a_deletion_notice_is_not_a_submission() -> None:
    """It names a form, but has no document."""
    assert await read(gzip.compress(archive(submission(1, tags="<DELETION>\n")))) == []


async def test_directories_and_members_without_a_form_are_skipped() -> None:
    """Empty files are skipped as well; an archive may also be empty."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as file:
        folder = tarfile.TarInfo("20240516")
        folder.type = tarfile.DIRTYPE
        file.addfile(folder)
        file.addfile(tarfile.TarInfo("empty.nc"))
        note = tarfile.TarInfo("README")
        note.size = 4
        file.addfile(note, io.BytesIO(b"<TYP"))
    assert await read(gzip.compress(written.getvalue())) == []
    assert await read(gzip.compress(archive())) == []


async def test_a_long_name_in_an_extended_header_is_accepted() -> None:
    """Submissions are not identified by their names."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.GNU_FORMAT) as file:
        member = tarfile.TarInfo("a/" * 200 + "one.nc")
        member.size = len(submission(1))
        file.addfile(member, io.BytesIO(submission(1)))
    assert [each.content for each in await read(gzip.compress(written.getvalue()))] == [submission(1)]


async def test_an_archive_of_several_gzip_members_is_read_to_its_end() -> None:
    """An archive padded with zeros at the end is read as well."""
    plain = archive(*(submission(number, body="x" * 700) for number in range(20)))
    packed = b"".join(gzip.compress(plain[start : start + 5_000]) for start in range(0, len(plain), 5_000))
    assert len(await read(packed)) == len(await read(packed + b"\0" * 9_999)) == 20


@pytest.mark.parametrize("kept", [0, 5, 100, 0.3, 0.6, 0.9, 0.99, -1])
async def test_a_truncated_archive_is_refused(kept: float) -> None:
    """This includes an archive that lacks only the end of its checksum."""
    noise = random.Random(7).randbytes(3_000).hex()  # noqa: S311 - incompressible
    packed = gzip.compress(archive(*(submission(number, body=noise[number:]) for number in range(30))))
    length = int(kept * len(packed)) if isinstance(kept, float) else kept
    with pytest.raises(TransientError, match="broken_archive"):
        await read(packed[:length] if length >= 0 else packed[:-1])


async def test_an_archive_without_its_closing_blocks_is_refused() -> None:
    """The compression is complete, but its writer stopped between two submissions."""
    plain = archive(submission(1), submission(2))
    second = plain.index(b"0000950170-24-000001.nc") - 2
    with pytest.raises(TransientError, match="is truncated"):
        await read(gzip.compress(plain[:second]))


@pytest.mark.parametrize("place", [20, 300, 0.5, -6])
async def test_a_damaged_archive_is_refused(place: float) -> None:
    """One bit is flipped in the compressed bytes or in the checksum."""
    packed = bytearray(gzip.compress(archive(*(submission(number, body=f"{number}" * 999) for number in range(50)))))
    packed[int(place * len(packed)) if isinstance(place, float) else place] ^= 0x55
    with pytest.raises(TransientError, match="broken_archive"):
        await read(bytes(packed))


async def test_an_archive_with_a_damaged_member_header_is_refused() -> None:
    """If a header's checksum is wrong, the following members cannot be separated any more."""
    plain = bytearray(archive(submission(1), submission(2)))
    plain[plain.index(b"0000950170-24-000001.nc")] ^= 1
    with pytest.raises(TransientError, match="header is damaged"):
        await read(gzip.compress(bytes(plain)))


async def test_a_page_instead_of_an_archive_is_refused() -> None:
    """EDGAR sends one when it throttles."""
    with pytest.raises(TransientError, match="cannot be decompressed"):
        await read(b"<html><body>Request Rate Threshold Exceeded</body></html>")


async def test_a_submission_over_the_limit_is_marked_as_incomplete() -> None:
    """Its full size is known, and the next submission is read as usual."""
    large = submission(1, body="x" * 500_000)
    found = await read(gzip.compress(archive(large, submission(2))), most=100_000)
    assert [(each.is_whole, each.size, len(each.content)) for each in found] == [
        (False, len(large), 100_000),
        (True, len(submission(2)), len(submission(2))),
    ]


async def test_memory_does_not_grow_with_the_archive() -> None:
    """The archive has forty times as many bytes as may be kept, and compresses to almost nothing."""
    pack = zlib.compressobj(wbits=31)

    def written() -> Iterator[bytes]:
        for number in range(40):
            member = tarfile.TarInfo(f"{number}.nc")
            content = submission(number, "10-K" if number % 2 else "4", "x" * MOST)
            member.size = len(content)
            yield member.tobuf() + content + b"\0" * (-len(content) % 512)
        yield b"\0" * 1024

    async def packed(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
        for part in parts:
            yield pack.compress(part)
        yield pack.flush()

    found = 0
    tracemalloc.start()
    try:
        async for each in archived_submissions(packed(written()), most=MOST):
            found += each.size > MOST
        assert tracemalloc.get_traced_memory()[1] < 8 * MOST
    finally:
        tracemalloc.stop()
    assert found == 20


@pytest.mark.parametrize("path", each_of(CORPUS / "txt", "0001562180-25-000280.txt"))
async def test_a_real_submission_in_an_archive_is_recognized(path: object) -> None:
    """It has a header in tags, and only carriage returns."""
    with open(str(path), "rb") as file:  # noqa: PTH123, ASYNC230 - a small file
        content = file.read()
    (found,) = await read(gzip.compress(archive(content)))
    assert (found.accession_number, found.form_type, found.content) == ("0001562180-25-000280", "4", content)
