"""Facts missing from a filing, supplied by hand when its dead letter is replayed; they are passed on as hints."""

from dataclasses import dataclass, replace

from contracts.codec import decode, encode
from contracts.codes import ErrorCode
from contracts.enumerations import FormType
from contracts.errors import InvalidEvent, Misconfigured
from contracts.filing_published import FilingPublished, PartyHint
from contracts.topics import FILINGS
from services.runtime.port import Output


@dataclass(frozen=True, slots=True)
class GivenFacts:
    """Facts supplied by the operator. The document takes precedence if it disagrees."""

    issuer_cik: str | None = None
    issuer_name: str | None = None
    ticker: str | None = None
    form_type: FormType | None = None

    def __bool__(self) -> bool:
        return self != GivenFacts()

    def added_to(self, original: Output, letter_id: str) -> Output:
        """Return the record of a filing with these facts replacing the source's hints.

        Raises:
            Misconfigured: the dead letter is not a filing.
            OversizedRecord: with the facts, the record is too large for the topic.
        """
        if original.topic is not FILINGS:
            raise Misconfigured(
                ErrorCode.NO_FILING,
                f"{letter_id} came from {original.topic.name}: "
                "facts can be added only to filings that the parser could not read",
            )
        try:
            filing = decode(original.value, FilingPublished)
        except InvalidEvent as error:
            raise Misconfigured(ErrorCode.NO_FILING, f"{letter_id} cannot take facts: {error.message}") from None
        given = {"cik": self.issuer_cik, "name": self.issuer_name, "trading_symbol": self.ticker}
        known = {name: value for name, value in given.items() if value is not None}
        issuer = (filing.hints.issuer or PartyHint()).model_copy(update=known) if known else filing.hints.issuer
        completed = filing.model_copy(
            update={
                "form_type": self.form_type or filing.form_type,
                "hints": filing.hints.model_copy(update={"issuer": issuer}),
            }
        )
        output = replace(original, value=encode(completed))
        output.check_size()
        return output
