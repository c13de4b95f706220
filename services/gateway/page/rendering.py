"""Renders view objects with the templates, and serves what the pages refer to."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.gateway.page.safe_output import finalize

MEDIA_TYPES: Final = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
"""The static files by name, and no others."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page has around its content. `query` is that of the current filter, `newest` an Eastern time."""

    here: str = ""
    theme: str | None = None
    query: str = ""
    searched: str = ""
    newest: str | None = None
    status: str = "Loaded"


@cache
def static_file(name: str) -> bytes:
    """Return a static file's content.

    Raises:
        KeyError: there is no such file.
    """
    if name not in MEDIA_TYPES:
        raise KeyError(name)
    return (files(__package__) / "static" / name).read_bytes()


@cache
def asset(name: str) -> str:
    """Return a static file's address, with its content's hash so that it can be kept forever."""
    return f"/static/{name}?{hashlib.sha256(static_file(name)).hexdigest()[:12]}"


@cache
def environment() -> Environment:
    """Return the templates, which escape everything and fail for names that do not exist."""
    made = Environment(
        loader=PackageLoader(__package__ or ""),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=finalize,
        auto_reload=False,
    )
    made.globals["asset"] = asset
    return made


def render(template: str, **values: object) -> str:
    """Return the page that a template makes of its values."""
    return environment().get_template(template).render(values)
