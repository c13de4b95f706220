"""Access tokens: 32 random bytes that are shown once and stored only as hashes.

A token is `itk_ID_SECRET`. The ID finds the stored token, so that one comparison in constant time decides. The page's
cookie is derived from the token: a stolen cookie gives no token, and a stolen database gives neither.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

_PREFIX: Final = "itk"
_ID_BYTES: Final = 4
_SECRET_BYTES: Final = 32
_CREDENTIAL: Final = re.compile(r"(itk|its)_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")


class Scope(StrEnum):
    """The permissions of a token: each scope includes those before it."""

    READ = "read"
    SUBSCRIBE = "subscribe"
    ADMIN = "admin"

    def includes(self, other: "Scope") -> bool:
        """Return whether a token with this scope may do what `other` permits.

        >>> Scope.SUBSCRIBE.includes(Scope.READ), Scope.READ.includes(Scope.ADMIN)
        (True, False)
        """
        order = list(Scope)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token as the database has it. The hashes are SHA-256 in hexadecimal; times are in UTC."""

    id: str
    name: str
    scope: Scope
    token_hash: str
    session_hash: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A token or a page's session as a request presents it. Its text never appears in a log."""

    kind: str
    id: str
    secret: str

    @classmethod
    def parsed(cls, text: str) -> Self | None:
        """Return the credential that the text is; None if it is none."""
        found = _CREDENTIAL.fullmatch(text)
        return cls(*found.groups()) if found else None

    @property
    def is_token(self) -> bool:
        """Whether this is a token, and not a session made from one."""
        return self.kind == _PREFIX

    @property
    def text(self) -> str:
        """The credential as it is sent."""
        return f"{self.kind}_{self.id}_{self.secret}"

    @property
    def hash(self) -> str:
        """The SHA-256 of the credential, as it is stored."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def session(self) -> "Credential":
        """The page's session that is made from this token."""
        return Credential("its", self.id, _derived(self.text, "session"))

    @property
    def form_secret(self) -> str:
        """The secret that forms of this session contain, so that no other site can send them."""
        return _derived(self.text, "form")

    def proves(self, stored: StoredToken) -> bool:
        """Return whether this is the stored token, or its session; compares in constant time."""
        expected = stored.token_hash if self.is_token else stored.session_hash
        return hmac.compare_digest(self.hash, expected)

    def __repr__(self) -> str:
        return f"Credential({self.kind}_{self.id}_…)"


def new_token(name: str, scope: Scope, now: datetime) -> tuple[Credential, StoredToken]:
    """Return a new token: the credential to show once, and what is stored of it."""
    secret = _encoded(secrets.token_bytes(_SECRET_BYTES))
    credential = Credential(_PREFIX, secrets.token_hex(_ID_BYTES), secret)
    stored = StoredToken(
        id=credential.id,
        name=name,
        scope=scope,
        token_hash=credential.hash,
        session_hash=credential.session.hash,
        created_at=now,
    )
    return credential, stored


def _derived(key: str, purpose: str) -> str:
    return _encoded(hmac.digest(key.encode(), f"insidertape {purpose}".encode(), "sha256"))


def _encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
