"""The identities of filings, issuers and owners."""

import hashlib
import re
from typing import Final

ACCESSION_NUMBER: Final = re.compile(r"(?<![0-9])([0-9]{10}-[0-9]{2}-[0-9]{6})(?![0-9])")
"""EDGAR's identifier of a submission: the filer agent's CIK, the year, and a sequence number."""

_CIK: Final = re.compile(r"[0-9]{1,10}")


def cik_of(raw: str) -> str | None:
    """Return a CIK with its ten digits; None if the text is not a CIK.

    >>> cik_of("1318605"), cik_of("0") is None
    ('0001318605', True)
    """
    text = raw.strip()
    return text.zfill(10) if _CIK.fullmatch(text) and text.strip("0") else None


def normalized_name(name: str) -> str:
    """Return a name as it is in keys: upper case, with single spaces.

    >>> normalized_name(" Musk  Elon")
    'MUSK ELON'
    """
    return " ".join(name.upper().split())


def party_key(cik: str | None, name: str) -> str:
    """Return the key of an issuer or owner: its ten-digit CIK, else `name:` and its normalized name.

    >>> party_key("0001318605", "Tesla, Inc."), party_key(None, "Tesla, Inc.")
    ('0001318605', 'name:TESLA, INC.')
    """
    return cik if cik is not None else f"name:{normalized_name(name)}"


def filing_id_of(accession_number: str | None, content: str) -> str:
    """Return the identity of a filing: its accession number if known, else a hash of its text.

    >>> filing_id_of(None, "FORM 4")
    'sha256:c76c0d7705204c087a005af871ac9d9f'
    """
    if accession_number is not None:
        return accession_number
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return f"sha256:{digest[:32]}"
