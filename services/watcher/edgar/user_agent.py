"""The User-Agent header, in which the SEC requires a contact: a name and an e-mail address."""

import re
from importlib.metadata import version
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured

_CONTACT: Final = re.compile(
    r"[^\x00-\x1f\x7f]{0,200}[^\s\x00-\x1f\x7f@]@[^\s\x00-\x1f\x7f@]{1,200}[^\x00-\x1f\x7f]{0,200}"
)


def user_agent(contact: str) -> str:
    """Return the User-Agent header for a contact.

    Raises:
        Misconfigured: the contact has no e-mail address, or is not ASCII.
    """
    if not _CONTACT.fullmatch(contact.strip()) or not contact.isascii():
        raise Misconfigured(
            ErrorCode.NO_CONTACT,
            "EDGAR requires a contact for automated requests: give --contact or set INSIDERTAPE_EDGAR_CONTACT to a "
            "name and an e-mail address in ASCII, as in 'Jane Doe jane@example.com'",
        )
    return f"insidertape/{version('insidertape')} {contact.strip()}"
