"""The speed of the parser: against the XML library alone, by stage, and against other parsers; and its memory.

    python -m tests.benchmarks.parser [--rounds 15] [--memory]

All figures are from one run: the same bytes, one process on one core if it can be pinned, the contestants in turn
within each round, and the median of their CPU times over the rounds. The filings are the shared corpus, or the samples
without it.
"""

import argparse
import gc
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, Final

from lxml import etree

from contracts.codec import encode
from contracts.errors import InvalidFiling
from services.parser import parse_filing, parse_filing_json
from services.parser.content import decode, detect_format
from services.parser.filing_json import active_reader, encode_filing
from services.parser.ownership_xml import parsed_tree, read_ownership_xml
from services.parser.sgml import read_submission
from tests.benchmarks.peers import peers

ROOT: Final = Path(__file__).resolve().parents[2]
CORPUS: Final = ROOT.parent / "shared" / "corpus"
SAMPLES: Final = ROOT / "deploy" / "samples"
RENDERINGS: Final = ("html_rendered", "html", "text")
TARGET_SHARE: Final = 0.40
NATIVE_TARGET: Final = 1.5
NATIVE_TARGET_OF_SUBMISSIONS: Final = 1.0
TARGET_TIMES: Final = 10
MEMORY_FILINGS: Final = 100_000

Work = Callable[[bytes], object]


def filings(folder: Path, *suffixes: str) -> list[bytes]:
    """Return the contents of a folder's files, in the order of their names."""
    return [path.read_bytes() for path in sorted(folder.glob("*")) if path.suffix in suffixes]


def parse(content: bytes) -> object:
    """Return a filing's events; its identity is known, as for every filing from EDGAR."""
    return parse_filing(content, filing_id="known")


def parse_and_encode(content: bytes) -> None:
    """Parse a filing and encode its events."""
    for event in parse_filing(content, filing_id="known"):
        encode(event)


def encode_natively(content: bytes) -> None:
    """Parse and encode a filing with the native reader, if it is installed."""
    parse_filing_json(content, filing_id="known")


def hashed(content: bytes) -> None:
    """Parse and encode a filing without a known identity, which is then a hash of its text."""
    for event in parse_filing(content):
        encode(event)


def to_document(content: bytes) -> None:
    """Read a filing up to and including the walk over the tree."""
    text = decode(content)
    detect_format(text)
    read_ownership_xml(text)


STAGES: Final[dict[str, Work]] = {
    "decode and detect": lambda content: detect_format(decode(content)),
    "lxml, hardened": lambda content: parsed_tree(decode(content)),
    "walk": to_document,
    "normalize and build": parse,
    "encode": parse_and_encode,
}
"""Each stage includes all stages before it; its cost is the difference."""


def seconds(work: Work, contents: Sequence[bytes]) -> float:
    """Return the CPU time of `work` in seconds per filing."""
    start = process_time()
    for content in contents:
        work(content)
    return (process_time() - start) / len(contents)


def medians(contestants: dict[str, Work], contents: Sequence[bytes], rounds: int) -> dict[str, float]:
    """Return the median of each contestant's seconds per filing."""
    for work in contestants.values():
        seconds(work, contents)
    gc.collect()
    gc.freeze()  # so that collections do not traverse everything that has been imported
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, work in contestants.items():
            times[name].append(seconds(work, contents))
    return {name: median(taken) for name, taken in times.items()}


def report_xml(contents: Sequence[bytes], rounds: int) -> float:
    """Print the cost of XML; return the seconds per filing of parse and encode."""
    found = medians({"lxml": etree.fromstring, **STAGES, "hashed": hashed}, contents, rounds)
    lxml, whole = found["lxml"], found["encode"]
    print(
        f"{len(contents)} XML filings, {sum(map(len, contents)) // len(contents):,} bytes per filing, {rounds} rounds\n"
    )
    print(f"  {'lxml.etree.fromstring alone':<28}{lxml * 1e6:8.1f} us")
    print(f"  {'parse and encode':<28}{whole * 1e6:8.1f} us   {1 / whole:,.0f} filings/s")
    print(f"  {'share of the speed of lxml':<28}{lxml / whole:8.2f}      target {TARGET_SHARE:.2f}\n")
    before = 0.0
    for name in STAGES:
        cost = found[name] - before
        print(f"    {name:<26}{cost * 1e6:8.1f} us {cost / whole:6.0%}")
        before = found[name]
    print(f"    {'hash, if it is the id':<26}{(found['hashed'] - found['encode']) * 1e6:8.1f} us more")
    return whole


def report_native(contents: Sequence[bytes], rounds: int) -> None:
    """Print the speed of the native reader as a share of that of lxml alone: XML, and submissions with their header.

    lxml reads the XML of a submission alone.
    """
    if active_reader() == "python":
        print("\n  the native reader is not installed")
        return
    submissions = [content for content in filings(CORPUS / "txt", ".txt") if _is_read_natively(content)]
    bodies = {content: read_submission(decode(content)).document.strip().encode() for content in submissions}
    for name, group, lxml, target in (
        ("XML", [content for content in contents if _is_read_natively(content)], etree.fromstring, NATIVE_TARGET),
        ("submissions", submissions, lambda content: etree.fromstring(bodies[content]), NATIVE_TARGET_OF_SUBMISSIONS),
    ):
        if group:
            found = medians({"native": encode_natively, "lxml": lxml}, group, rounds)
            share = found["lxml"] / found["native"]
            print(
                f"\n  native reader, {len(group)} {name:<13}{found['native'] * 1e6:8.1f} us"
                f"   {share:.2f} of the speed of lxml, target {target:.2f}"
            )


def _is_read_natively(content: bytes) -> bool:
    try:
        return encode_filing(content, filing_id="known").declined is None
    except InvalidFiling:
        return False


def report_peers(contents: Sequence[bytes], rounds: int) -> None:
    """Print how many times faster this parser is than each other one installed; all without encoding."""
    for name, (work, target) in peers().items():
        found = medians({"ours": parse, name: work}, contents, rounds)
        print(
            f"\n  {name:<28}{found[name] * 1e6:8.1f} us   {found[name] / found['ours']:.1f} times ours, target {target}"
        )


def report_renderings(xml: float, rounds: int) -> None:
    """Print the cost of renderings against XML by folder, and how many in each cannot be read."""
    for folder in RENDERINGS:
        for directory in sorted({path.parent for path in (CORPUS / folder).glob("**/*") if path.is_file()}):
            contents = filings(directory, ".html", ".htm", ".txt", ".md")
            read = [content for content in contents if _is_read(content)]
            name = str(directory.relative_to(CORPUS))
            if not read:
                print(f"  {name:<28}{'':>11}   none of {len(contents)} can be read")
                continue
            taken = medians({"ours": parse_and_encode}, read, max(1, rounds // 5))["ours"]
            print(
                f"  {name:<28}{taken * 1e6:8.1f} us   {taken / xml:.1f} times XML, target {TARGET_TIMES}"
                f"; {len(contents) - len(read)} of {len(contents)} not read"
            )


def _is_read(content: bytes) -> bool:
    try:
        parse_filing(content)
    except InvalidFiling as refused:
        return refused.code == "no_issuer"
    return True


def report_memory(contents: Sequence[bytes], count: int) -> None:
    """Print the resident memory while `count` filings are parsed and encoded."""
    for done in range(count):
        if done % (count // 10) == 0:
            print(f"  {done:>9,} filings {_resident() / 2**20:8.1f} MiB")
        parse_and_encode(contents[done % len(contents)])
    print(f"  {count:>9,} filings {_resident() / 2**20:8.1f} MiB")


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Run the benchmark selected by the arguments."""
    arguments = argparse.ArgumentParser(description="Benchmark of the parser")
    arguments.add_argument("--rounds", type=int, default=15, help="rounds to take the medians of")
    arguments.add_argument(
        "--memory", action="store_true", help=f"measure memory over {MEMORY_FILINGS:,} filings (Linux)"
    )
    chosen: Any = arguments.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    contents = filings(CORPUS / "xml", ".xml") or filings(SAMPLES, ".xml")
    if chosen.memory:
        report_memory(contents, MEMORY_FILINGS)
        return
    xml = report_xml(contents, chosen.rounds)
    report_native(contents, chosen.rounds)
    report_peers(contents, max(1, chosen.rounds // 5))
    print()
    report_renderings(xml, chosen.rounds)


if __name__ == "__main__":
    main()
