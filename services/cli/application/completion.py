"""Tab completion: typer's own, of the command by its name, with help that needs no terminal to be laid out."""

from collections.abc import Callable
from typing import Any, Final

from typer import _completion_classes

VARIABLE: Final = "_INSIDERTAPE_COMPLETE"
"""The variable in which a shell's script asks for completions."""

_OPTIONS: Final = frozenset({"install_completion", "show_completion"})
_TITLE: Final = "Tab completion (bash, zsh, fish, PowerShell)"


def prepare_completion(command: Any, name: str) -> None:
    """Give the root command's options for completion their own section, and have their scripts complete `name`."""
    for param in command.params:
        if param.name in _OPTIONS:
            param.callback = _named(param.callback, name)
            param.rich_help_panel = _TITLE
    # Typer's wraps a long help as for a terminal, and fish takes its second line for one more completion.
    _completion_classes._sanitize_help_text = _unwrapped_help  # noqa: SLF001


def _unwrapped_help(text: str) -> str:
    return text


def _named(callback: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return the callback such that it takes `name` for the program's, however that was called."""

    def named(ctx: Any, param: Any, value: Any) -> Any:
        if value:
            ctx.find_root().info_name = name
        return callback(ctx, param, value)

    return named
