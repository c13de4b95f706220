from collections.abc import Callable

from contracts.filing_published import Hints

def read(
    content: bytes | str,
    hints: Hints | None,
    filing_id: str | None,
    accession_number: str | None,
    form_type: str | None,
    filed_on: str | None,
    accepted_at: str | None,
    source_url: str | None,
    tickers_of: Callable[[str], tuple[str, ...]],
) -> str | tuple[str, str, str, int, list[str], list[bytes]]: ...
