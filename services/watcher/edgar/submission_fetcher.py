"""Fetch a submission, verify it, and turn it into a filing or a dead letter: one step for live and backfill."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.codes import ErrorCode
from contracts.envelope import Delivery
from contracts.errors import InsidertapeError, InvalidFiling, PermanentError, TransientError
from contracts.filing_published import FilingPublished
from services.runtime.backoff import RetryPolicy
from services.runtime.clock import Clock
from services.runtime.port import Output
from services.watcher.edgar import retry_policies
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.responses import NotThere
from services.watcher.edgar.submission import (
    SOURCE,
    Origin,
    dead_letter,
    filing_from_submission,
    is_truncated,
    refusal_facts,
    verify_accession_number,
)
from services.watcher.publication import MOST_READ, filing_output


class TruncatedSubmission(TransientError):
    """The submission lacks its end mark: it was cut off on its way, or was filed without one."""


@dataclass(frozen=True, slots=True)
class FetchedSubmission:
    """The record to write for a submission. `filing` is None if that record is a dead letter.

    `facts` are the fields of its log line.
    """

    origin: Origin
    output: Output
    filing: FilingPublished | None
    facts: Mapping[str, object]

    @property
    def is_dead_letter(self) -> bool:
        """Whether the submission cannot be published."""
        return self.filing is None


class SubmissionFetcher:
    """Fetches submissions. `request_policy` says how often a single request is repeated."""

    def __init__(
        self,
        client: EdgarClient,
        clock: Clock,
        *,
        delivery: Delivery,
        request_policy: RetryPolicy = retry_policies.REQUEST,
    ) -> None:
        self._client = client
        self._clock = clock
        self._delivery = delivery
        self._request_policy = request_policy

    async def fetch(
        self, origin: Origin, paths: Iterable[str], *, accept_truncated: bool
    ) -> FetchedSubmission | TransientError:
        """Return the submission from the first of the paths that has it, or the error if it is unavailable now."""
        try:
            content = await self._download(origin, paths, accept_truncated=accept_truncated)
        except TransientError as error:
            return error
        except PermanentError as error:
            return self.dead_letter(origin, error)
        return self.convert(origin, content)

    def convert(self, origin: Origin, content: bytes) -> FetchedSubmission | TransientError:
        """Return the submission, or the error if the bytes are those of another one.

        An unexpected exception makes a dead letter: otherwise the same submission would end every run.
        """
        try:
            filing = filing_from_submission(content, origin, observed_at=self._clock.now())
            output = filing_output(filing, source=SOURCE, delivery=self._delivery)
        except TransientError as error:
            return error
        except PermanentError as error:
            return self.dead_letter(origin, error, content)
        except (InsidertapeError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - any defect of ours
            message = f"a defect in the watcher, please report it: {type(error).__name__}: {error}"
            return self.dead_letter(origin, InvalidFiling(ErrorCode.WATCHER_DEFECT, message), content)
        return FetchedSubmission(origin, output, filing, origin.facts)

    def dead_letter(self, origin: Origin, error: PermanentError, content: bytes = b"") -> FetchedSubmission:
        """Return the dead letter of a submission."""
        output = dead_letter(origin, error, observed_at=self._clock.now(), content=content)
        return FetchedSubmission(origin, output, None, refusal_facts(origin, error))

    async def _download(self, origin: Origin, paths: Iterable[str], *, accept_truncated: bool) -> bytes:
        def verify(content: bytes) -> bytes:
            verify_accession_number(content, origin)
            if not accept_truncated and is_truncated(content):
                raise TruncatedSubmission(ErrorCode.NO_END, "the submission lacks its end mark")
            return content

        reason = "no address is known"
        for path in paths:
            try:
                return await self._client.get(path, verify, most=MOST_READ, policy=self._request_policy)
            except NotThere as error:
                reason = error.message
        raise NotThere(ErrorCode.NOT_THERE, f"EDGAR lists {origin.accession_number} but does not have it: {reason}")
