"""The identities of filings, issuers and owners."""

import hashlib
import re
from typing import Final

ACCESSION_NUMBER: Final = re.compile(r"(?<![0-9])([0-9]{10}-[0-9]{2}-[0-9]{6})(?![0-9])")

_CIK: Final = re.compile(r"[0-9]{1,10}")


def cik_of(raw: str) -> str | None:
    """A CIK in its ten digits."""
    text = raw.strip()
    return text.zfill(10) if _CIK.fullmatch(text) and text.strip("0") else None


def normalized_name(name: str) -> str:
    """A name as keys carry it: upper case, runs of white space made one space."""
    return " ".join(name.upper().split())


def party_key(cik: str | None, name: str) -> str:
    """The key of an issuer or owner: its ten-digit CIK, else `name:` and its normalized name."""
    return cik if cik is not None else f"name:{normalized_name(name)}"


def filing_id_of(accession_number: str | None, content: str) -> str:
    """The identity of a filing: its accession number where known, else a hash of its text."""
    if accession_number is not None:
        return accession_number
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return f"sha256:{digest[:32]}"
