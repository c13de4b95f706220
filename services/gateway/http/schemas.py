"""The shapes of responses as the OpenAPI document describes them. Responses themselves are stored bytes."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from contracts.holding_changed import HoldingChanged
from contracts.transactions_reported import TransactionsReported
from services.gateway.read_model.parties import Flow, Insider, SearchHit
from services.gateway.tape_entry import TapeEntry

Item = TypeVar("Item")


class Listed(BaseModel, Generic[Item]):
    """A page of a list, the newest first."""

    items: list[Item] = Field(description="the items")
    next: str | None = Field(description="`cursor` of the next page; null at the end")


class AllOf(BaseModel, Generic[Item]):
    """A list that is given whole."""

    items: list[Item] = Field(description="the items")


class FilingDetails(BaseModel):
    """A filing: its entry on the tape, and all its events."""

    filing_id: str = Field(description="accession number, or `sha256:` and 32 digits")
    entry: TapeEntry = Field(description="the filing as an entry of the tape")
    alerts: list[HoldingChanged] = Field(description="the alerts of all its owners")
    transactions: list[TransactionsReported] = Field(description="the reports of all its owners, line by line")


class FilterPreview(BaseModel):
    """The filings that a filter would have matched."""

    count: int = Field(description="filings of the last `days`")
    days: int = Field(description="how many days were counted")
    words: str = Field(description="the filter in words")
    query: str = Field(description="the filter as a query string, in its canonical form")
    newest: list[TapeEntry] = Field(description="the newest three filings of any day")


class CodeMeaning(BaseModel):
    """A code and what it means."""

    code: str = Field(description="the code")
    meaning: str = Field(description="what it means")
    remedy: str | None = Field(default=None, description="what to do about it; null for transaction codes")


class Codes(BaseModel):
    """Every code that events and errors have."""

    transactions: list[CodeMeaning] = Field(description="transaction codes of the forms")
    errors: list[CodeMeaning] = Field(description="codes of errors")
    diagnostics: list[CodeMeaning] = Field(description="codes of diagnostics in events")


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(description="`urn:insidertape:` and the code")
    title: str = Field(description="what the code means")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what is wrong with this request")
    code: str = Field(description="the code, see `/v1/codes`")
    remedy: str = Field(description="what to do about it")


def described(model: type, description: str = "Successful response") -> dict[int | str, dict[str, Any]]:
    """Return the responses of a route that answers with this shape, or with 304 if nothing has changed."""
    return {200: {"model": model, "description": description}, 304: {"description": "Not modified"}}


AlertList = Listed[HoldingChanged]
TapeList = Listed[TapeEntry]
ReportList = Listed[TransactionsReported]
InsiderList = AllOf[Insider]
FlowList = AllOf[Flow]
HitList = AllOf[SearchHit]
AlertHistory = AllOf[HoldingChanged]
