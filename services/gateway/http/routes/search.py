"""`/v1/search` and `/v1/codes`: names, and the meanings of codes."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from contracts.codes import Code, DiagnosticCode, ErrorCode
from services.gateway.http.answers import Answer, encoded
from services.gateway.http.schemas import CodeMeaning, Codes, HitList, described
from services.gateway.http.state import gateway_of
from services.section16.vocabulary import TRANSACTION_CODES

router: Final = APIRouter(prefix="/v1", tags=["reference"])


@router.get("/search", responses=described(HitList))
async def search(
    request: Request,
    q: Annotated[str, Query(min_length=1, max_length=200, description="name, ticker, CIK or accession number")],
    limit: Annotated[int, Query(ge=1, le=100, description="the most hits")] = 20,
) -> Response:
    """Return issuers, owners and filings that the text may name, the best first."""
    read_model = gateway_of(request).read_model
    answer = Answer(request, await read_model.newest())
    return answer.list(await read_model.search(q, limit))


@router.get("/codes", responses=described(Codes))
async def list_codes(request: Request) -> Response:
    """Return every code of transactions, errors and diagnostics, and what it means."""
    codes = Codes(
        transactions=[CodeMeaning(code=entry.code, meaning=entry.label) for entry in TRANSACTION_CODES.values()],
        errors=[_meaning(code) for code in ErrorCode],
        diagnostics=[_meaning(code) for code in DiagnosticCode],
    )
    return Answer(request, await gateway_of(request).read_model.newest()).json(encoded(codes))


def _meaning(code: Code) -> CodeMeaning:
    return CodeMeaning(code=code.value, meaning=code.meaning, remedy=code.remedy)
