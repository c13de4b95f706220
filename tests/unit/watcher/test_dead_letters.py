"""Files that the watcher cannot publish: never dropped, always with the reason and the location of the file."""

import hashlib
import json
from pathlib import Path

import pytest

from contracts.codec import decode, encode
from contracts.envelope import EXHIBITS_HEADER, Delivery, delivery_of, header_texts
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS, WATCHER_DEAD_LETTERS
from services.runtime.dead_letters import PREFIX
from services.watcher import directory_source as feed_module
from services.watcher.directory import filing_from_file
from services.watcher.publication import filing_output
from tests.unit.watcher.directory_harness import NOW, ownership_xml, run_once, submission

LIMIT = FILINGS.max_value_bytes


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\x81\x8d\x8f\x90\x9d", id="a picture"),
        pytest.param(b"\xef\xbb\xbf\xff", id="marked as UTF-8 and not"),
        pytest.param(b"\xff\xfe<\x00\x00\xdc", id="UTF-16 with half a character"),
        pytest.param(b"\xff\xfe<\x00a", id="UTF-16 of an odd length"),
        pytest.param(b"<\x00\x00\xd8", id="UTF-16 without a mark, with half a character"),
    ],
)
async def test_bytes_that_are_not_text_become_an_unchanged_dead_letter(tmp_path: Path, content: bytes) -> None:
    """The dead letter has the original bytes; its headers name the file and the reason."""
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    log = await run_once(tmp_path)
    (letter,) = log.dead_letters()
    headers = header_texts(letter.headers)
    assert log.filings() == []
    assert letter.topic == WATCHER_DEAD_LETTERS
    assert letter.value == content
    assert (letter.key or b"").decode() == headers["insidertape_source_url"] == path.as_uri()
    assert headers["insidertape_size"] == str(len(content))
    assert headers[f"{PREFIX}stage"] == "watcher/directory"
    assert headers[f"{PREFIX}exception.class.name"] == "InvalidFiling"
    assert headers[f"{PREFIX}exception.message"].startswith("undecodable: ")


async def test_an_unreadable_file_is_recorded_in_the_cursor_and_not_written_again(tmp_path: Path) -> None:
    """A file that cannot be read must not become a dead letter at every start."""
    (tmp_path / "a.xml").write_bytes(b"\x81")
    first = await run_once(tmp_path)
    assert first.noted() == ["a.xml"]
    assert (await run_once(tmp_path, log=first)).outputs == []


async def test_an_unreadable_file_that_is_repaired_is_published(tmp_path: Path) -> None:
    """The cursor identifies the file, not the filing."""
    path = tmp_path / "a.xml"
    path.write_bytes(b"\x81")
    first = await run_once(tmp_path)
    path.write_text(ownership_xml())
    assert (await run_once(tmp_path, log=first)).contents() == [ownership_xml()]


@pytest.mark.parametrize(
    "content", [b"x" * (LIMIT + 1), ("x" * (LIMIT // 2 + 1)).encode("utf-16-le")], ids=["UTF-8", "UTF-16"]
)
async def test_a_file_over_the_limit_becomes_a_pointer_and_is_not_dropped(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pointer has the location and the size. The beginning alone is never published."""
    monkeypatch.setattr(feed_module, "MOST_READ", LIMIT)
    path = tmp_path / "large.txt"
    path.write_bytes(content)
    log = await run_once(tmp_path)
    (letter,) = log.dead_letters()
    headers = header_texts(letter.headers)
    assert log.filings() == []
    assert json.loads(letter.value or b"") == {
        "source_url": path.as_uri(),
        "size": len(content),
        "observed_at": "2024-05-20T21:30:00Z",
    }
    assert headers["insidertape_source_url"] == path.as_uri()
    assert headers["insidertape_size"] == str(len(content))
    assert headers[f"{PREFIX}exception.class.name"] == "OversizedRecord"
    assert headers[f"{PREFIX}exception.message"].startswith("oversized_filing: large.txt exceeds the limit of ")
    assert log.noted() == ["large.txt"]


async def test_a_large_file_that_is_not_text_becomes_a_pointer(tmp_path: Path) -> None:
    """Its bytes would not fit into a dead letter either."""
    path = tmp_path / "scan.tif"
    path.write_bytes(b"\x81" * (WATCHER_DEAD_LETTERS.max_value_bytes + 1))
    log = await run_once(tmp_path)
    (letter,) = log.dead_letters()
    assert json.loads(letter.value or b"")["size"] == path.stat().st_size
    assert header_texts(letter.headers)[f"{PREFIX}exception.class.name"] == "InvalidFiling"


async def test_a_submission_over_the_limit_is_published_without_its_exhibits(tmp_path: Path) -> None:
    """The rest has the same meaning for holdings; a header lists what was left out."""
    form = f"<DOCUMENT>\n<TYPE>4\n<TEXT>\n<XML>\n{ownership_xml()}</XML>\n</TEXT>\n</DOCUMENT>\n"
    scan = "<DOCUMENT>\n<TYPE>EX-24\n<TEXT>\n" + "M" * LIMIT + "\n</TEXT>\n</DOCUMENT>\n"
    header = submission("0001127602-24-000001")
    path = tmp_path / "a.txt"
    path.write_text(header + form + scan + "</SEC-DOCUMENT>\n")
    first = await run_once(tmp_path)
    (filing,), (output,) = first.filings(), first.of(FILINGS)
    assert filing.content == header + form + "</SEC-DOCUMENT>\n"
    assert filing.content_sha256 == hashlib.sha256(filing.content.encode()).hexdigest()
    assert filing.filing_id == "0001127602-24-000001"
    assert header_texts(output.headers)[EXHIBITS_HEADER] == "EX-24"
    assert first.dead_letters() == []
    assert (await run_once(tmp_path, log=first)).outputs == []


async def test_a_submission_whose_form_exceeds_the_limit_becomes_a_pointer(tmp_path: Path) -> None:
    """It is too large even without its exhibits, and the dead letter says so."""
    form = f"<DOCUMENT>\n<TYPE>4\n<TEXT>\n{'x' * LIMIT}\n</TEXT>\n</DOCUMENT>\n"
    scan = "<DOCUMENT>\n<TYPE>EX-24\n<TEXT>\n</TEXT>\n</DOCUMENT>\n"
    (tmp_path / "a.txt").write_text(submission("0001127602-24-000001") + form + scan)
    log = await run_once(tmp_path)
    (letter,) = log.dead_letters()
    assert log.filings() == []
    assert "bytes without its exhibits" in header_texts(letter.headers)[f"{PREFIX}exception.message"]


def test_a_filing_that_fits_keeps_its_exhibits(tmp_path: Path) -> None:
    """It is published as filed, without a header about exhibits."""
    text = submission("0001127602-24-000001") + "<DOCUMENT>\n<TYPE>EX-24\n<TEXT>\n</TEXT>\n</DOCUMENT>\n"
    filing = filing_from_file(tmp_path / "a.txt", text.encode(), observed_at=NOW, most=LIMIT)
    output = filing_output(filing, source="watcher/directory")
    assert decode(output.value, FilingPublished).content == text
    assert EXHIBITS_HEADER not in dict(output.headers)


@pytest.mark.parametrize("delivery", ["live", "backfill"])
def test_a_record_has_its_delivery_in_a_header(tmp_path: Path, delivery: Delivery) -> None:
    """The id is the same, because it is the same filing."""
    filing = filing_from_file(tmp_path / "a.xml", ownership_xml().encode(), observed_at=NOW, most=LIMIT)
    output = filing_output(filing, source="watcher/directory", delivery=delivery)
    assert delivery_of(output.headers) == delivery
    assert dict(output.headers)["ce_id"] == dict(filing_output(filing, source="watcher/edgar").headers)["ce_id"]


async def test_a_file_whose_event_exceeds_the_limit_becomes_a_pointer(tmp_path: Path) -> None:
    """JSON escapes some characters, and the topic limits the size of the event."""
    path = tmp_path / "quotes.txt"
    path.write_bytes(b'"' * (LIMIT - 1))
    log = await run_once(tmp_path)
    (letter,) = log.dead_letters()
    assert log.filings() == []
    assert json.loads(letter.value or b"")["size"] == LIMIT - 1
    message = header_texts(letter.headers)[f"{PREFIX}exception.message"]
    assert message.startswith("oversized_filing: the event has ")
    assert log.noted() == ["quotes.txt"]


async def test_the_largest_filing_that_fits_is_published(tmp_path: Path) -> None:
    """One more byte of text would exceed the limit of the topic."""
    path = tmp_path / "a.txt"
    path.write_text("x")
    (small,) = (await run_once(tmp_path)).filings()
    room = LIMIT - len(encode(small))
    path.write_text("x" * (1 + room))
    fits = await run_once(tmp_path)
    assert [len(output.value or b"") for output in fits.of(FILINGS)] == [LIMIT]
    path.write_text("x" * (2 + room))
    assert len((await run_once(tmp_path)).dead_letters()) == 1


async def test_an_empty_file_is_published_for_the_parser_to_judge(tmp_path: Path) -> None:
    """The watcher only checks that it is text; nothing is left out."""
    (tmp_path / "empty.txt").touch()
    log = await run_once(tmp_path)
    assert log.contents() == [""]
    assert log.filings()[0].observed_at == NOW
