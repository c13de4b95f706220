"""The options that commands share."""

from services.cli.options.common_options import examples


def test_examples_name_the_command() -> None:
    """They can be copied from the help."""
    assert examples("parse a.xml", "positions") == "Examples:\n  insidertape parse a.xml\n  insidertape positions"
