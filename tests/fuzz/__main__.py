"""Fuzzing of every reader with atheris, guided by coverage and seeded with real filings: `make fuzz MINUTES=30`.

Findings are left in the directory that is printed (`crash-…`, `timeout-…`). Copy a finding to `tests/fuzz/findings`,
where `test_findings.py` reads it in every later run.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["services.parser"]):
    from tests.fuzz.invariants import check

from tests.filings.corpus import CORPUS, SEEDS
from tests.filings.retyped import LAYOUTS
from tests.fuzz.mutations import mutate
from tests.generated.example import EXAMPLE
from tests.generated.style import Style

HERE = Path(__file__).resolve().parent
OWN = (HERE.parents[1] / "deploy" / "samples", HERE.parent / "filings" / "golden", HERE / "findings")
CASES = CORPUS.parent / "cases" / "parser"
FOLDERS = {
    "xml": (CORPUS / "xml", CASES / "xml-2003", CASES / "malformed"),
    "submission": (CORPUS / "txt",),
    "html": (CORPUS / "html", CORPUS / "html_rendered", CASES / "html-2002"),
    "text": (
        SEEDS,
        CASES / "pasted",
        CASES / "ascii",
        *(CORPUS / "text" / name for name in ("seedlike", "markdownify", "html2text", "w3m")),
    ),
}
LARGEST = 64 * 1024
SLOWEST = 30
"""Seconds after which an input is one that hangs: coverage makes the readers ten times as slow."""


def seeds_of(reader: str) -> list[Path]:
    """Return the filings that mutation begins with: of one reader, or of all."""
    chosen = [folder for name, folders in FOLDERS.items() for folder in folders if reader in (name, "all")]
    files = [path for folder in (*chosen, *OWN) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in files if path.stat().st_size <= LARGEST]


def retyped() -> list[bytes]:
    """Return one filing in each layout that has no real filings to begin with."""
    return [written(EXAMPLE, Style()).encode() for written, _, _ in LAYOUTS.values()]


def main() -> None:
    """Fuzz until the time is up, or until something is found."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("--reader", choices=[*FOLDERS, "all"], default="all")
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--found", type=Path, default=Path(tempfile.gettempdir()) / "insidertape-fuzz")
    options.add_argument("--seed", type=int, default=0, help="0 takes one by chance")
    chosen = options.parse_args()
    paths = seeds_of(chosen.reader)
    others = [*(path.read_bytes() for path in paths), *retyped()]
    chosen.found.mkdir(parents=True, exist_ok=True)
    print(f"{len(paths)} seeds; what is found will be in {chosen.found}")

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)  # noqa: S311 - not for secrets
        if rng.random() < 0.3:
            return bytes(atheris.Mutate(data, most))
        return mutate(data, rng.choice(others), most, rng)

    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(others):
            Path(corpus, str(number)).write_bytes(seed)
        flags = [
            f"-max_total_time={int(chosen.minutes * 60)}", f"-timeout={SLOWEST}", f"-max_len={LARGEST}",
            f"-artifact_prefix={chosen.found}/", f"-seed={chosen.seed}", "-print_final_stats=1", "-rss_limit_mb=2048",
        ]  # fmt: skip
        atheris.Setup([sys.argv[0], *flags, corpus], check, custom_mutator=mutated)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
