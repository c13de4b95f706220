"""The services as processes, and their CPU time."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
_ENVIRONMENT: Final = {**os.environ, "PYTHONPATH": str(REPOSITORY), "INSIDERTAPE_KAFKA_PARTITIONS": "4"}
_TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass
class ServiceProcess:
    """A running command of `insidertape`."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    @classmethod
    def start(cls, log_directory: Path, *arguments: str) -> "ServiceProcess":
        """Run `insidertape` with these arguments; its output goes to a file in the directory."""
        path = log_directory / f"{arguments[0]}.log"
        with path.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", *arguments], env=_ENVIRONMENT, stdout=log, stderr=log
            )
        return cls(arguments[0], process, path)

    def cpu_seconds(self) -> float:
        """Return its CPU time so far in seconds, user and system."""
        return cpu_seconds_of(self.process.pid)

    def stop(self) -> None:
        """Stop it as a supervisor would."""
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            raise RuntimeError(f"{self.name} ended with status {self.process.returncode}")


def run(*arguments: str) -> str:
    """Run a module with these arguments; return its output."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, env=_ENVIRONMENT, check=True, stdout=subprocess.PIPE, text=True).stdout


def cpu_seconds_of(process: int) -> float:
    """Return the CPU time of a running process in seconds, from /proc."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK
