"""The language of the project is plain, modern, technical English, as far as that can be checked mechanically.

Checked are docstrings, comments and string literals of Python files, the pages' templates, and Markdown. Quoted code is
skipped.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

REPOSITORY: Final = Path(__file__).parents[2]

_UNITS: Final = "alert|batch|book|day|filing|issuer|line|owner|partition|process|record|second|service|topic"
FORBIDDEN: Final = {
    r"\bNone where\b": 'a condition is "if": "None if …"',
    r"\bwhere (there (is|are|was|were)|it is (not|no)|none|no one|nothing|unset|needed|asked|possible)\b": (
        'a condition is "if" or "when"; "where" is for places'
    ),
    r"(?<!there )(?<!There )\bis no (?!(longer|more|less|later|earlier|matter|way|need|reason|such)\b)\w+": (
        '"is not a …"'
    ),
    r"\btold\b": '"reported", "given", "distinguished"',
    r"\btells? of\b": '"reports", "indicates"',
    r"\banew\b": '"again", "recreated"',
    rf"\b(one|two|three|once|each) an? ({_UNITS})\b": '"one per filing"',
    rf"\b(bytes|filings|records|reports|requests) an? ({_UNITS}|pair)\b": '"requests per second"',
    r"\bof (its|their|his|her|our|your) own\b": '"its own …" before the noun',
    r"(?:^|[.:;] )What (?!is this\b|to do\b)(an?|the|is|are|was|it|they|this|that|comes?|stands?|can|cannot|has|had)\b"
    r"[^?]*?(\.|$)": 'name the subject: "Pending filings …", not "What is owed …"',
    r"(?:^|[.;] )Else\b": '"Otherwise"',
    r"\b(hitherto|thereof|whereof|wherein|herein|heeds?|heeded|befalls?|befallen|befell|lest|unto|nought)\b": "archaic",
    r"\b(as it likes|whosoever|whomever)\b": "archaic",
    r"\bfor ever\b": '"forever", "without end"',
    r"\bno second time\b": '"not again"',
    r"\b(passes over|(is|are|was|were|be) passed over)\b": '"skips", "ignores"',
    r"\b(could|can|cannot|to) be had\b": '"is available"',
    r"\bhad better\b": '"should"',
    r"\bwants to (be told|know whom)\b": '"requires"',
}
"""A pattern of archaic, compressed or riddling English, and what to write instead."""
_FORBIDDEN: Final = {re.compile(pattern): instead for pattern, instead in FORBIDDEN.items()}
_QUOTED_CODE: Final = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_COMMENT: Final = re.compile(r"(?:^|\s)#[: ] ?(.*)$")

NOT_A_VERB: Final = frozenset(
    """
    a about after all an and another any as at because before both by each either every everything for from how if
    in it its like many more most much neither never no none nothing of on once one only or our several six so some
    such that the their them there these they this those three to twice two until what whatever when where whether
    which while who whoever whom whose why with without
    """.split()  # noqa: SIM905 - a list of words reads best as a line
)
"""Articles, pronouns, numerals, adverbs, conjunctions and prepositions."""

VERBS_IN_S: Final = frozenset({"access", "address", "compress", "discuss", "express", "guess", "pass", "process"})
VERBS_IN_ED_OR_ING: Final = frozenset({"bring", "embed", "exceed", "feed", "need", "proceed", "seed", "spring"})


class Fault(NamedTuple):
    """A line, what is wrong there, and what to write instead."""

    line: int
    found: str
    instead: str


def committed(*patterns: str) -> list[Path]:
    """Return the files that git knows or would take, except this one, which quotes what it forbids."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (REPOSITORY / name for name in sorted(set(listed.stdout.splitlines())))
    return [path for path in paths if path.exists() and path != Path(__file__)]


def forbidden_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield each forbidden phrase in a text, and what to write instead."""
    plain = " ".join(_QUOTED_CODE.sub("`code`", text).split())
    for pattern, instead in _FORBIDDEN.items():
        for found in pattern.finditer(plain):
            yield found[0][:60], instead


def comments_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield the first line and the text of each comment; comments on consecutive lines are one text.

    A `#` within a string counts as a comment too: strings are checked in any case.
    """
    start, text = 0, ""
    for number, line in enumerate([*source.splitlines(), ""], 1):
        comment = _COMMENT.search(line)
        if comment and text and line.lstrip().startswith("#"):
            text += " " + comment[1]
            continue
        if text:
            yield start, text
        start, text = number, comment[1] if comment else ""


def faults_of(source: str) -> Iterator[Fault]:
    """Yield the faults of a Python file.

    These are forbidden phrases, and docstrings of functions that do not begin with a verb. Exempt from the latter are
    properties, which say what they are, tests, which say why a behavior matters, and the help text of the whole command
    line, which says what the program is.
    """
    for line, text in comments_of(source):
        yield from (Fault(line, *phrase) for phrase in forbidden_in(text))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield from (Fault(node.lineno, *phrase) for phrase in forbidden_in(node.value))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("test_"):
            docstring = ast.get_docstring(node)
            if docstring and not begins_with_verb(docstring) and not _is_exempt(node):
                yield Fault(node.lineno, f"docstring that begins with {docstring.split(maxsplit=1)[0]}", "a verb")


def _is_exempt(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
    return any("property" in each or each.endswith("callback()") for each in decorators)


def begins_with_verb(docstring: str) -> bool:
    """Return whether the first word may be a verb in the imperative: no function word, no plural, no participle."""
    word = docstring.split(maxsplit=1)[0].rstrip(".,:;")
    lower = word.lower()
    return (
        word.isalpha()
        and word[0].isupper()
        and not word.isupper()
        and lower not in NOT_A_VERB
        and (not lower.endswith("s") or lower in VERBS_IN_S)
        and (not lower.endswith(("ed", "ing")) or lower in VERBS_IN_ED_OR_ING)
    )


@pytest.mark.parametrize("part", ["contracts", "deploy", "services", "tests"])
def test_code_has_no_forbidden_phrase_and_functions_begin_with_a_verb(part: str) -> None:
    """A newcomer should stumble over no sentence."""
    found = [
        f"{path.relative_to(REPOSITORY)}:{fault.line}: {fault.found!r}; write {fault.instead}"
        for path in committed(f"{part}/*.py")
        for fault in faults_of(path.read_text("utf-8"))
    ]
    assert found == [], "\n".join([f"{len(found)} violations", *found])


def test_pages_have_no_forbidden_phrase() -> None:
    """The same holds for what is read in a browser."""
    found = [
        f"{path.relative_to(REPOSITORY)}: {phrase!r}; write {instead}"
        for path in committed("*.md", "services/*.html")
        for phrase, instead in forbidden_in(path.read_text("utf-8"))
    ]
    assert found == [], "\n".join([f"{len(found)} violations", *found])


@pytest.mark.parametrize(
    "text",
    [
        "None where there is none.",
        "a record without a value is no FilingPublished",
        "the owner is told of it",
        "built anew",
        "one a filing, two an owner",
        "5 requests a second",
        "a process of its own",
        "What is owed stays in the ledger.",
        "Skipped where unset",
        "Else it is lost.",
        "records that are passed over",
    ],
)
def test_forbidden_phrase_is_found(text: str) -> None:
    """A pattern that matches nothing would check nothing."""
    assert list(forbidden_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "None if there is no header.",
        "It is no longer needed.",
        "The directory where the file is.",
        "What is this?",
        "Write `is no filing` in backticks.",
        "one per filing, at most 5 requests per second",
        "It has a second owner.",
    ],
)
def test_plain_sentence_is_accepted(text: str) -> None:
    """A check that rejects good sentences would be switched off."""
    assert list(forbidden_in(text)) == []


def test_first_words_of_docstrings() -> None:
    """Verbs in the imperative pass; articles, question words, third persons and participles do not."""
    assert all(map(begins_with_verb, ("Return it.", "Process one.", "Read: all.", "Bring it.", "Feed it.")))
    refused = ("The file.", "Returns it.", "What it is.", "Logging.", "Closed.", "`x` is.", "CIK of it.", "All of it.")
    assert not any(map(begins_with_verb, refused))


def test_faults_are_found_in_comments_strings_and_docstrings() -> None:
    """Also in a phrase that continues on the next line of a comment."""
    source = 'def f():\n    """The value."""\n    # None\n    # where unset\n    return "built anew"  # told\n'
    assert sorted(fault.line for fault in faults_of(source)) == [1, 3, 3, 5, 5]
