"""A real PostgreSQL for tests: Debian's server as an unprivileged user, on a free loopback port."""

import asyncio
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import asyncpg

_USER: Final = "tape"
_PASSWORD: Final = "only-for-tests"  # noqa: S105 - of a server that lives as long as the tests
_READY_SECONDS: Final = 60


class NoPostgresError(Exception):
    """There is no PostgreSQL on this machine, or it does not start."""


class PostgresServer:
    """A server with an empty data directory. It can be killed and started again."""

    def __init__(self) -> None:
        self._bin = _programs()
        self._directory = Path(tempfile.mkdtemp(prefix="insidertape-postgres-"))
        self._account = "nobody" if os.geteuid() == 0 else None  # the server refuses to run as root
        if self._account is not None:
            shutil.chown(self._directory, self._account)
        self.port = _free_port()
        self._server: subprocess.Popen[bytes] | None = None
        password = self._directory / "password"
        password.write_text(_PASSWORD)
        self._run(
            "initdb", f"--pgdata={self._data}", f"--username={_USER}", f"--pwfile={password}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    def url(self, database: str = "postgres", *, password: str = _PASSWORD) -> str:
        """Return the address of a database, as the gateway takes it."""
        return f"postgresql+asyncpg://{_USER}:{password}@127.0.0.1:{self.port}/{database}"

    async def start(self) -> None:
        """Start the server if it does not run, and wait until it answers."""
        if self._server is not None:
            return
        self._server = self._launch()
        async with asyncio.timeout(_READY_SECONDS):
            while not await self._answers():
                if self._server.poll() is not None:
                    raise NoPostgresError((self._directory / "log").read_text()[-500:])
                await asyncio.sleep(0.05)

    def _launch(self) -> "subprocess.Popen[bytes]":
        options = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        with (self._directory / "log").open("ab") as log:
            return subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "INT"),  # so that it ends with the tests, however they end
                    *(self._bin / "postgres", "-D", self._data),
                    *(f"--{name}={value}" for name, value in options.items()),
                ],
                user=self._account,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def kill(self) -> None:
        """End the server and its connections as `kill -9` does. `start` recovers its data."""
        if self._server is None:
            return
        children = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children").read_text().split()
        for pid in [self._server.pid, *map(int, children)]:
            os.kill(pid, signal.SIGKILL)
        self._server.wait()
        self._server = None

    def close(self) -> None:
        """End the server and remove its data."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    async def create_database(self, template: str = "template1") -> str:
        """Create a database, by default an empty one, and return its name."""
        name = f"tape_{secrets.token_hex(6)}"
        await self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    async def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement in a database."""
        connection = await self._connect(database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def _answers(self) -> bool:
        try:
            await (await self._connect("postgres")).close()
        except (OSError, asyncpg.CannotConnectNowError):
            return False
        return True

    async def _connect(self, database: str) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(
            host="127.0.0.1", port=self.port, user=_USER, password=_PASSWORD, database=database, timeout=10
        )

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._bin / program, *arguments], user=self._account, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise NoPostgresError(f"{program}: {done.stderr.strip()[-500:]}")


def _programs() -> Path:
    """Return the folder of the newest server's programs; Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise NoPostgresError("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    return found[-1].parent


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
