"""The `insidertape` command in a process that is forked from one that has already imported it.

Importing costs a second of processor time per run, and the tests run the command hundreds of times. Such a process has
its own arguments, environment, directory and descriptors. Only what concerns the start itself must be tested with a
cold one: see `command.running`.
"""

import importlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_LAZY: Final = (
    "aiokafka",
    "services.cli.running.pipeline_run",
    "services.holdings.processor",
    "services.parser.processor",
    "services.runtime.embedded.embedded_engine",
    "services.runtime.kafka.kafka_engine",
)
"""The modules that commands import only when they are called, and that take the longest."""

_FORKS: Final = get_context("forkserver")
_FORKS.set_forkserver_preload([__name__, "services.cli.__main__", *_LAZY])


def run_warm(
    arguments: Sequence[str], environment: Mapping[str, str], directory: Path, patience: float
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end.

    Raises:
        TimeoutExpired: it has not ended after `patience` seconds, and was killed.
    """
    with TemporaryDirectory() as outputs:
        paths = Path(outputs, "stdout"), Path(outputs, "stderr")
        process = _FORKS.Process(target=_run, args=(arguments, dict(environment), directory, paths))
        process.start()
        process.join(patience)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(list(arguments), patience)
        out, err = (path.read_text("utf-8") for path in paths)
        return subprocess.CompletedProcess(list(arguments), process.exitcode, out, err)


def _run(arguments: Sequence[str], environment: dict[str, str], directory: Path, outputs: tuple[Path, Path]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    for path, descriptor in zip(outputs, (1, 2), strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    command = importlib.import_module("services.cli.__main__")
    sys.modules["__main__"] = command  # by which the command knows how it was called
    sys.argv = [str(command.__file__), *arguments]
    sys.orig_argv = [sys.executable, "-m", "services.cli", *arguments]
    command.main()
