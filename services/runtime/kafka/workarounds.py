"""Every workaround for aiokafka 0.14, with its reason. Only this module patches the library or uses its private parts.

Each entry names what to check when the bound on aiokafka in `pyproject.toml` is raised. Two are large enough for
a separate file: `fetched_batches` (classes put in place of the library's) and `topic_identity` (a newer version of
the Metadata request). `broker_check` opens separate connections, since aiokafka 0.14 logs the cause of a failed
connection but neither raises nor keeps it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError, for_code
from aiokafka.producer import sender
from aiokafka.protocol.metadata import MetadataRequest

from services.runtime.kafka.denials import topic_denied
from services.runtime.kafka.fetched_batches import FetchedPartition, FetchedRecords

_CLOSE_SECONDS: Final = 5.0

# aiokafka 0.14 waits 20 ms if the markers of a producer's last commit are not written yet, in a constant that no option
# sets. The broker needs only a few milliseconds: with four partitions, a third of all commits were 20 ms late.
sender.BACKOFF_OVERRIDE = 0.004

# aiokafka 0.14 raises within `getmany` if a header name is not UTF-8 or a checksum is wrong, and raises again after
# each restart: one damaged record would stop all partitions of a member.
fetcher.MemoryRecords = FetchedRecords
fetcher.PartitionRecords = FetchedPartition


async def send_admin_request(client: AIOKafkaAdminClient, request: Any) -> Any:
    """Send a request of the Kafka protocol to any broker and return its response.

    aiokafka 0.14: the admin client has no public method that sends a Metadata request with options of the caller.
    """
    return await client._send_request(request)  # noqa: SLF001 - see the docstring


async def described_topics(client: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the broker's description of each of these topics that exists, by name.

    aiokafka 0.14: `describe_topics` makes a broker with `auto.create.topics.enable` create the missing ones.

    Raises:
        Refused: the broker does not describe some of them, because an ACL is missing.
    """
    response = await send_admin_request(client, MetadataRequest(list(names), allow_auto_topic_creation=False))
    described: list[dict[str, Any]] = response.to_object()["topics"]
    errors = {topic["topic"]: for_code(topic["error_code"]) for topic in described}
    if denied := sorted(name for name, error in errors.items() if error is TopicAuthorizationFailedError):
        raise topic_denied("Describe", *denied)
    return {topic["topic"]: topic for topic in described if errors[topic["topic"]] is not UnknownTopicOrPartitionError}


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer whose broker may be away. Errors are ignored: nobody needs the consumer any more.

    aiokafka 0.14: if a fetch is waiting to be retried, `stop` lets that fetch's cancellation escape, as if the caller
    had been cancelled, and leaves connections open.
    """
    client = consumer._client  # noqa: SLF001 - nothing public closes what a failed stop leaves open
    for close in (consumer.stop, client.close):
        try:
            await close()
        except asyncio.CancelledError:
            if (caller := asyncio.current_task()) is None or caller.cancelling():
                raise
        except (KafkaError, OSError, TimeoutError):
            continue


async def close_producer(producer: AIOKafkaProducer) -> None:
    """Close a producer that may hold a transaction it cannot end. The time is bounded and errors are ignored.

    aiokafka 0.14: `stop` gives up at the first error, and leaves the sender task running and connections open.
    """
    sender_task = producer._sender  # noqa: SLF001 - nothing public ends the sender alone
    for close in (producer.stop, sender_task.close, producer.client.close):
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await close()


def raise_transaction_error(producer: AIOKafkaProducer) -> None:
    """Raise the error that broke the producer's transaction, if it has one.

    aiokafka 0.14: the error raised by a failed send or commit is often only a consequence; the cause is kept inside.
    """
    ended = producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001 - nothing public gives the cause
    if ended.done():
        ended.result()


def member_id_of(consumer: AIOKafkaConsumer) -> str:
    """Return the id by which the coordinator knows the consumer; empty if it is in no group at the moment.

    aiokafka 0.14 has no public name for it.
    """
    member_id: str = consumer._coordinator.member_id  # noqa: SLF001 - see the docstring
    return member_id
