"""Differential fuzzing of the native reader: `make fuzz READER=native MINUTES=30`.

The first mutant that differs is written to a file, and ends the run.
"""

import argparse
import secrets
import sys
import tempfile
from pathlib import Path
from time import monotonic

from services.parser.filing_json import active_reader
from tests.native.differential import CORPUS_FOLDERS, OWN_FOLDERS
from tests.native.fuzzing import search


def main() -> int:
    """Search until the time is up, or until a difference is found."""
    options = argparse.ArgumentParser(prog="python -m tests.native", description=__doc__)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--seed", type=int, default=0, help="0 takes one by chance")
    chosen = options.parse_args()
    if active_reader() == "python":
        print("the native reader is not installed: there is nothing to compare")
        return 1
    seed = chosen.seed or secrets.randbelow(2**32)
    end = monotonic() + chosen.minutes * 60
    print(f"seed {seed}", flush=True)
    for tally in search(seed, *OWN_FOLDERS, *CORPUS_FOLDERS):
        if tally.difference is not None:
            mutant, found = tally.difference
            path = Path(tempfile.mkdtemp(prefix="insidertape-native-"), "mutant")
            path.write_bytes(mutant.encode("utf-8", "surrogatepass"))
            print(f"mutant {tally.mutants:,}: {found}; it is in {path}")
            return 1
        if monotonic() >= end:
            print(f"{tally.mutants:,} mutants, {tally.answered:,} answered, no difference")
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
