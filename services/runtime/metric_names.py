"""Every metric that insidertape exposes: name, type, unit, labels and meaning. Nothing is registered elsewhere.

`deploy/METRICS.md` is generated from this table (`make schemas`), and a test holds the two equal.
"""

from dataclasses import dataclass
from typing import Final, Literal

_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3_600.0)

MOST_CODES: Final = 100
"""The most distinct values of a `code` label in one process; further codes are counted as `other`."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, as a scrape shows it. `only` names the services that have values for it, if not all do."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    unit: str
    meaning: str
    labels: tuple[str, ...] = ("service",)
    buckets: tuple[float, ...] = ()
    only: str = ""


BUILD_INFO: Final = Metric(
    "insidertape_build_info",
    "gauge",
    "always 1",
    "Version of insidertape and of Python, and the engine that runs the services.",
    labels=("version", "python", "engine"),
)
RECORDS: Final = Metric(
    "insidertape_records_total",
    "counter",
    "records",
    "Input records whose results are committed, dead letters included.",
    only="parser, holdings",
)
OUTPUTS: Final = Metric(
    "insidertape_outputs_total",
    "counter",
    "records",
    "Records written and committed: events, state, cursor entries and dead letters.",
)
DEAD_LETTERS: Final = Metric(
    "insidertape_dead_letters_total",
    "counter",
    "records",
    "Dead letters committed, by the code of the error.",
    labels=("service", "code"),
)
DIAGNOSTICS: Final = Metric(
    "insidertape_diagnostics_total",
    "counter",
    "diagnostics",
    "Diagnostics in committed events: values that could not be read exactly, by code.",
    labels=("service", "code"),
    only="parser",
)
PROCESS: Final = Metric(
    "insidertape_process_seconds",
    "histogram",
    "seconds",
    "Time to process the records of one batch, before any of it is written.",
    buckets=_FAST,
    only="parser, holdings",
)
BATCH: Final = Metric(
    "insidertape_batch_records",
    "histogram",
    "records",
    "Input records in one committed batch.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000),
    only="parser, holdings",
)
TRANSACTION: Final = Metric(
    "insidertape_transaction_seconds",
    "histogram",
    "seconds",
    "Time from the beginning of a transaction to its commit.",
    buckets=_FAST,
)
TRANSACTIONS: Final = Metric(
    "insidertape_transactions_total",
    "counter",
    "transactions",
    "Transactions by outcome: committed, failed (nothing is committed, or it is settled by the next opening) or void "
    "(another member had committed first).",
    labels=("service", "outcome"),
)
LAG: Final = Metric(
    "insidertape_consumer_lag_records",
    "gauge",
    "records",
    "Committed input records that are not processed yet, without commit markers. Exact on the embedded engine. On "
    "Kafka, 0 is exact and so is what has been fetched; what has not been fetched is the offsets up to the last "
    "stable offset times the share of offsets that were records so far. Measured every 5 seconds on Kafka.",
    labels=("service", "partition"),
    only="parser, holdings",
)
ASSIGNED: Final = Metric(
    "insidertape_assigned_partitions",
    "gauge",
    "partitions",
    "Partitions that the group has given to this process. A standby member has 0.",
    only="parser, holdings",
)
REBALANCES: Final = Metric(
    "insidertape_rebalances_total",
    "counter",
    "assignments",
    "Times that the group gave this process its partitions, the first time included.",
    only="parser, holdings",
)
RESTORE: Final = Metric(
    "insidertape_restore_seconds",
    "histogram",
    "seconds",
    "Time to open a partition: fence the previous owner, read the offset and restore the state.",
    buckets=_SLOW,
    only="parser, holdings",
)
RESTORED: Final = Metric(
    "insidertape_restored_keys",
    "gauge",
    "keys",
    "Keys of the state (books, for holdings) when the partition was last opened; 0 for a service without state.",
    labels=("service", "partition"),
    only="parser, holdings",
)
EVENT_AGE: Final = Metric(
    "insidertape_event_age_seconds",
    "histogram",
    "seconds",
    "Age of the oldest input record of a batch at its commit, from the time that the record was written to its topic.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3_600.0, 86_400.0),
    only="parser, holdings",
)
HEARTBEAT: Final = Metric(
    "insidertape_poll_heartbeat_timestamp_seconds",
    "gauge",
    "Unix time in seconds",
    "When the service last asked for input: a poll of its topic, or a look at its source.",
)
LAST_SUCCESS: Final = Metric(
    "insidertape_watcher_last_success_timestamp_seconds",
    "gauge",
    "Unix time in seconds",
    "When EDGAR's feed or the directories were last looked at from beginning to end without a failure; for a backfill, "
    "when it last published.",
    labels=("source",),
    only="watcher",
)
EDGAR_REQUESTS: Final = Metric(
    "insidertape_edgar_requests_total",
    "counter",
    "requests",
    "Requests to EDGAR, retries and redirects included.",
    labels=(),
    only="watcher on EDGAR, backfill",
)
EDGAR_THROTTLES: Final = Metric(
    "insidertape_edgar_throttles_total",
    "counter",
    "requests",
    "Requests that EDGAR throttled (403 or 429).",
    labels=(),
    only="watcher on EDGAR, backfill",
)
EDGAR_SEEN: Final = Metric(
    "insidertape_edgar_seen_total",
    "counter",
    "filings",
    "Section 16 filings shown by EDGAR's feed and indexes; a filing counts each time that it is shown.",
    labels=(),
    only="watcher on EDGAR",
)
EDGAR_NEW: Final = Metric(
    "insidertape_edgar_new_total",
    "counter",
    "filings",
    "Filings that were seen for the first time.",
    labels=(),
    only="watcher on EDGAR",
)
EDGAR_PUBLISHED: Final = Metric(
    "insidertape_edgar_published_total",
    "counter",
    "filings",
    "Filings published, by where they were seen first: edgar-current (the feed) or edgar-index (a daily index).",
    labels=("source",),
    only="watcher on EDGAR",
)
EDGAR_FAILED_POLLS: Final = Metric(
    "insidertape_edgar_failed_polls_total",
    "counter",
    "polls",
    "Polls of EDGAR's feed that failed.",
    labels=(),
    only="watcher on EDGAR",
)
EDGAR_WAITING: Final = Metric(
    "insidertape_edgar_waiting_filings",
    "gauge",
    "filings",
    "Filings that were seen and are not published yet.",
    labels=(),
    only="watcher on EDGAR",
)
EDGAR_BEHIND: Final = Metric(
    "insidertape_edgar_behind_seconds",
    "histogram",
    "seconds",
    "Time from EDGAR's acceptance of a filing that the feed showed to its publication.",
    labels=(),
    buckets=(5, 10, 15, 20, 30, 45, 60, 120, 300, 900, 3_600, 86_400),
    only="watcher on EDGAR",
)
STREAM_CLIENTS: Final = Metric(
    "insidertape_gateway_stream_clients",
    "gauge",
    "clients",
    "Connected live streams.",
    labels=(),
    only="gateway",
)
STREAM_EVENTS: Final = Metric(
    "insidertape_gateway_stream_alerts_total",
    "counter",
    "alerts",
    "Alerts that the live stream has taken from the read model, whether or not a client wanted them.",
    labels=(),
    only="gateway",
)
HTTP_REQUESTS: Final = Metric(
    "insidertape_gateway_requests_total",
    "counter",
    "responses",
    "Responses of the gateway that have begun, by status; a stream counts once.",
    labels=("status",),
    only="gateway",
)
HTTP_SECONDS: Final = Metric(
    "insidertape_gateway_request_seconds",
    "histogram",
    "seconds",
    "Time until the response to a request began.",
    labels=(),
    buckets=_FAST,
    only="gateway",
)

WEBHOOK_ATTEMPTS: Final = Metric(
    "insidertape_webhook_attempts_total",
    "counter",
    "attempts",
    "Attempts to deliver an alert, by outcome: delivered, retried (another attempt follows), failed (it was the last), "
    "dropped (the subscription was removed meanwhile) or interrupted (the database failed; another attempt follows).",
    labels=("outcome",),
    only="gateway",
)
WEBHOOK_DELAY: Final = Metric(
    "insidertape_webhook_delay_seconds",
    "histogram",
    "seconds",
    "Time from the planning of a delivery to its success.",
    labels=(),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 60, 600, 3_600, 86_400),
    only="gateway",
)
WEBHOOK_PENDING: Final = Metric(
    "insidertape_webhook_pending_deliveries",
    "gauge",
    "deliveries",
    "Deliveries that are planned and not settled, by the state of their subscription: active, paused or disabled.",
    labels=("state",),
    only="gateway",
)
WEBHOOK_SUBSCRIPTIONS: Final = Metric(
    "insidertape_webhook_subscriptions",
    "gauge",
    "subscriptions",
    "Subscriptions by state: active, paused, or disabled after failures.",
    labels=("state",),
    only="gateway",
)

METRICS: Final[tuple[Metric, ...]] = (
    BUILD_INFO, RECORDS, OUTPUTS, DEAD_LETTERS, DIAGNOSTICS, PROCESS, BATCH, TRANSACTION, TRANSACTIONS, LAG, ASSIGNED,
    REBALANCES, RESTORE, RESTORED, EVENT_AGE, HEARTBEAT, LAST_SUCCESS, EDGAR_REQUESTS, EDGAR_THROTTLES, EDGAR_SEEN,
    EDGAR_NEW, EDGAR_PUBLISHED, EDGAR_FAILED_POLLS, EDGAR_WAITING, EDGAR_BEHIND, STREAM_CLIENTS, STREAM_EVENTS,
    HTTP_REQUESTS, HTTP_SECONDS, WEBHOOK_ATTEMPTS, WEBHOOK_DELAY, WEBHOOK_PENDING, WEBHOOK_SUBSCRIPTIONS,
)  # fmt: skip
