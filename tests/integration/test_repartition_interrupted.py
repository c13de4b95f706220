"""A copy that is interrupted: the old stays as it was, no service starts on the half, and it is begun again."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.errors import Misconfigured, TransientError
from contracts.topics import ALERTS, FILINGS, TRANSACTIONS, WATCHER_CURSOR
from services.cli.repartition import namespace_copy as repartition_module
from services.runtime.kafka.topic_copy import TopicCopy
from services.runtime.port import Output
from tests.engines.bench import within
from tests.integration.environments import SERVICES, Environment, by_key, copied, everything, in_parts, new_environment
from tests.unit.cli.command import SAMPLES, insidertape

pytestmark = pytest.mark.kafka

FEW = 2


@pytest.fixture
def namespace() -> str:
    """A namespace of the test's own."""
    return f"t{uuid4().hex[:8]}"


@pytest.fixture
async def small(kafka_bootstrap: str, namespace: str, tmp_path: Path) -> Environment:
    """An environment with three filings, processed, and a record that is not one."""
    environment = await new_environment(kafka_bootstrap, namespace, partitions=2)
    (directory,) = in_parts(tmp_path, sorted(SAMPLES.glob("*quillmark*"))[:3], 1)
    await environment.engine.publish([Output(FILINGS, b"poison", b"not a filing")])
    await environment.run(directory)
    return environment


Interrupted = Callable[[pytest.MonkeyPatch], None]


def failing(owner: object, name: str, at: int) -> Interrupted:
    """Make one call of a function fail, as though the process had died there."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        original, calls = getattr(owner, name), [0]

        async def fail(*args: object, **kwargs: object) -> object:
            calls[0] += 1
            if calls[0] == at:
                raise TransientError("test", "interrupted")
            return await original(*args, **kwargs)

        monkeypatch.setattr(owner, name, fail)

    return patch


INTERRUPTIONS = {
    "before the topics are there": failing(repartition_module, "apply_topics", 2),
    "after the filings": failing(TopicCopy, "verify", 1),
    "among the dead letters": failing(TopicCopy, "verify", 5),
    "among the positions": failing(repartition_module, "repair_partition", 2),
    "before the marker is deleted": failing(repartition_module, "delete_topics", 2),
}


async def test_an_interrupted_copy_leaves_the_old_as_it_was_and_no_service_starts_on_it_until_it_is_made_again(
    small: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a copy would give alerts anew, or none: wherever it ended, the same command begins it again."""
    before = await everything(small)
    into = f"{small.settings.namespace}-g2"
    target = Environment(small.settings.model_copy(update={"namespace": into, "kafka_partitions": FEW}))
    for where, interrupted in INTERRUPTIONS.items():
        with monkeypatch.context() as patched:
            interrupted(patched)
            with pytest.raises(TransientError, match="interrupted"):
                await copied(small, into, FEW)
        assert await everything(small) == before, where
        with pytest.raises(Misconfigured, match=f"unfinished_copy: namespace {into} "):
            await within(target.engine.run(SERVICES[1], asyncio.Event()))
    with pytest.raises(Misconfigured, match="unfinished_copy"):
        await target.run(SAMPLES, services=())
    with pytest.raises(Misconfigured, match="unfinished_copy"):
        await target.engine.publish([Output(FILINGS, b"k", b"v")])
    checked = insidertape("topics", "check", **target.variables)
    assert (checked.returncode, "part of a copy" in checked.stderr) == (1, True)

    await copied(small, into, FEW)
    assert await everything(small) == before
    assert await target.books() == await small.books()
    for topic in (FILINGS, TRANSACTIONS, ALERTS, WATCHER_CURSOR):
        assert by_key(await target.records(topic)) == by_key(await small.records(topic))
    await target.run()
    assert await target.alerts() == await small.alerts()
