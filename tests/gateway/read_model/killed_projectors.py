"""Projectors that are killed at each of their steps in turn; see `test_killed_projector.py`.

    python -m tests.gateway.read_model.killed_projectors URL LOG

Before each projector one more filing is published. Projector n ends itself with SIGKILL before its n-th statement or
commit, until one reaches the end of the log. The number of projectors is printed.
"""

import asyncio
import os
import signal
import sys
from itertools import count
from pathlib import Path

from sqlalchemy import event

from services.gateway.read_model.projector import Projector
from services.gateway.read_model.read_model import ReadModel, open_read_model
from tests.gateway.read_model.builders import alert, caught_up, opened_log, output, positions, projecting, report, until


async def publish(log: Path, number: int) -> None:
    """Publish a filing with two alerts, a report and positions."""
    async with opened_log(log) as engine:
        events = report(number), positions(number, number), alert(f"a{number}", number), alert(f"b{number}", number)
        await engine.publish([output(event) for event in events])


async def project_until_killed(url: str, log: Path, steps: int) -> None:
    """Project to the end of the log, unless that takes more steps."""
    read_model = await open_read_model(url)
    kill_at_step(read_model, steps)
    async with opened_log(log) as engine, projecting(Projector(read_model, engine)) as task:
        await until(lambda: caught_up(read_model, engine), task)
    await read_model.close()


def kill_at_step(read_model: ReadModel, steps: int) -> None:
    """Kill this process before that many statements and commits."""
    remaining = count(steps, -1)

    def step(*_: object) -> None:
        if next(remaining) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "commit"):
        event.listen(read_model.database.engine.sync_engine, name, step)


def main(url: str, log: Path) -> None:
    """Run one projector after another, each in a separate process."""
    for steps in count(1):
        asyncio.run(publish(log, steps))
        child = os.fork()
        if not child:
            asyncio.run(project_until_killed(url, log, steps))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert status == 0
            print(steps)  # noqa: T201 - read by the test
            return


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
