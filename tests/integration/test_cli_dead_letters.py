"""`insidertape dlq`, and that no bad file stops a run."""

import json
from pathlib import Path

import pytest

from contracts.codec import decode
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS, TOPICS, Topic
from services.runtime.dead_letters import REPLAY_OF_HEADER
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.port import Record
from tests.unit.cli.command import SAMPLES, TYPED, insidertape, insidertape_bytes

FRAGMENT = SAMPLES / "fragment-without-header.txt"
GOOD = (SAMPLES / "2024-12-20-quillmark-vance-form4-gift.xml").read_bytes()
ENTITIES = "".join(
    f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in zip("abcdefgh", "bcdefghi", strict=True)
)
BAD = {
    "empty.xml": (b"", "empty"),
    "picture.bin": (bytes([0x89, 0x50, 0x81, 0x8D, 0x8F, 0x90, 0x9D]) * 10, "undecodable"),
    "truncated.xml": (GOOD[: len(GOOD) // 2], "malformed_xml"),
    "annual-report.txt": (b"FORM 10-K\nANNUAL REPORT\n" + b"Risk factors. " * 500, "not_section_16"),
    "bomb.xml": (
        f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]><ownershipDocument>&i;</ownershipDocument>'.encode(),
        "entity_declaration",
    ),
    "external.xml": (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ownershipDocument>&a;</ownershipDocument>',
        "entity_declaration",
    ),
    "huge.xml": (GOOD + b" " * (9 * 1024 * 1024), "oversized_filing"),
}


async def everything(data: Path, *topics: Topic) -> list[Record]:
    """Return all records of the topics, by default of every topic."""
    engine = EmbeddedEngine(EmbeddedLog(data, read_only=True))
    try:
        return [record async for record in engine.read(topics or TOPICS, follow=False)]
    finally:
        await engine.close()


def listed(data: Path) -> dict[str, tuple[str, str]]:
    """Return the file and the code of each dead letter, by its id."""
    show = insidertape("dlq", "list", "--data", data, COLUMNS="600")
    assert show.returncode == 0, show.stderr
    cells = [line.split() for line in show.stdout.splitlines()[1:]]
    return {cell[0]: (cell[2].rpartition("/")[2], cell[3].rstrip(":")) for cell in cells}


def show(data: Path, letter_id: str) -> tuple[dict[str, str], bytes]:
    """Return the headers and the original value of a dead letter, as `dlq show` prints them."""
    head, _, value = insidertape_bytes("dlq", "show", letter_id, "--data", data).partition(b"\n\n")
    return dict(line.split(": ", 1) for line in head.decode().splitlines()), value


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data of a run over bad files and one good file."""
    directory = tmp_path_factory.mktemp("bad")
    source, data = directory / "source", directory / "data"
    source.mkdir()
    for name, (content, _) in {**BAD, "good.xml": (GOOD, "")}.items():
        (source / name).write_bytes(content)
    run = insidertape("run", "--once", "--source", source, "--data", data)
    assert run.returncode == 0, run.stderr
    assert f"1 filing parsed, 2 alerts, {len(BAD)} dead letters." in run.stdout
    return data


def test_bad_files_go_to_the_dead_letters_each_with_its_reason(bad: Path) -> None:
    """The run continues, and the good file is parsed."""
    assert sorted(listed(bad).values()) == sorted((name, code) for name, (_, code) in BAD.items())


def test_a_dead_letter_contains_the_original(bad: Path) -> None:
    """This is a refused file's bytes, a published filing's text, or the location of a file that is too large."""
    for letter_id, (name, code) in listed(bad).items():
        headers, value = show(bad, letter_id)
        assert headers["__connect.errors.exception.message"].startswith(f"{code}: ")
        content = BAD[name][0]
        if name == "huge.xml":
            pointer = json.loads(value)
            assert (pointer["size"], pointer["source_url"].rpartition("/")[2]) == (len(content), name)
        elif letter_id.startswith("watcher/"):
            assert value == content
        else:
            assert decode(value, FilingPublished).content.encode() == content


def test_a_second_run_skips_unchanged_bad_files(bad: Path) -> None:
    """They have not changed, and would fail again."""
    again = insidertape("run", "--once", "--source", bad.parent / "source", "--data", bad)
    assert "Nothing new." in again.stdout
    assert len(listed(bad)) == len(BAD)


def test_a_refused_file_cannot_be_replayed(bad: Path) -> None:
    """It was never on a topic. The message says what to do, and nothing is written."""
    (letter_id,) = (letter_id for letter_id, (name, _) in listed(bad).items() if name == "picture.bin")
    replayed = insidertape("dlq", "replay", letter_id, "--data", bad)
    assert replayed.returncode == 78
    assert f"nothing_to_replay: {letter_id} came from a file" in replayed.stderr


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the data of a run over one filing that can be parsed and one that cannot."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "good.xml").write_bytes(GOOD)
    (source / "fragment.txt").write_bytes(FRAGMENT.read_bytes())
    insidertape("run", "--once", "--source", source, "--data", tmp_path / "data")
    return tmp_path / "data"


async def test_replay_restores_the_original_and_marks_the_dead_letter(data: Path) -> None:
    """The copy has a header that names the dead letter; the next run rejects it as before."""
    before = await everything(data)
    ((letter_id, about),) = listed(data).items()
    original = next(each for each in await everything(data, FILINGS) if b"fragment.txt" in (each.value or b""))

    replayed = insidertape("dlq", "replay", letter_id, "--data", data)
    assert replayed.stdout == f"1 replayed. To process it: {TYPED} run --once --data {data}\n"
    after = await everything(data)
    assert after[: len(before)] == before
    copy, marker = after[len(before) :]
    for field in ("topic", "partition", "key", "value"):
        assert getattr(copy, field) == getattr(original, field), field
    assert copy.headers == (*original.headers, (REPLAY_OF_HEADER, letter_id.encode()))
    assert f"{marker.topic}/{marker.partition}".endswith(f".dlq.v1/{letter_id.split('/')[1]}")

    run = insidertape("run", "--once", "--data", data)
    assert "0 filings parsed, 0 alerts, 1 dead letter." in run.stdout
    assert list(listed(data).values()) == [about]
    assert letter_id not in listed(data)
    assert len(await everything(data)) == len(before) + 3


async def test_a_replay_of_a_parsed_filing_changes_no_position(data: Path) -> None:
    """A replayed filing is published again; it must not change any position."""
    insidertape("dlq", "replay", "--all", "--data", data)
    positions = insidertape("positions", "--format", "jsonl", "--data", data).stdout
    insidertape("run", "--once", "--data", data)
    assert insidertape("positions", "--format", "jsonl", "--data", data).stdout == positions


def test_all_dead_letters_can_be_replayed(data: Path) -> None:
    """If there are none, the command says so."""
    assert insidertape("dlq", "replay", "--all", "--data", data).stdout.startswith("1 replayed.")
    empty = data.parent / "empty"
    empty.mkdir()
    insidertape("run", "--once", "--source", empty, "--data", data.parent / "none")
    assert (
        insidertape("dlq", "replay", "--all", "--data", data.parent / "none").stdout == "There is nothing to replay.\n"
    )


def test_a_replayed_dead_letter_is_replayed_again_only_with_again(data: Path) -> None:
    """Once is a repair, twice a mistake. A replayed dead letter is not listed until it fails again."""
    (letter_id,) = listed(data)
    insidertape("dlq", "replay", letter_id, "--data", data)
    refused = insidertape("dlq", "replay", letter_id, "--data", data)
    assert refused.returncode == 78
    assert f"already_replayed: {letter_id} was replayed at 20" in refused.stderr
    assert "--again replays it again" in refused.stderr
    assert insidertape("dlq", "replay", "--all", "--data", data).stdout == "There is nothing to replay.\n"
    assert insidertape("dlq", "replay", "--all", "--again", "--data", data).stdout.startswith("1 replayed.")


def test_a_fragment_is_parsed_after_its_issuer_is_given(data: Path) -> None:
    """`show` names the missing fact and how to supply it.

    The facts travel as hints, and holdings makes alerts of them.
    """
    (letter_id,) = listed(data)
    show = insidertape("dlq", "show", letter_id, "--data", data)
    assert f"{TYPED} dlq replay {letter_id} --issuer-cik CIK --issuer-name NAME --data {data}" in show.stderr
    facts = ("--issuer-cik", "1318605", "--issuer-name", "Tesla,  Inc.", "--ticker", "TSLA", "--form", "form 4")
    replayed = insidertape("dlq", "replay", letter_id, *facts, "--data", data)
    assert replayed.stdout.startswith("1 replayed."), replayed.stderr
    run = insidertape("run", "--once", "--data", data)
    assert "1 filing parsed" in run.stdout, run.stderr
    alerts = insidertape("alerts", "--ticker", "TSLA", "--format", "jsonl", "--data", data).stdout.splitlines()
    assert alerts
    issuers = [json.loads(line)["issuer"] for line in alerts]
    assert {(each["cik"], each["name"]) for each in issuers} == {("0001318605", "Tesla, Inc.")}


def test_facts_for_several_dead_letters_are_refused(data: Path) -> None:
    """Two filings do not have the same issuer by chance."""
    refused = insidertape("dlq", "replay", "parser/0/0", "parser/0/1", "--form", "4", "--data", data)
    assert (refused.returncode, "give exactly one ID" in refused.stderr) == (2, True)


def test_the_listing_is_filtered_and_machine_readable(bad: Path) -> None:
    """Counts by code go to standard error; standard output contains only the dead letters."""
    words = ("--code", "entity_declaration", "--code", "empty", "--service", "parser", "--since", "2020-01-01")
    lines = insidertape("dlq", "list", "--format", "jsonl", "--limit", "1", *words, "--data", bad)
    assert [json.loads(line)["service"] for line in lines.stdout.splitlines()] == ["parser"]
    assert lines.stderr == "The newest 1 of 3 dead letters: entity_declaration 2, empty 1.\n"


def test_a_dead_letter_given_twice_is_replayed_once(data: Path) -> None:
    """The number of replays is the number of different ids."""
    (letter_id,) = listed(data)
    assert insidertape("dlq", "replay", letter_id, letter_id, "--data", data).stdout.startswith("1 replayed.")


def test_invalid_ids_are_refused(data: Path) -> None:
    """The error says where to find valid ids. Ids together with --all, or neither, are a usage error."""
    for command in (["show", "parser/9/9"], ["replay", "parser/9/9"]):
        refused = insidertape("dlq", *command, "--data", data)
        assert refused.returncode == 78
        assert (
            f"no_such_letter: there is no dead letter parser/9/9; see `{TYPED} dlq list --data {data}`"
            in refused.stderr
        )
    for words in (["replay"], ["replay", "--all", "parser/9/9"]):
        assert insidertape("dlq", *words, "--data", data).returncode == 2
