"""What harms the read model: rivals, dead databases, old backups, other topics, full disks, hostile records."""

import asyncio
import shutil
import sqlite3
from contextlib import AsyncExitStack, closing, nullcontext
from pathlib import Path

import pytest
from msgspec.structs import asdict

from contracts.alert_filter import AlertFilter
from contracts.codec import encode
from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, StateCorrupted, StorageFailed, TakenOver, TransientError
from services.gateway.read_model import projector
from services.gateway.read_model.projector import Projector
from services.gateway.read_model.read_model import ReadModel, open_read_model
from services.runtime.engine import Engine
from services.runtime.port import Output
from tests.gateway.postgres import PostgresServer
from tests.gateway.read_model.builders import (
    MUSK,
    TESLA,
    alert,
    caught_up,
    opened_log,
    output,
    positions,
    project,
    projecting,
    report,
    trade,
    until,
)
from tests.storage.disks import mounted


async def ids(read_model: ReadModel) -> list[str]:
    """Return the ids of all stored alerts in the order of their commits, and check their ordinals."""
    stored = await read_model.since(0, 10_000)
    assert [each.seq for each in stored] == list(range(1, len(stored) + 1))
    return [each.alert_id for each in stored]


def alerts(*numbers: int) -> list[Output]:
    """Return the records of alerts, each of a different filing."""
    return [output(alert(f"a{number}", number)) for number in numbers]


async def test_second_gateway_on_sqlite_is_refused(tmp_path: Path, engine: Engine) -> None:
    """Two would fight for the one writer of the file, and each would announce only half of the alerts."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}"
    first, second = await open_read_model(url), await open_read_model(url)
    await engine.publish(alerts(1))
    async with projecting(Projector(first, engine)) as task:
        await until(lambda: caught_up(first, engine), task)
        with pytest.raises(TakenOver, match=r"gateway_runs: another gateway uses .*gateway.sqlite3"):
            await Projector(second, engine).run(asyncio.Event())
    await project(second, engine, *alerts(2))
    assert await ids(first) == ["a1", "a2"]
    await first.close()
    await second.close()


async def test_second_gateway_on_postgresql_serves_and_takes_over(postgres: PostgresServer, engine: Engine) -> None:
    """All gateways serve every alert, whichever of them projects it."""
    url = postgres.url(await postgres.create_database())
    first, second = await open_read_model(url), await open_read_model(url)
    async with AsyncExitStack() as running:
        async with projecting(Projector(first, engine)) as task:
            await engine.publish(alerts(1))
            await until(lambda: caught_up(first, engine), task)
            waiting = await running.enter_async_context(projecting(Projector(second, engine)))
            await engine.publish(alerts(2))
            await until(lambda: caught_up(second, engine), task, waiting)
        await engine.publish(alerts(3))
        await until(lambda: caught_up(second, engine), waiting)
    assert await ids(second) == ["a1", "a2", "a3"]
    await first.close()
    await second.close()


async def test_two_projectors_without_a_lock_store_each_alert_once(
    read_model: ReadModel, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock decides who works. If it fails, as on a network file system, the batches themselves must not."""
    monkeypatch.setattr(projector, "file_lock", lambda _: nullcontext())
    monkeypatch.setattr(projector, "holds_advisory_lock", lambda _: _true(condition=True))
    await engine.publish(alerts(*range(40)))
    async with (
        projecting(Projector(read_model, engine)) as first,
        projecting(Projector(read_model, engine)) as second,
    ):
        await until(lambda: caught_up(read_model, engine), first, second)
        for number in range(40, 60):
            await engine.publish(alerts(number))
        await until(lambda: caught_up(read_model, engine), first, second)
    assert sorted(await ids(read_model)) == sorted(f"a{number}" for number in range(60))


async def test_killed_database_loses_nothing(postgres: PostgresServer, engine: Engine) -> None:
    """The projector waits for the server, and continues from its last commit."""
    read_model = await open_read_model(postgres.url(await postgres.create_database()))
    async with projecting(Projector(read_model, engine)) as task:
        await engine.publish(alerts(1))
        await until(lambda: caught_up(read_model, engine), task)
        postgres.kill()
        await engine.publish(alerts(2, 3))
        with pytest.raises(TransientError, match=r"database_unavailable: postgresql.* does not answer"):
            await read_model.newest()
        await postgres.start()
        await until(lambda: caught_up(read_model, engine), task)
    assert await ids(read_model) == ["a1", "a2", "a3"]
    await read_model.close()


async def test_database_restored_from_an_old_backup_catches_up(
    database_url: str, database_server: PostgresServer | None, engine: Engine, tmp_path: Path
) -> None:
    """The backup's offsets fit its rows, so everything after them is read again, and nothing before."""
    read_model = await open_read_model(database_url)
    await project(read_model, engine, *alerts(1, 2))
    await read_model.close()
    restored = await _backup(database_url, database_server, tmp_path)
    read_model = await open_read_model(database_url)
    await project(read_model, engine, *alerts(3), output(alert("a2", 2)), *alerts(4))
    expected = await ids(read_model)
    await read_model.close()
    read_model = await open_read_model(restored)
    assert await ids(read_model) == ["a1", "a2"]
    await project(read_model, engine)
    assert await ids(read_model) == expected == ["a1", "a2", "a3", "a4"]
    await read_model.close()


@pytest.mark.parametrize("later", [[], [5], [5, 6], [5, 6, 7]])
async def test_topics_that_were_filled_anew_are_noticed(
    read_model: ReadModel, engine: Engine, tmp_path: Path, later: list[int]
) -> None:
    """Offsets would fit, but the alerts before them would be others: the read model would mix two histories."""
    await project(read_model, engine, *alerts(1, 2))
    async with opened_log(tmp_path / "other") as other:
        if later:
            await other.publish(alerts(*later))
        with pytest.raises(StateCorrupted, match=r"read_model_ahead: insidertape.alerts.v1\[.\] .*--rebuild"):
            await project(read_model, other)
        await read_model.rebuild()
        await project(read_model, other)
        assert await ids(read_model) == [f"a{number}" for number in later]


async def test_compacted_position_does_not_look_like_another_topic(read_model: ReadModel, engine: Engine) -> None:
    """Compaction removes the very record that was projected last."""
    await project(read_model, engine, output(positions(1)))
    await project(read_model, engine, output(positions(2)))
    assert await read_model.owner_positions(MUSK["key"]) == [encode(positions(2))]


async def test_full_disk_ends_the_projector_and_loses_nothing(engine: Engine) -> None:
    """The error names the file; with space again it continues."""
    with mounted() as disk:
        url = f"sqlite+aiosqlite:///{disk.directory / 'gateway.sqlite3'}"
        read_model = await open_read_model(url)
        await project(read_model, engine, *alerts(1))
        disk.fill()
        large = alert("large", 2, footnotes={"F1": "x" * 1_000_000})
        with pytest.raises(StorageFailed, match=r"disk_full: the disk of .*gateway.sqlite3 is full"):
            await project(read_model, engine, output(large))
        assert await ids(read_model) == ["a1"]
        disk.empty()
        await project(read_model, engine)
        assert await ids(read_model) == ["a1", "large"]
        await read_model.close()


async def test_hostile_texts_and_numbers_are_stored_and_found(read_model: ReadModel, engine: Engine) -> None:
    """A megabyte for a name, a NUL, or a number beyond every column must not stop the tape."""
    huge = "x" * 1_000_000
    hostile = [
        alert("long", 1, owner={**MUSK, "name": huge, "key": f"name:{huge.upper()}", "officer_title": huge}),
        alert("nul", 2, issuer={**TESLA, "name": "NUL\0 CORP", "tickers": ["\0", "%", "_"]}),
        alert("numbers", 3, owner_index=2**70, owner_count=2**71, change_percent="9" * 400, days_late=2**80),
        alert("trades", 4, trades=[trade(shares="9" * 400, value="-" + "9" * 400), trade(value=".5", shares="-0")]),
        alert("a\0b" + huge, 5, position={**_POSITION, "position_id": huge}),
        alert("late", 6, filing={**asdict(alert().filing), "filing_id": f"{huge}\0", "filed_on": "0001-01-01"}),
    ]
    await project(read_model, engine, *map(output, hostile), output(report(1, owner_index=2**70)))
    everything = await read_model.alerts(AlertFilter(joint="all"))
    assert [each.event for each in everything.items] == [encode(event) for event in reversed(hostile)]
    for event in hostile:
        stored = await read_model.alert(event.alert_id)
        assert stored is not None
        assert stored.holding_changed == event
        filing = await read_model.filing(event.filing.filing_id)
        assert filing is not None
        assert encode(event) in filing.alerts
    assert [each.name for each in await read_model.search("nul")] == ["NUL\N{REPLACEMENT CHARACTER} CORP"]
    await project(read_model, engine, *map(output, hostile))
    assert (await read_model.newest()).seq == len(hostile)


async def test_query_that_gets_no_connection_is_a_temporary_error(read_model: ReadModel) -> None:
    """More queries than the pool has connections wait; the one that waited too long may be asked again."""
    pool = read_model.database.engine.pool
    pool._timeout = 0.05  # type: ignore[attr-defined]  # of a queue's pool, which both databases have
    async with AsyncExitStack() as held:
        for _ in range(pool.size() + pool._max_overflow):  # type: ignore[attr-defined]  # likewise
            await held.enter_async_context(read_model.database.reading())
        with pytest.raises(TransientError) as refused:
            await held.enter_async_context(read_model.database.reading())
    assert refused.value.code == ErrorCode.DATABASE_UNAVAILABLE
    assert await read_model.newest()


@pytest.mark.parametrize(
    "url", ["", "mysql://x/y", "sqlite:///file", "postgresql://u:secret@h/d", "sqlite+aiosqlite://"]
)
async def test_wrong_url_is_named_without_its_value(url: str) -> None:
    """A URL holds a password, which must not get into a log."""
    with pytest.raises(Misconfigured, match="wrong_setting: INSIDERTAPE_DATABASE_URL") as raised:
        await open_read_model(url)
    assert "secret" not in str(raised.value)


async def test_wrong_password_and_missing_database_are_refused(postgres: PostgresServer) -> None:
    """Waiting would not help, so the gateway ends with the database's reason."""
    for url in (postgres.url(password="wrong"), postgres.url("missing")):  # noqa: S106 - wrong on purpose
        with pytest.raises(Misconfigured, match="database_refused") as raised:
            await open_read_model(url)
        assert "wrong" not in str(raised.value)


async def test_file_of_another_program_is_refused(tmp_path: Path) -> None:
    """It must not be overwritten."""
    path = tmp_path / "gateway.sqlite3"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StorageFailed) as raised:
        await open_read_model(f"sqlite+aiosqlite:///{path}")
    assert raised.value.code == ErrorCode.FOREIGN_FILE
    assert path.read_bytes() == b"no database" * 100


async def test_read_model_of_another_version_is_built_again(tmp_path: Path, engine: Engine) -> None:
    """Its tables are never migrated: the topics have everything."""
    path = tmp_path / "gateway.sqlite3"
    url = f"sqlite+aiosqlite:///{path}"
    read_model = await open_read_model(url)
    await project(read_model, engine, *alerts(1))
    before = await read_model.newest()
    await read_model.close()
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE read_model_projection SET schema_version = 0")
        file.execute("ALTER TABLE alerts DROP COLUMN symbols")
        file.execute("CREATE TABLE subscriptions AS SELECT 1 AS kept")
        file.commit()
    read_model = await open_read_model(url)
    assert (await read_model.newest()).generation != before.generation
    await project(read_model, engine)
    assert await ids(read_model) == ["a1"]
    await read_model.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT kept FROM subscriptions").fetchall() == [(1,)]


_POSITION = {"position_id": "p1", "table": "non_derivative", "security_title": "Common", "ownership": "D"}


async def _true(condition: bool) -> bool:
    return condition


async def _backup(url: str, server: PostgresServer | None, directory: Path) -> str:
    """Copy the closed database, and return the copy's address."""
    if server is not None:
        return server.url(await server.create_database(template=url.rpartition("/")[2]))
    path = Path(url.partition("///")[2])
    shutil.copy(path, directory / "backup.sqlite3")
    return f"sqlite+aiosqlite:///{directory / 'backup.sqlite3'}"
