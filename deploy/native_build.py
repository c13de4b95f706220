"""Build hook: compiles the native reader (`services/parser/native`) if cargo is available.

`INSIDERTAPE_NATIVE=1` fails without it, and `0` never compiles. With `auto`, the default, only the Python reader is
installed if the native one cannot be compiled. An editable install has the library beside the sources, a wheel within.
`INSIDERTAPE_NATIVE_PLATFORM` cross-compiles for an old C library: the tag of the wheel, as in `manylinux_2_17_x86_64`.
"""

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any, Final

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CRATE: Final = Path("services/parser/native")
LIBRARY: Final = Path("services/parser/_native.abi3.so")
_MANYLINUX: Final = re.compile(r"manylinux_(\d+)_(\d+)_(\w+)")
_SECONDS: Final = 900


class NativeBuildHook(BuildHookInterface[BuilderConfig]):
    """Adds the compiled reader to an editable install or to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the reader and add it, as `INSIDERTAPE_NATIVE` demands.

        Raises:
            RuntimeError: it is demanded, and cannot be compiled.
        """
        root = Path(self.root)
        platform = os.environ.get("INSIDERTAPE_NATIVE_PLATFORM", "")
        demand = os.environ.get("INSIDERTAPE_NATIVE", "auto")
        compiled, reason = (None, "INSIDERTAPE_NATIVE is 0") if demand == "0" else _compile(root / CRATE, platform)
        if compiled is None and demand == "1":
            raise RuntimeError(f"the native reader cannot be compiled: {reason}")
        self.app.display_info(f"native reader: {compiled or f'not compiled ({reason}); XML is read by Python'}")
        if version == "editable":
            _place(compiled, root / LIBRARY)
        elif compiled is not None:
            build_data["force_include"][str(compiled)] = str(LIBRARY)
            build_data["pure_python"] = False
            build_data["tag"] = f"cp311-abi3-{platform or re.sub('[-.]', '_', sysconfig.get_platform())}"


def _compile(crate: Path, platform: str) -> tuple[Path | None, str]:
    """Return the compiled library; None and the reason if it cannot be compiled."""
    cargo = shutil.which("cargo")
    if cargo is None or not (crate / "Cargo.toml").exists():
        return None, "cargo is not installed"
    arguments, folder = _cross(platform)
    # The stable ABI needs no interpreter: a library compiled for one environment is not compiled again for the next.
    environment = {
        "CARGO_NET_RETRY": "1",
        "CARGO_HTTP_TIMEOUT": "20",
        "PYO3_NO_PYTHON": "1",
        "PYO3_BUILD_EXTENSION_MODULE": "1",
    } | os.environ
    command = [cargo, *arguments, "--release", "--locked", "--quiet", "--target-dir", "target"]
    try:
        built = subprocess.run(
            command, cwd=crate, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, str(error)
    if built.returncode != 0:
        return None, f"cargo failed: {built.stderr.strip()[-2000:]}"
    (library,) = [path for path in (crate / "target" / folder).glob("*_native.*") if path.suffix in (".so", ".dylib")]
    return library, ""


def _cross(platform: str) -> tuple[list[str], str]:
    """Return cargo's command for a platform and the folder of its output; those of this machine if it is empty."""
    if not platform:
        return ["build"], "release"
    named = _MANYLINUX.fullmatch(platform)
    if named is None:
        raise RuntimeError(f"INSIDERTAPE_NATIVE_PLATFORM is {platform}; expected one such as manylinux_2_17_x86_64")
    major, minor, machine = named.groups()
    target = f"{machine}-unknown-linux-gnu"
    return ["zigbuild", "--target", f"{target}.{major}.{minor}"], f"{target}/release"


def _place(compiled: Path | None, library: Path) -> None:
    """Replace the library beside the sources at once, for processes may be loading it; remove it if there is none."""
    if compiled is None:
        library.unlink(missing_ok=True)
        return
    beside = library.with_suffix(".new")
    shutil.copyfile(compiled, beside)
    beside.replace(library)
