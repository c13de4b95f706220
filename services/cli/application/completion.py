"""Tab completion: typer's own, bound to the name `insidertape`, with help texts left unwrapped."""

from collections.abc import Callable
from typing import Any, Final

from typer import _completion_classes

VARIABLE: Final = "_INSIDERTAPE_COMPLETE"
"""Environment variable through which a shell's script requests completions."""

_OPTIONS: Final = frozenset({"install_completion", "show_completion"})
_TITLE: Final = "Tab completion (bash, zsh, fish, PowerShell)"


def prepare_completion(command: Any, name: str) -> None:
    """Give the completion options their own help section, and make the scripts they print complete `name`."""
    for param in command.params:
        if param.name in _OPTIONS:
            param.callback = _named(param.callback, name)
            param.rich_help_panel = _TITLE
    # Typer wraps long help as for a terminal; fish then treats the second line as another completion.
    _completion_classes._sanitize_help_text = _unwrapped_help  # noqa: SLF001


def _unwrapped_help(text: str) -> str:
    return text


def _named(callback: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return the callback wrapped so that it uses `name` as the program's name, however it was called."""

    def named(ctx: Any, param: Any, value: Any) -> Any:
        if value:
            ctx.find_root().info_name = name
        return callback(ctx, param, value)

    return named
