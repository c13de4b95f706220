"""Whether the broker can be used, and if not why: found out by connections of its own.

aiokafka logs why a connection failed, and raises or retries without the cause. This takes the same steps one by one,
so that the step that fails is the cause: TCP, TLS, SASL mechanism, password, metadata, the addresses in them.
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
"""How long an answer is good for: many that fail together ask once."""
_PROTOCOL: Final = "INSIDERTAPE_KAFKA_SECURITY_PROTOCOL"
_SERVERS: Final = "INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS"

Address = tuple[str, int]


class BrokerCheck:
    """Says whether the broker that the settings name can be used, and what is in the way."""

    def __init__(self, settings: KafkaSettings, ssl_context: Callable[[], ssl.SSLContext]) -> None:
        self._settings = settings
        self._tries = settings.kafka_connect_tries
        self._ssl_context = ssl_context
        self._connected = False
        self._refusals = 0
        self._asking = asyncio.Lock()
        self._asked_at = -_FRESH_SECONDS
        self._answer: FatalError | None = None

    async def connect(
        self, stop: asyncio.Event | None = None, on_fault: Callable[[FatalError], None] = lambda _: None
    ) -> None:
        """Return once the broker can be used; at once if it could be before. `on_fault` is given each cause.

        Raises:
            FatalError: it could not, as often as the settings allow; the last cause.
            Stopped: `stop` was set meanwhile.
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
        """Return why the broker is away, for whoever was connected and waits: the error itself if nothing is found.

        Raises:
            FatalError: the broker is there and refuses this client, for as many times as the settings allow: a password
                or a certificate was changed.
        """
        async with self._asking:
            if time.monotonic() - self._asked_at >= _FRESH_SECONDS:
                self._answer = await self.find_fault()
                self._asked_at = time.monotonic()
                is_refusal = self._answer is not None and not isinstance(self._answer, Unreachable)
                self._refusals = self._refusals + 1 if is_refusal else 0
        if self._answer is not None and self._refusals and self._refusals >= self._tries > 0:
            raise self._answer
        return self._answer or error

    async def find_fault(self) -> FatalError | None:
        """Return what keeps this client from the broker; None if nothing does.

        One of the servers that the settings name has to answer, and one of the brokers that it leads to.
        """
        faults: list[FatalError] = []
        for host, port, _ in collect_hosts(self._settings.kafka_bootstrap_servers):
            try:
                brokers = await self._look(host, port)
            except FatalError as fault:
                faults.append(fault)
            else:
                return await self._advertised_fault((host, port), brokers)
        return _most_telling(faults)

    async def _advertised_fault(self, asked: Address, brokers: list[Address]) -> FatalError | None:
        if not brokers or asked in brokers:
            return None
        faults: list[FatalError] = []
        for host, port in brokers:
            try:
                await self._look(host, port)
            except FatalError as fault:
                words = f"{fault.message}; the broker at {asked[0]}:{asked[1]} sends its clients there"
                faults.append(type(fault)(fault.code, words))
            else:
                return None
        return _most_telling(faults)

    async def _look(self, host: str, port: int) -> list[Address]:
        """Go through all steps with one broker; the addresses of the brokers that it knows.

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
        """Check that the listener takes SASL, and the mechanism of the settings.

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
                f"{host}:{port} takes clients without SASL, and {_PROTOCOL} is "
                f"{self._settings.kafka_security_protocol}: change it to {transport}, or the port",
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
        """Return what an error of a connection means."""
        cause = error.__cause__ if isinstance(error, KafkaConnectionError) and error.__cause__ else error
        if isinstance(cause, socket.gaierror):
            return Unreachable(
                ErrorCode.KAFKA_UNKNOWN_HOST, f"the name {host!r} is unknown ({cause.strerror}): see {_SERVERS}"
            )
        if isinstance(cause, TimeoutError):
            return Unreachable(
                ErrorCode.KAFKA_SILENT, f"{host}:{port} does not answer in {_STEP_SECONDS:.0f} s: see {_SERVERS}"
            )
        if isinstance(cause, ssl.SSLError) and (fault := await certificate_fault(cause, host, port, self._ssl_context)):
            return fault
        is_open = not isinstance(cause, ConnectionRefusedError)
        if mismatch := await self._mismatch(host, port, transport, is_open=is_open):
            words = f"{_PROTOCOL} is {self._settings.kafka_security_protocol}"
            return HandshakeFailed(mismatch[0], f"{host}:{port} {mismatch[1]}, and {words}: change it, or the port")
        words = f"{type(cause).__name__}: {cause}".rstrip(": ")
        if isinstance(cause, ssl.SSLError):
            return HandshakeFailed(ErrorCode.KAFKA_TLS_FAILED, f"TLS with {host}:{port} fails: {words}")
        return Unreachable(ErrorCode.KAFKA_UNREACHABLE, f"{host}:{port} cannot be reached ({words}): see {_SERVERS}")

    async def _mismatch(self, host: str, port: int, transport: str, *, is_open: bool) -> tuple[str, str] | None:
        """Return what the port speaks other than the settings say, with the code for it; None if nothing is found."""
        if not is_open:
            return None
        if transport == "SSL" and await self._speaks(host, port, "PLAINTEXT"):
            return ErrorCode.KAFKA_WITHOUT_TLS, "does not speak TLS"
        if transport == "PLAINTEXT" and await speaks_tls(host, port):
            return ErrorCode.KAFKA_WITH_TLS, "speaks TLS"
        if await self._wants_sasl(host, port, transport):
            return ErrorCode.KAFKA_WITH_SASL, "wants SASL"
        return None

    async def _speaks(self, host: str, port: int, transport: str) -> bool:
        with suppress(KafkaError, OSError, TimeoutError):
            async with self._connection(host, port, transport):
                return True
        return False

    async def _wants_sasl(self, host: str, port: int, transport: str) -> bool:
        with suppress(KafkaError, OSError, TimeoutError):
            error, _ = await self._handshake(host, port, transport)
            return error in {NoError, UnsupportedSaslMechanismError}
        return False

    @asynccontextmanager
    async def _connection(self, host: str, port: int, protocol: str) -> Any:
        """A connection that is bounded in time and closed in any case."""
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


def _most_telling(faults: list[FatalError]) -> FatalError | None:
    """Return a fault that names what to mend, before one that says that nobody is there."""
    return min(faults, key=lambda fault: isinstance(fault, Unreachable), default=None)
