"""Checks whether the broker can be used and, if not, finds the cause with separate connections.

aiokafka only logs why a connection failed, and raises or retries without the cause. The check takes the same steps one
by one, so that the failing step is the cause: TCP, TLS, SASL mechanism, password, metadata, advertised addresses.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import structlog
from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    NoError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    for_code,
)
from aiokafka.protocol.admin import SaslHandShakeRequest
from aiokafka.protocol.metadata import MetadataRequest

from contracts.codes import ErrorCode
from contracts.errors import FatalError, HandshakeFailed, InsidertapeError, Refused, TransientError, Unreachable
from services.runtime.backoff import Backoff
from services.runtime.engine import Stopped
from services.runtime.kafka.certificates import certificate_fault, speaks_tls
from services.runtime.settings import KafkaSettings

_log = structlog.get_logger(__name__)

_STEP_SECONDS: Final = 10.0
_FIRST_WAIT_SECONDS: Final = 0.5
_FRESH_SECONDS: Final = 1.0
"""How long a result is reused: partitions that fail together need only one check."""
_PROTOCOL: Final = "INSIDERTAPE_KAFKA_SECURITY_PROTOCOL"

Address = tuple[str, int]


class BrokerCheck:
    """Checks whether the broker named by the settings can be used, and finds the fault if not."""

    def __init__(self, settings: KafkaSettings, ssl_context: Callable[[], ssl.SSLContext]) -> None:
        self._settings = settings
        self._tries = settings.kafka_connect_tries
        self._ssl_context = ssl_context
        self._connected = False
        self._refusals = 0
        self._checking = asyncio.Lock()
        self._checked_at = -_FRESH_SECONDS
        self._result: FatalError | None = None

    async def connect(
        self, stop: asyncio.Event | None = None, on_fault: Callable[[FatalError], None] = lambda _: None
    ) -> None:
        """Wait until the broker can be used; return at once if it could be used before. `on_fault` gets each fault.

        Raises:
            FatalError: all tries that the settings allow have failed; this is the last fault.
            Stopped: `stop` was set in the meantime.
        """
        stop = stop or asyncio.Event()
        backoff, tried = Backoff(_FIRST_WAIT_SECONDS), 0
        while not self._connected:
            fault = await self.find_fault()
            if fault is None:
                self._connected = True
                return
            tried += 1
            if tried == self._tries:
                raise fault
            on_fault(fault)
            _log.warning("connection_failed", code=fault.code, error=fault.message, tried=tried, tries=self._tries)
            await backoff.wait(stop)
            if stop.is_set():
                raise Stopped

    async def explain(self, error: TransientError) -> InsidertapeError:
        """Return why a client that was connected has lost the broker: the error itself if no fault is found.

        Raises:
            FatalError: the broker has refused this client as often as the settings allow: a password or a certificate
                was changed.
        """
        async with self._checking:
            if time.monotonic() - self._checked_at >= _FRESH_SECONDS:
                self._result = await self.find_fault()
                self._checked_at = time.monotonic()
                is_refusal = self._result is not None and not isinstance(self._result, Unreachable)
                self._refusals = self._refusals + 1 if is_refusal else 0
        if self._result is not None and self._refusals and self._refusals >= self._tries > 0:
            raise self._result
        return self._result or error

    async def find_fault(self) -> FatalError | None:
        """Return what keeps this client from using the broker; None if nothing does.

        One of the servers in the settings must answer, and one of the brokers that it advertises.
        """
        faults: list[FatalError] = []
        for host, port, _ in collect_hosts(self._settings.kafka_bootstrap_servers):
            try:
                brokers = await self._connect_once(host, port)
            except FatalError as fault:
                faults.append(fault)
            else:
                return await self._advertised_fault((host, port), brokers)
        return _most_specific(faults)

    async def _advertised_fault(self, bootstrap: Address, brokers: list[Address]) -> FatalError | None:
        if not brokers or bootstrap in brokers:
            return None
        faults: list[FatalError] = []
        for host, port in brokers:
            try:
                await self._connect_once(host, port)
            except FatalError as fault:
                message = f"{fault.message}; the broker at {bootstrap[0]}:{bootstrap[1]} sends its clients there"
                faults.append(type(fault)(fault.code, message))
            else:
                return None
        return _most_specific(faults)

    async def _connect_once(self, host: str, port: int) -> list[Address]:
        """Take all steps with one broker, and return the addresses of the brokers that it advertises.

        Raises:
            FatalError: a step failed.
        """
        protocol = self._settings.kafka_security_protocol
        transport = "SSL" if "SSL" in protocol else "PLAINTEXT"
        if "SASL" in protocol:
            await self._agree_on_mechanism(host, port, transport)
        try:
            async with self._connection(host, port, protocol) as connection:
                metadata = await connection.send(MetadataRequest([]))
        except (AuthenticationFailedError, SaslAuthenticationFailed) as error:
            raise Refused(
                ErrorCode.KAFKA_AUTHENTICATION_FAILED,
                f"{host}:{port} does not accept user {self._settings.kafka_sasl_username!r} with this password: see "
                "INSIDERTAPE_KAFKA_SASL_USERNAME, INSIDERTAPE_KAFKA_SASL_PASSWORD and INSIDERTAPE_KAFKA_SASL_MECHANISM",
            ) from error
        except (KafkaError, OSError, TimeoutError) as error:
            raise await self._transport_fault(host, port, transport, error) from error
        return [(broker[1], broker[2]) for broker in metadata.brokers]

    async def _agree_on_mechanism(self, host: str, port: int, transport: str) -> None:
        """Check that the listener uses SASL and supports the mechanism in the settings.

        Raises:
            FatalError: it does not.
        """
        mechanism = self._settings.kafka_sasl_mechanism
        try:
            error, offered = await self._handshake(host, port, transport)
        except (KafkaError, OSError, TimeoutError) as failure:
            raise await self._transport_fault(host, port, transport, failure) from failure
        if error is IllegalSaslStateError:
            raise HandshakeFailed(
                ErrorCode.KAFKA_WITHOUT_SASL,
                f"{host}:{port} expects clients without SASL, but {_PROTOCOL} is "
                f"{self._settings.kafka_security_protocol}: change it to {transport}, or use another port",
            )
        if error is UnsupportedSaslMechanismError or mechanism not in offered:
            raise Refused(
                ErrorCode.KAFKA_NO_MECHANISM,
                f"{host}:{port} does not offer {mechanism}, but {', '.join(offered) or 'nothing'}: see "
                "INSIDERTAPE_KAFKA_SASL_MECHANISM",
            )

    async def _handshake(self, host: str, port: int, transport: str) -> tuple[type[KafkaError], list[str]]:
        async with self._connection(host, port, transport) as connection:
            answer = await connection.send(SaslHandShakeRequest(self._settings.kafka_sasl_mechanism))
        return for_code(answer.error_code), list(answer.enabled_mechanisms)

    async def _transport_fault(self, host: str, port: int, transport: str, error: Exception) -> FatalError:
        """Return the fault that an error of a connection indicates."""
        servers = self._settings.kafka_servers_given_by
        cause = error.__cause__ if isinstance(error, KafkaConnectionError) and error.__cause__ else error
        if isinstance(cause, socket.gaierror):
            return Unreachable(
                ErrorCode.KAFKA_UNKNOWN_HOST, f"the name {host!r} is unknown ({cause.strerror}): see {servers}"
            )
        if isinstance(cause, TimeoutError):
            return Unreachable(
                ErrorCode.KAFKA_SILENT, f"{host}:{port} does not answer within {_STEP_SECONDS:.0f} s: see {servers}"
            )
        if isinstance(cause, ssl.SSLError) and (fault := await certificate_fault(cause, host, port, self._ssl_context)):
            return fault
        is_open = not isinstance(cause, ConnectionRefusedError)
        if mismatch := await self._mismatch(host, port, transport, is_open=is_open):
            protocol = f"{_PROTOCOL} is {self._settings.kafka_security_protocol}"
            return HandshakeFailed(
                mismatch[0], f"{host}:{port} {mismatch[1]}, but {protocol}: change it, or use another port"
            )
        words = f"{type(cause).__name__}: {cause}".rstrip(": ")
        if isinstance(cause, ssl.SSLError):
            return HandshakeFailed(ErrorCode.KAFKA_TLS_FAILED, f"TLS with {host}:{port} fails: {words}")
        return Unreachable(ErrorCode.KAFKA_UNREACHABLE, f"{host}:{port} cannot be reached ({words}): see {servers}")

    async def _mismatch(self, host: str, port: int, transport: str, *, is_open: bool) -> tuple[str, str] | None:
        """Return how the port's protocol differs from the settings, with its code; None if no difference is found."""
        if not is_open:
            return None
        if transport == "SSL" and await self._speaks(host, port, "PLAINTEXT"):
            return ErrorCode.KAFKA_WITHOUT_TLS, "does not speak TLS"
        if transport == "PLAINTEXT" and await speaks_tls(host, port):
            return ErrorCode.KAFKA_WITH_TLS, "speaks TLS"
        if await self._requires_sasl(host, port, transport):
            return ErrorCode.KAFKA_WITH_SASL, "requires SASL"
        return None

    async def _speaks(self, host: str, port: int, transport: str) -> bool:
        with suppress(KafkaError, OSError, TimeoutError):
            async with self._connection(host, port, transport):
                return True
        return False

    async def _requires_sasl(self, host: str, port: int, transport: str) -> bool:
        with suppress(KafkaError, OSError, TimeoutError):
            error, _ = await self._handshake(host, port, transport)
            return error in {NoError, UnsupportedSaslMechanismError}
        return False

    @asynccontextmanager
    async def _connection(self, host: str, port: int, protocol: str) -> Any:
        """Open a connection for a bounded time, and close it in any case."""
        settings, connection = self._settings, None
        password = settings.kafka_sasl_password
        async with asyncio.timeout(_STEP_SECONDS):
            try:
                connection = await create_conn(
                    host,
                    port,
                    client_id="insidertape",
                    request_timeout_ms=int(_STEP_SECONDS * 1_000),
                    ssl_context=self._ssl_context() if "SSL" in protocol else None,
                    security_protocol=protocol,
                    sasl_mechanism=settings.kafka_sasl_mechanism,
                    sasl_plain_username=settings.kafka_sasl_username,
                    sasl_plain_password=password.get_secret_value() if password else None,
                )
                yield connection
            finally:
                await _close(connection)


async def _close(connection: AIOKafkaConnection | None) -> None:
    if connection is not None and (closed := connection.close()) is not None:
        await closed


def _most_specific(faults: list[FatalError]) -> FatalError | None:
    """Return a fault that names what to change, in preference to one about an unreachable broker."""
    return min(faults, key=lambda fault: isinstance(fault, Unreachable), default=None)
