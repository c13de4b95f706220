"""EDGAR's pages for made-up filings: the Atom feed, indexes, bulk archives, and error pages."""

import gzip
import io
import tarfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final
from xml.sax.saxutils import escape

from tests.edgar.filings import EASTERN, Filing, Party, bulk_text

ORIGIN: Final = "https://www.sec.gov"
_RULE: Final = "-" * 141


def feed_entry(filing: Filing, party: Party) -> str:
    """Return one party's entry in the feed."""
    index = f"{ORIGIN}/Archives/edgar/data/{party.cik}/{filing.folder}/{filing.accession}-index.htm"
    moment = filing.accepted_eastern.isoformat(timespec="seconds")
    return (
        f"<entry>\n<title>{filing.form} - {escape(party.name)} ({party.cik:010}) ({party.role})</title>\n"
        f'<link rel="alternate" type="text/html" href="{index}"/>\n<summary type="html">\n'
        f" &lt;b&gt;Filed:&lt;/b&gt; {filing.filed_on} &lt;b&gt;AccNo:&lt;/b&gt; {filing.accession}"
        " &lt;b&gt;Size:&lt;/b&gt; 5 KB\n</summary>\n"
        f"<updated>{moment}</updated>\n"
        f'<category scheme="{ORIGIN}/" label="form type" term="{filing.form}"/>\n'
        f"<id>urn:tag:sec.gov,2008:accession-number={filing.accession}</id>\n</entry>\n"
    )


def feed_page(entries: Iterable[str], now: datetime) -> bytes:
    """Return a page of the feed."""
    eastern = now.astimezone(EASTERN)
    return (
        '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>Latest Filings - {eastern:%a, %d %b %Y %H:%M:%S %Z}</title>\n"
        '<link rel="alternate" href="/cgi-bin/browse-edgar?action=getcurrent"/>\n'
        '<link rel="self" href="/cgi-bin/browse-edgar?action=getcurrent"/>\n'
        f"<id>{ORIGIN}/cgi-bin/browse-edgar?action=getcurrent</id>\n"
        "<author><name>Webmaster</name><email>webmaster@sec.gov</email></author>\n"
        f"<updated>{eastern.isoformat(timespec='seconds')}</updated>\n{''.join(entries)}</feed>\n"
    ).encode("iso-8859-1", "xmlcharrefreplace")


def master_index(filings: Iterable[Filing], *, last: date, daily: bool) -> bytes:
    """Return a `|`-separated index, ordered by CIK; a daily one has dates without hyphens."""
    rows = sorted(_rows(filings), key=lambda row: str(row[1].cik))
    lines = [
        f"{party.cik}|{party.name}|{filing.form}|{_filed(filing, daily=daily)}|{filing.path(party)}\n"
        for filing, party in rows
    ]
    columns = f"CIK|Company Name|Form Type|Date Filed|{'File Name' if daily else 'Filename'}\n{'-' * 80}\n"
    return _index("", last, columns, lines, daily=daily)


def form_index(filings: Iterable[Filing], *, last: date, daily: bool) -> bytes:
    """Return a fixed-width index, ordered by form; a long name shifts the columns after it."""
    rows = sorted(_rows(filings), key=lambda row: (row[0].form, row[1].name))
    lines = [
        f"{filing.form:<11} {party.name:<61} {party.cik:<11} {_filed(filing, daily=daily):<11} "
        f"{filing.path(party):<52}\n"
        for filing, party in rows
    ]
    columns = f"{'Form Type':<11} {'Company Name':<61} {'CIK':<11} {'Date Filed':<11} File Name\n{_RULE}\n"
    return _index(" by Form Type", last, columns, lines, daily=daily)


def bulk_archive(filings: Sequence[Filing]) -> bytes:
    """Return a day's submissions, all forms, in one compressed archive."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for filing in filings:
            content = bulk_text(filing).encode()
            member = tarfile.TarInfo(f"./{filing.accession}.nc")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def compressed(content: bytes) -> bytes:
    """Return the content as `Content-Encoding: gzip` carries it, the same bytes every time."""
    return gzip.compress(content, compresslevel=1, mtime=0)


def http_date(moment: datetime) -> str:
    """Return a time in HTTP's format."""
    return f"{moment.astimezone(UTC):%a, %d %b %Y %H:%M:%S} GMT"


def _rows(filings: Iterable[Filing]) -> Iterable[tuple[Filing, Party]]:
    return ((filing, party) for filing in filings for party in filing.parties)


def _filed(filing: Filing, *, daily: bool) -> str:
    return f"{filing.filed_on:%Y%m%d}" if daily else str(filing.filed_on)


def _index(kind: str, last: date, columns: str, lines: Sequence[str], *, daily: bool) -> bytes:
    described = f"{'Daily' if daily else 'Master'} Index of EDGAR Dissemination Feed{kind}"
    received = f"{last:%b %d, %Y}" if daily else f"{last:%B %d, %Y}"
    return (
        f"Description:           {described}\nLast Data Received:    {received}\n"
        "Comments:              webmaster@sec.gov\nAnonymous FTP:         ftp://ftp.sec.gov/edgar/\n"
        f"{'' if daily else 'Cloud HTTP:            https://www.sec.gov/Archives/'}\n \n \n \n"
        f"{columns}{''.join(lines)}"
    ).encode("latin-1", "replace")


_REFUSAL: Final = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
    '<html xmlns="http://www.w3.org/1999/xhtml">\n<head>\n<title>SEC.gov | {0}</title>\n</head>\n'
    "<body>\n<h1>{0}</h1>\n<p>{1}</p>\n</body>\n</html>\n"
)
THROTTLED: Final = _REFUSAL.format(
    "Request Rate Threshold Exceeded",
    "Current guidelines limit users to a total of no more than 10 requests per second.",
).encode()
UNDECLARED: Final = _REFUSAL.format(
    "Your Request Originates from an Undeclared Automated Tool",
    "Please declare your traffic by updating your user agent to include company specific information.",
).encode()
UNAVAILABLE: Final = _REFUSAL.format(
    "This page is temporarily unavailable.", "The SEC regrets that the page is not available. Please try again."
).encode()
NOT_FOUND: Final = _REFUSAL.format("Page Not Found", "The page that you requested was not found.").encode()
ACCESS_DENIED: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message>'
    b"<RequestId>2ZGY0T3B6J1V0Q1N</RequestId></Error>"
)
