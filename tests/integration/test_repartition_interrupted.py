"""An interrupted copy: the old topics are unchanged, no service starts on the partial copy, and it can be repeated."""

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
    """Return a namespace that belongs to this test."""
    return f"t{uuid4().hex[:8]}"


@pytest.fixture
async def source(kafka_bootstrap: str, namespace: str, tmp_path: Path) -> Environment:
    """Return an environment with three processed filings, and a record that is not a filing."""
    environment = await new_environment(kafka_bootstrap, namespace, partitions=2)
    (directory,) = in_parts(tmp_path, sorted(SAMPLES.glob("*quillmark*"))[:3], 1)
    await environment.engine.publish([Output(FILINGS, b"poison", b"not a filing")])
    await environment.run(directory)
    return environment


Interrupted = Callable[[pytest.MonkeyPatch], None]


def failing(owner: object, name: str, at: int) -> Interrupted:
    """Make one call of a function fail, as if the process had died there."""

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


async def test_after_an_interruption_no_service_starts_on_the_copy_until_it_is_repeated(
    source: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Services on a partial copy would repeat alerts or lose them. The same command starts the copy again."""
    before = await everything(source)
    into = f"{source.settings.namespace}-g2"
    target = Environment(source.settings.model_copy(update={"namespace": into, "kafka_partitions": FEW}))
    for where, interrupted in INTERRUPTIONS.items():
        with monkeypatch.context() as patched:
            interrupted(patched)
            with pytest.raises(TransientError, match="interrupted"):
                await copied(source, into, FEW)
        assert await everything(source) == before, where
        with pytest.raises(Misconfigured, match=f"unfinished_copy: namespace {into} "):
            await within(target.engine.run(SERVICES[1], asyncio.Event()))
    with pytest.raises(Misconfigured, match="unfinished_copy"):
        await target.run(SAMPLES, services=())
    with pytest.raises(Misconfigured, match="unfinished_copy"):
        await target.engine.publish([Output(FILINGS, b"k", b"v")])
    checked = insidertape("topics", "check", **target.variables)
    assert (checked.returncode, "part of a copy" in checked.stderr) == (1, True)

    await copied(source, into, FEW)
    assert await everything(source) == before
    assert await target.books() == await source.books()
    for topic in (FILINGS, TRANSACTIONS, ALERTS, WATCHER_CURSOR):
        assert by_key(await target.records(topic)) == by_key(await source.records(topic))
    await target.run()
    assert await target.alerts() == await source.alerts()
