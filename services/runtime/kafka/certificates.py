"""Explains what is wrong with a broker's certificate, or with this client's, and what to change."""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.base import utc_text
from contracts.codes import ErrorCode
from contracts.errors import FatalError, HandshakeFailed, Refused

_SECONDS: Final = 10.0
_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
_OTHER_NAMES: Final = frozenset({62, 64})
_NO_CHECK_TIME: Final = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python's ssl does not name: everything else is verified."""
_ALERTS_ABOUT_US: Final = (
    "CERTIFICATE_REQUIRED",
    "ALERT_BAD_CERTIFICATE",
    "ALERT_UNKNOWN_CA",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_UNSUPPORTED_CERTIFICATE",
)


async def certificate_fault(
    error: ssl.SSLError, host: str, port: int, context: Callable[[], ssl.SSLContext]
) -> FatalError | None:
    """Return the fault of a certificate that the error reports; None if the error is not about a certificate."""
    at = f"{host}:{port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in {_NOT_YET_VALID, _EXPIRED}:
            return _out_of_time(error, at, await _validity(host, port, context()))
        if error.verify_code in _OTHER_NAMES:
            return HandshakeFailed(
                ErrorCode.KAFKA_CERTIFICATE_NAME,
                f"the certificate of {at} is for another host ({error.verify_message.rstrip('.')}): "
                "INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS, and what the broker advertises, must use its names",
            )
        return HandshakeFailed(
            ErrorCode.KAFKA_CERTIFICATE_UNTRUSTED,
            f"the certificate of {at} is not trusted ({error.verify_message.rstrip('.')}): "
            "INSIDERTAPE_KAFKA_SSL_CAFILE must contain the authority that signed it",
        )
    if any(alert in (error.reason or "") for alert in _ALERTS_ABOUT_US):
        return Refused(
            ErrorCode.KAFKA_CLIENT_CERTIFICATE,
            f"{at} does not accept this client's certificate ({error.reason}): see INSIDERTAPE_KAFKA_SSL_CERTFILE and "
            "INSIDERTAPE_KAFKA_SSL_KEYFILE",
        )
    return None


async def speaks_tls(host: str, port: int) -> bool:
    """Return whether the port completes a TLS handshake, with any certificate. Nothing is sent over the connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
        writer.transport.abort()
        return True
    return False


def _out_of_time(
    error: ssl.SSLCertVerificationError, at: str, validity: tuple[datetime, datetime] | None
) -> HandshakeFailed:
    """Return the error with this machine's time, since either the clock or the certificate may be wrong."""
    is_early = error.verify_code == _NOT_YET_VALID
    now = _now()
    clock = f"this machine's clock shows {utc_text(now)}"
    remedy = "set the clock if it is wrong"
    if is_early:
        since = (
            f", {_duration(validity[0] - now)} before it becomes valid at {utc_text(validity[0])}" if validity else ""
        )
        words = f"the certificate of {at} is not valid yet: {clock}{since}; {remedy}"
        return HandshakeFailed(ErrorCode.KAFKA_CERTIFICATE_NOT_YET_VALID, words)
    since = f", {_duration(now - validity[1])} after it expired at {utc_text(validity[1])}" if validity else ""
    words = f"the certificate of {at} has expired: {clock}{since}; {remedy}, or else renew the certificate"
    return HandshakeFailed(ErrorCode.KAFKA_CERTIFICATE_EXPIRED, words)


async def _validity(host: str, port: int, context: ssl.SSLContext) -> tuple[datetime, datetime] | None:
    """Return when the certificate's validity begins and ends; None if the broker cannot be reached."""
    context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
        certificate = writer.get_extra_info("peercert") or {}
        writer.transport.abort()
        if {"notBefore", "notAfter"} <= certificate.keys():
            begins, ends = (ssl.cert_time_to_seconds(certificate[name]) for name in ("notBefore", "notAfter"))
            return datetime.fromtimestamp(begins, UTC), datetime.fromtimestamp(ends, UTC)
    return None


def _now() -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC)


def _duration(span: timedelta) -> str:
    hours = span.total_seconds() / 3_600
    return f"{hours:,.1f} hours" if hours < 48 else f"{hours / 24:,.0f} days"  # noqa: PLR2004 - two days
