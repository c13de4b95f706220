"""Facts that a filing lacks, from options or from a sidecar: a file `NAME.hints.json` beside a filing `NAME`."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, ConfigDict, ValidationError

from contracts.base import Cik, Contract, Text
from contracts.codes import ErrorCode
from contracts.enumerations import FormType
from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from services.section16.identity import cik_of

_SUFFIX: Final = ".hints.json"


class Sidecar(Contract):
    """The content of a sidecar: the options of `insidertape parse`, with underscores."""

    model_config = ConfigDict(extra="forbid")

    issuer_cik: Annotated[Cik | None, BeforeValidator(lambda value: cik_of(str(value)) or value)] = None
    issuer_name: Text | None = None
    ticker: Text | None = None
    form: FormType | None = None


@dataclass(frozen=True, slots=True)
class FilingFacts:
    """Facts about one filing. If the document differs, the document wins."""

    hints: Hints = field(default_factory=Hints)
    form_type: FormType | None = None

    def with_sidecar(self, path: Path) -> "FilingFacts":
        """Return the facts completed by the sidecar of a file, if it has one. Facts that are known already stand.

        Raises:
            InvalidFiling: the sidecar does not have the fields of `Sidecar`.
            OSError: it cannot be read.
        """
        try:
            content = path.with_name(path.name + _SUFFIX).read_bytes()
        except FileNotFoundError:
            return self
        try:
            sidecar = Sidecar.model_validate_json(content)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise InvalidFiling(ErrorCode.INVALID_HINTS, f"{path.name}{_SUFFIX}: {wrong}") from None
        beside = PartyHint(cik=sidecar.issuer_cik, name=sidecar.issuer_name, trading_symbol=sidecar.ticker)
        issuer = self.hints.issuer or (beside if beside != PartyHint() else None)
        return FilingFacts(self.hints.model_copy(update={"issuer": issuer}), self.form_type or sidecar.form)


NO_FACTS: Final = FilingFacts()


def is_sidecar(name: str) -> bool:
    """Return whether a file is a sidecar, and not a filing.

    >>> is_sidecar("page.txt.hints.json")
    True
    """
    return name.endswith(_SUFFIX)
