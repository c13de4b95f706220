"""`insidertape explain`: the meaning and remedy of a code."""

import pytest

from contracts.codes import DiagnosticCode, ErrorCode, all_codes
from tests.unit.cli.command import TYPED, insidertape
from tests.unit.cli.test_completion import completed


@pytest.mark.parametrize("code", [ErrorCode.NO_ISSUER, DiagnosticCode.TRUNCATED])
def test_code_is_explained_with_its_class_and_remedy(code: ErrorCode | DiagnosticCode) -> None:
    """The command prints the same as the page of codes."""
    done = insidertape("explain", code.value)
    words = " ".join(done.stdout.split())
    assert (done.returncode, done.stderr) == (0, "")
    remedy = code.remedy.replace("`insidertape", f"`{TYPED}")
    for text in (code.value, code.kind.value, code.meaning, remedy):
        assert text in words


def test_code_is_found_in_any_case() -> None:
    """People copy a code with the characters around it."""
    assert insidertape("explain", " No_Issuer ").stdout == insidertape("explain", "no_issuer").stdout


def test_misspelled_code_names_the_near_ones() -> None:
    """The exit status is that of a wrong option."""
    done = insidertape("explain", "no_isuer")
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith("insidertape: no_such_code: there is no code 'no_isuer'; did you mean no_issuer")


def test_part_of_a_code_names_those_that_contain_it() -> None:
    """A user may remember only `certificate` of `kafka_certificate_name`."""
    assert "kafka_certificate_name" in insidertape("explain", "certificate").stderr


def test_unknown_code_without_similar_ones_points_to_the_list() -> None:
    """A guess would mislead."""
    assert f"`{TYPED} explain` lists all codes" in insidertape("explain", "qqqqqqqq").stderr


def test_without_a_code_all_are_listed() -> None:
    """Each is listed once, with its meaning."""
    done = insidertape("explain")
    listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert done.returncode == 0
    assert sorted(listed) == sorted(code.value for code in all_codes())


def test_codes_complete_with_their_meaning() -> None:
    """Transaction codes do the same."""
    assert completed("insidertape explain no_iss") == ["no_issuer"]
    assert completed("insidertape explain no_iss", "fish") == [f"no_issuer\t{ErrorCode.NO_ISSUER.meaning}"]
