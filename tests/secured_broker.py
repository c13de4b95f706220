"""A real Apache Kafka with passwords, certificates and ACLs: one listener per kind of connection failure."""

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import trustme
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DescribeAclsRequest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from deploy.kafka.local import HOST, LocalKafka
from services.runtime.kafka.clients import KafkaClients
from services.runtime.settings import KafkaSettings

SECRET: Final = "correct-horse-battery-staple"  # noqa: S105 - it opens a broker of the tests
MECHANISM: Final = "SCRAM-SHA-512"
USERS: Final = tuple(f"user-{number}" for number in range(20))

_JAAS: Final = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
_TOPIC, _GROUP, _CLUSTER, _TRANSACTIONAL_ID = 2, 3, 4, 5
_RESOURCES: Final = {"Topic": _TOPIC, "Group": _GROUP, "Cluster": _CLUSTER, "TransactionalId": _TRANSACTIONAL_ID}
_OPERATIONS: Final = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
_LITERAL, _PREFIXED, _ALLOW, _ANY = 3, 4, 3, 1

_OF_TLS: Final = frozenset({"NAMELESS", "EXPIRED", "EARLY", "MUTUAL"})

Acl = tuple[str, str, str]
"""Operation, kind of resource, and its name; a name that ends with `*` is a prefix."""


@dataclass
class SecuredKafka:
    """The broker, the certificate authority that clients trust, and users that no test has used yet.

    The listener PLAINTEXT belongs to a super user.
    """

    kafka: LocalKafka
    directory: Path
    authority: Path
    expired_at: datetime
    valid_from: datetime
    _users: Any = field(default_factory=lambda: iter(USERS))

    def settings(self, listener: str, **changes: Any) -> dict[str, Any]:
        """Return the settings of a client of the listener, with a valid password."""
        protocol = "SSL" if listener in _OF_TLS else listener
        common = {
            "kafka_bootstrap_servers": self.address_of(listener),
            "kafka_security_protocol": protocol,
            "kafka_connect_tries": 1,
        }
        tls = {"kafka_ssl_cafile": self.authority} if "SSL" in protocol else {}
        sasl = {"kafka_sasl_username": USERS[0], "kafka_sasl_password": SECRET} if "SASL" in protocol else {}
        settings: dict[str, Any] = {**common, **tls, **sasl, **changes}
        return settings

    def address_of(self, listener: str) -> str:
        """Return the address of the listener."""
        return self.kafka.bootstrap_servers if listener == "PLAINTEXT" else self.kafka.address_of(listener)

    def variables(self, listener: str, **changes: Any) -> dict[str, str]:
        """Return the same settings as environment variables."""
        return {f"INSIDERTAPE_{name.upper()}": str(value) for name, value in self.settings(listener, **changes).items()}

    @property
    def administrator(self) -> KafkaClients:
        """Clients with all permissions."""
        return KafkaClients(KafkaSettings(kafka_bootstrap_servers=self.kafka.bootstrap_servers))

    async def user(self, *acls: Acl) -> str:
        """Create a user with only these permissions, and return the name."""
        name = str(next(self._users))
        async with self.administrator.admin() as admin:
            for operation, kind, resource in acls:
                pattern = _PREFIXED if resource.endswith("*") and resource != "*" else _LITERAL
                named = resource.removesuffix("*") if pattern == _PREFIXED else resource
                asked = CreateAclsRequest(
                    _RESOURCES[kind], named, pattern, f"User:{name}", "*", _OPERATIONS[operation], _ALLOW
                )
                answer = await admin._send_request(asked)
                assert [code for code, _ in answer.creation_responses] == [0]
            while await _count_of_acls(admin, name) < len(acls):  # noqa: ASYNC110 - the broker takes them in by and by
                await asyncio.sleep(0.02)
        return name


async def _count_of_acls(admin: AIOKafkaAdminClient, user: str) -> int:
    """Return the number of the user's ACLs that the broker already enforces."""
    asked = DescribeAclsRequest(_ANY, None, _ANY, f"User:{user}", None, _ANY, _ANY)
    answer = (await admin._send_request(asked)).to_object()
    return sum(len(resource["acls"]) for resource in answer["resources"])


def start_secured(directory: Path) -> SecuredKafka:
    """Start the broker; `kafka.stop()` ends it.

    Raises:
        LocalKafkaError: no local broker can be started.
    """
    directory.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    trusted = directory / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    now = datetime.now(UTC).replace(microsecond=0)
    expired_at, valid_from = now - timedelta(hours=5), now + timedelta(hours=7)
    numbers = itertools.count()

    def keystore(name: str, not_before: datetime | None = None, not_after: datetime | None = None) -> dict[str, str]:
        path = directory / f"broker-{next(numbers)}.pem"
        certificate = authority.issue_cert(name, not_before=not_before, not_after=not_after)
        path.write_bytes(_key_and_chain(certificate))
        return {
            "security.protocol": "SSL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(path),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(trusted),
        }

    scram = {"sasl.enabled.mechanisms": MECHANISM, "scram-sha-512.sasl.jaas.config": _JAAS}
    listeners: dict[str, Mapping[str, str]] = {
        "SASL_PLAINTEXT": {"security.protocol": "SASL_PLAINTEXT", **scram},
        "SASL_SSL": {**keystore(HOST), **scram, "security.protocol": "SASL_SSL"},
        "SSL": keystore(HOST),
        "NAMELESS": keystore("broker.example"),
        "EXPIRED": keystore(HOST, now - timedelta(days=30), expired_at),
        "EARLY": keystore(HOST, valid_from, now + timedelta(days=30)),
        "MUTUAL": {**keystore(HOST), "ssl.client.auth": "required"},
    }
    kafka = LocalKafka(
        directory / "kafka",
        listeners=listeners,
        properties={
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        },
        formatting=[word for user in USERS for word in ("--add-scram", f"{MECHANISM}=[name={user},password={SECRET}]")],
    )
    kafka.start()
    return SecuredKafka(kafka, directory, trusted, expired_at, valid_from)


def _key_and_chain(certificate: trustme.LeafCert) -> bytes:
    """Return the key as Kafka reads it (PKCS #8), and the certificates."""
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return encoded + b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
