"""`/login` and `/logout`: a token becomes the cookie of the pages."""

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.gateway.http.access import SESSION_COOKIE
from services.gateway.http.problems import Problem
from services.gateway.http.state import gateway_of
from services.gateway.http.tokens import Credential
from services.gateway.page.rendering import asset

router: Final = APIRouter(include_in_schema=False)

LOGIN: Final = "/login"
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · insidertape</title><link rel="stylesheet" href="{stylesheet}"></head>
<body><main class="login"><h1>insidertape</h1>{message}
<form method="post" action="{action}"><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button></form>
<p>Whoever runs this gateway makes one with <code>insidertape token create</code>.</p></main></body></html>
"""
_MONTH_SECONDS: Final = 30 * 24 * 60 * 60


@router.get(LOGIN)
async def login_form(request: Request) -> Response:
    """Return the form that asks for a token."""
    return _form(request.query_params.get("next", "/"), HTTPStatus.OK, "")


@router.post(LOGIN)
async def login(request: Request) -> Response:
    """Set the cookie if the token is valid, and redirect to the requested page."""
    following = request.query_params.get("next", "/")
    fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
    credential = Credential.parsed(fields.get("token", [""])[0].strip())
    try:
        session = await gateway_of(request).access.session_of(credential)
    except Problem:
        return _form(following, HTTPStatus.FORBIDDEN, "<p role=alert>The token is unknown or has been revoked.</p>")
    response = RedirectResponse(_local(following), HTTPStatus.SEE_OTHER)
    response.set_cookie(
        SESSION_COOKIE,
        session.text,
        max_age=_MONTH_SECONDS,
        httponly=True,
        samesite="strict",
        secure=gateway_of(request).access.is_behind_tls,
    )
    return response


@router.post("/logout")
async def logout() -> Response:
    """Delete the cookie."""
    response = RedirectResponse(LOGIN, HTTPStatus.SEE_OTHER)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")
    return response


def login_redirect(path: str, query: str) -> Response:
    """Return the way to the form from a page that needs a token."""
    return RedirectResponse(
        f"{LOGIN}?next={quote(f'{path}?{query}' if query else path, safe='')}", HTTPStatus.SEE_OTHER
    )


def _form(following: str, status: HTTPStatus, message: str) -> Response:
    action = f"{LOGIN}?next={quote(_local(following), safe='')}"
    page = _PAGE.format(stylesheet=asset("page.css"), action=action, message=message)
    return HTMLResponse(page, status, headers={"Cache-Control": "no-store"})


def _local(address: str) -> str:
    """Return the address if it is a path of this gateway; the tape otherwise, since it could lead anywhere."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_path else "/"
