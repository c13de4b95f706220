"""Asks the coordinator of a consumer group about its members."""

from typing import Any

from aiokafka import TopicPartition
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import for_code

from services.runtime.kafka.clients import KafkaClients
from services.runtime.port import Service


async def members_of(clients: KafkaClients, service: Service) -> list[dict[str, Any]]:
    """Return the broker's description of each member of the service's group: `member_id`, `member_assignment` and more.

    Raises:
        KafkaError: the coordinator does not describe the group.
    """
    name = clients.names.qualified(service.group)
    async with clients.admin() as admin:
        (described,) = await admin.describe_consumer_groups([name])
    group = described.to_object()["groups"][0]
    if group["error_code"]:
        raise for_code(group["error_code"])(f"the coordinator does not describe {name}")
    members: list[dict[str, Any]] = group["members"]
    return members


async def owns(clients: KafkaClients, service: Service, member_id: str, partition: TopicPartition) -> bool:
    """Return whether the coordinator has assigned the partition to this member; False while the group rebalances.

    Raises:
        KafkaError: the coordinator does not describe the group.
    """
    for member in await members_of(clients, service):
        if member["member_id"] == member_id and member["member_assignment"]:
            assignment = ConsumerProtocolMemberAssignment.decode(member["member_assignment"])
            return partition in assignment.partitions()
    return False
