"""Every code of an error or a diagnostic: what it means, what kind of problem it is, and what to do about it.

Errors and diagnostics take their codes from here and nowhere else. `contracts/CODES.md` and `insidertape explain` are
made from these tables. A published code keeps its meaning; a new meaning gets a new code.
"""

from enum import StrEnum
from typing import Self


class CodeClass(StrEnum):
    """What kind of problem a code reports."""

    INPUT = "input"
    REQUEST = "request"
    CONFIGURATION = "configuration"
    ENVIRONMENT = "environment"
    STATE = "state"
    DEFECT = "defect"
    DIAGNOSTIC = "diagnostic"


CLASS_MEANINGS = {
    CodeClass.INPUT: "A filing or record cannot be processed. It becomes a dead letter, and the service continues.",
    CodeClass.REQUEST: "A command was asked for something that does not exist, or that it must not do.",
    CodeClass.CONFIGURATION: "A setting, an option or the topics are not what the command needs.",
    CodeClass.ENVIRONMENT: "The network, the broker, EDGAR or the disk fails. Trying again may succeed.",
    CodeClass.STATE: "Stored data is damaged, or contradicts itself. The service stops before it builds on it.",
    CodeClass.DEFECT: "A fault of insidertape. Please report it.",
    CodeClass.DIAGNOSTIC: "A filing was read, but a value in it is null or uncertain. The event carries the raw text.",
}


class Code(StrEnum):
    """A code with its explanation. It is a string, and compares equal to the code on the wire."""

    kind: CodeClass
    meaning: str
    remedy: str

    def __new__(cls, value: str, kind: CodeClass, meaning: str, remedy: str) -> Self:
        """Make the member: the string is the code alone."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.kind, member.meaning, member.remedy = kind, meaning, remedy
        return member


_INPUT, _REQUEST, _CONFIG = CodeClass.INPUT, CodeClass.REQUEST, CodeClass.CONFIGURATION
_ENV, _STATE, _DEFECT, _FOUND = CodeClass.ENVIRONMENT, CodeClass.STATE, CodeClass.DEFECT, CodeClass.DIAGNOSTIC

_NOTHING = "Nothing: the filing is in the dead letters, as it came."
_REPORT = "Please report it with the filing. After an upgrade, `insidertape dlq replay` reads it again."
_RETRIED = "Nothing: the watcher tries again."
_CHECK = "Compare `raw` with the filing."
_REPAIR = "Stop holdings, then run `insidertape state verify` and `insidertape state repair`."
_STOP = "Stop every service and watcher, then start the command again."
_NETWORK = "Start the broker, or correct `--kafka` or `INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS`."
_TLS = "Correct `INSIDERTAPE_KAFKA_SECURITY_PROTOCOL`, or the port."

# One entry takes two lines; the formatter would make it six.
# fmt: off


class ErrorCode(Code):
    """The code of an error: in a dead letter's headers, in the log, and in the message that ends a command."""

    # The text of a filing
    EMPTY = ("empty", _INPUT, "The content has no text.", _NOTHING)
    BINARY = ("binary", _INPUT, "The content is binary: it has NUL characters or lone surrogates.", _NOTHING)
    UNDECODABLE = ("undecodable", _INPUT, "The bytes are neither UTF-8 nor UTF-16 nor Windows-1252.", _NOTHING)
    TOO_LARGE = ("too_large", _INPUT, "The text has more bytes, characters or lines than any filing.", _NOTHING)
    TOO_MUCH_MARKUP = ("too_much_markup", _INPUT,
        "The document has more tags, ampersands or table cells than any filing.", _NOTHING)
    TOO_DEEP = ("too_deep", _INPUT, "The page's tables are nested more deeply than any filing's.", _NOTHING)
    TOO_MANY_LINES = ("too_many_lines", _INPUT, "The filing has more table lines than any other.", _NOTHING)
    TOO_MANY_OWNERS = ("too_many_owners", _INPUT, "The filing has more reporting owners than any other.", _NOTHING)
    NOT_A_FILING = ("not_a_filing", _INPUT, "The content contains no words.", _NOTHING)
    NOT_SECTION_16 = ("not_section_16", _INPUT, "The document is not a Form 3, 4 or 5.", _NOTHING)
    NO_DOCUMENT = ("no_document", _INPUT, "The submission has a header, but no document.", _NOTHING)
    MALFORMED_XML = ("malformed_xml", _INPUT, "The XML is malformed, or breaks off.",
        "Publish the whole file again if it was cut off.")
    ENTITY_DECLARATION = ("entity_declaration", _INPUT,
        "The XML declares entities. They are never expanded, because they can be an attack.", _NOTHING)
    DOCUMENT_TYPE = ("document_type", _INPUT, "The XML has a DOCTYPE, whose definitions are never read.", _NOTHING)
    UNSUPPORTED_RENDERING = ("unsupported_rendering", _INPUT,
        "The text has the words of a form, but tables in a layout that the parser does not read.", _REPORT)
    NO_FORM_TYPE = ("no_form_type", _INPUT, "Nothing indicates which form the filing is.",
        "`insidertape dlq replay ID --form 4` adds the form type. So does a file NAME.hints.json beside the filing.")
    NO_ISSUER = ("no_issuer", _INPUT, "Nothing names the issuer.",
        "`insidertape dlq replay ID --issuer-cik CIK --issuer-name NAME` or a file NAME.hints.json adds it.")
    NO_OWNER = ("no_owner", _INPUT, "Nothing names a reporting owner, or one has neither CIK nor name.", _NOTHING)
    INVALID_HINTS = ("invalid_hints", _INPUT, "The file NAME.hints.json beside a filing cannot be read.",
        "Give it the fields issuer_cik, issuer_name, ticker and form, then change the filing's file or replay it.")
    PARSER_DEFECT = ("parser_defect", _DEFECT, "The parser failed on this filing.", _REPORT)

    # Records on topics
    NO_VALUE = ("no_value", _INPUT, "The record has no value; an event was expected.", "Find what produced it.")
    NOT_OF_CONTRACT = ("not_of_contract", _INPUT, "The record's value is not an event of its topic's contract.",
        "Find what produced it, or upgrade to a version that can read it.")
    UNREADABLE_RECORD = ("unreadable_record", _INPUT, "The record is damaged on the broker and cannot be read.",
        "Check the broker's disks; restore the topic from a replica or a backup.")
    WRONG_KEY = ("wrong_key", _INPUT, "The record's key is not its issuer's.", "Find what produced it.")
    WRONG_PARTITION = ("wrong_partition", _INPUT, "The record is in a partition that its key does not belong to.",
        "`insidertape dlq replay ID` puts it where it belongs. Use Kafka's default partitioner (murmur2).")
    NO_STATE = ("no_state", _INPUT, "A service that keeps no state was given a record of state.", "Please report it.")
    EVENT_TOO_LARGE = ("event_too_large", _INPUT, "A report is larger than the transactions topic takes.", _NOTHING)
    OVERSIZED_OUTPUT = ("oversized_output", _INPUT, "An event is larger than its topic takes.", _NOTHING)
    OVERSIZED_FILING = ("oversized_filing", _INPUT,
        "The filing is larger than the filings topic takes, even without its exhibits.",
        "Nothing: the dead letter has the path or URL of the filing.")

    # Requests
    NO_SUCH_LETTER = ("no_such_letter", _REQUEST, "No dead letter has this identifier.", "See `insidertape dlq list`.")
    NO_FILING = ("no_filing", _REQUEST, "The dead letter is not a filing, so it cannot be given facts.",
        "Replay it without `--issuer-cik`, `--issuer-name`, `--ticker` and `--form`.")
    NOTHING_TO_REPLAY = ("nothing_to_replay", _REQUEST, "The dead letter does not hold its original record.",
        "Publish the filing again from its source.")
    ALREADY_REPLAYED = ("already_replayed", _REQUEST, "The dead letter was replayed before.",
        "Give `--again` to replay it once more.")
    NOT_A_FILE = ("not_a_file", _REQUEST, "The path is a directory; a file was expected.", "Give the path of one file.")
    UNREADABLE_FILE = ("unreadable_file", _REQUEST, "A file cannot be read.", "Check its path and permissions.")
    UNKNOWN_TOPIC = ("unknown_topic", _REQUEST, "No topic has that name.", "The message lists the topics.")
    NO_SUCH_CODE = ("no_such_code", _REQUEST, "No error or diagnostic has that code.",
        "`insidertape explain` lists all codes.")
    SAME_NAMESPACE = ("same_namespace", _REQUEST, "A copy cannot go into the namespace that it is made from.",
        "Give another one with `--into`.")
    NAMESPACE_IN_USE = ("namespace_in_use", _REQUEST, "The namespace already has topics.",
        "Delete them if nobody needs them, or give another namespace with `--into`.")

    INVALID_FILTER = ("invalid_filter", _REQUEST, "A filter has a field or a value that does not exist.",
        "The message names the field, and the values that it takes.")

    # Subscriptions
    WRONG_SINK = ("wrong_sink", _REQUEST, "The address of a subscription is not a URL that webhooks may use.",
        "Give an `https://` URL without password or fragment; `http://localhost` if the gateway is on loopback alone.")
    ADDRESS_REFUSED = ("address_refused", _REQUEST,
        "The host of a webhook is at an address that is not public, which could reach what only the gateway can reach.",
        "Give a host with public addresses alone.")
    NO_SUCH_SUBSCRIPTION = ("no_such_subscription", _REQUEST, "No subscription has this identifier.",
        "See `insidertape subscriptions list`.")
    NO_SUCH_DELIVERY = ("no_such_delivery", _REQUEST, "The subscription has no delivery with this identifier.",
        "See `insidertape subscriptions deliveries`. Settled deliveries are kept for 30 days.")
    REPLAY_TOO_LARGE = ("replay_too_large", _REQUEST, "A replay would send more alerts than one request may.",
        "Choose a shorter range of days, and replay one after another.")
    TOO_MANY_SUBSCRIPTIONS = ("too_many_subscriptions", _REQUEST, "The gateway serves no more subscriptions.",
        "Remove one that nobody needs.")

    # Requests to the gateway
    NOT_FOUND = ("not_found", _REQUEST, "There is nothing at this address.", "See `/openapi.json` for the addresses.")
    WRONG_METHOD = ("wrong_method", _REQUEST, "The address does not accept this method.",
        "The `Allow` header lists the methods.")
    INVALID_REQUEST = ("invalid_request", _REQUEST, "A parameter or the body of the request is not as described.",
        "See `/openapi.json`; the message names the parameter.")
    INVALID_CURSOR = ("invalid_cursor", _REQUEST, "The cursor or event id is not one that the gateway has given.",
        "Start again without it.")
    BODY_TOO_LARGE = ("body_too_large", _REQUEST, "The body of the request is too large.",
        "Send less, or raise `INSIDERTAPE_HTTP_BODY_LIMIT`.")
    REQUEST_TOO_SLOW = ("request_too_slow", _REQUEST, "The request took too long.", "Try again.")
    WRONG_HOST = ("wrong_host", _REQUEST, "The gateway does not serve this host name.",
        "Use its own address; behind a proxy, set `INSIDERTAPE_HTTP_PUBLIC_URL`.")
    CROSS_SITE_REQUEST = ("cross_site_request", _REQUEST, "Another web site sent the request.",
        "Reload the page of the gateway and try again there.")
    TOKEN_REQUIRED = ("token_required", _REQUEST, "The gateway requires a token.",
        "Send `Authorization: Bearer TOKEN`; `insidertape token create` makes one.")
    WRONG_TOKEN = ("wrong_token", _REQUEST, "The token is unknown or has been revoked.",
        "`insidertape token create` makes a new one.")
    SCOPE_MISSING = ("scope_missing", _REQUEST, "The token's scope does not permit this.",
        "`insidertape token create --scope SCOPE` makes one that does.")
    TOO_MANY_REQUESTS = ("too_many_requests", _REQUEST, "The token has sent too many requests.",
        "Wait for the seconds in `Retry-After`.")
    TOO_MANY_STREAMS = ("too_many_streams", _ENV, "The gateway has as many streams as it accepts.",
        "Wait for the seconds in `Retry-After`, or raise `INSIDERTAPE_STREAM_CLIENTS`.")
    NO_SUCH_TOKEN = ("no_such_token", _REQUEST, "No token has this identifier.", "See `insidertape token list`.")

    NOTIFY_EXTRA_MISSING = ("notify_extra_missing", _CONFIG, "People's channels need a library that is not installed.",
        "`pip install 'insidertape[notify]'`, or unset `INSIDERTAPE_NOTIFY`.")
    GATEWAY_UNREACHABLE = ("gateway_unreachable", _ENV, "There is no gateway at the address.",
        "Start `insidertape gateway`, or correct `INSIDERTAPE_GATEWAY_URL`.")

    # Settings and options
    WRONG_SETTING = ("wrong_setting", _CONFIG, "A setting has a value that is not allowed, or is missing.",
        "Set the environment variable that the message names.")
    NO_SOURCE = ("no_source", _CONFIG, "There is nothing to read filings from.", "Give `--source DIR` or `--edgar`.")
    NO_DIRECTORY = ("no_directory", _CONFIG, "The path to watch is not a directory.", "Give an existing directory.")
    DATA_IN_SOURCE = ("data_in_source", _CONFIG, "The directory to watch contains insidertape's own data.",
        "Watch a directory of filings alone, or choose another one with `--data`.")
    NO_DATA = ("no_data", _CONFIG, "The data directory is empty.",
        "Start `insidertape run` first, or correct `--data`.")
    UNUSABLE_DATA = ("unusable_data", _CONFIG, "The path cannot be a data directory.",
        "Choose another one with `--data`.")
    UNUSABLE_SNAPSHOT_DIRECTORY = ("unusable_snapshot_directory", _CONFIG,
        "The directory for snapshots cannot be created or written.",
        "Make it writable, or correct or unset `INSIDERTAPE_SNAPSHOT_DIRECTORY`.")
    OTHER_VERSION = ("other_version", _CONFIG, "Another version of insidertape wrote the data.",
        "Use that version, or build the data again in another directory.")
    NO_CONTACT = ("no_contact", _CONFIG, "EDGAR requires a contact for every program's requests.",
        "Give `--contact 'NAME EMAIL'`, or set `INSIDERTAPE_EDGAR_CONTACT`.")
    WRONG_EDGAR_URL = ("wrong_edgar_url", _CONFIG, "`INSIDERTAPE_EDGAR_URL` is not the origin of a web server.",
        "Set it to a URL such as `https://www.sec.gov`, or unset it.")
    NO_GATEWAY_PORT = ("no_gateway_port", _CONFIG, "The gateway's address or port cannot be used.",
        "Set `INSIDERTAPE_HTTP_PORT` or `--port` to a free port, and `--host` to an address of this machine.")
    NO_TOKEN = ("no_token", _CONFIG, "The gateway would be open to others, and there is no token.",
        "Run `insidertape token create`, or listen on 127.0.0.1.")
    NO_METRICS_PORT = ("no_metrics_port", _CONFIG, "Metrics cannot be served on that host and port.",
        "Set `INSIDERTAPE_METRICS_PORT` to a free port, or unset it.")

    # The broker and its topics
    KAFKA_UNREACHABLE = ("kafka_unreachable", _ENV, "The broker cannot be reached.", _NETWORK)
    KAFKA_UNKNOWN_HOST = ("kafka_unknown_host", _ENV, "The broker's host name is unknown.", _NETWORK)
    KAFKA_SILENT = ("kafka_silent", _ENV, "The broker's port accepts connections, but does not answer.", _NETWORK)
    KAFKA_UNAVAILABLE = ("kafka_unavailable", _ENV, "The broker does not answer for the moment.",
        "Nothing: services wait for it. Check the broker if it lasts.")
    NO_PARTITIONS = ("no_partitions", _ENV, "The group has assigned no partition to this instance.",
        "Nothing: it takes over if another one stops. More instances than partitions do not help.")
    KAFKA_REFUSES = ("kafka_refuses", _CONFIG, "The broker refuses what the client asks for.",
        "The message has the broker's reason.")
    KAFKA_DENIED = ("kafka_denied", _CONFIG, "An ACL is missing for an operation.",
        "Add the ACL for the user, operation and resource that the message names.")
    KAFKA_AUTHENTICATION_FAILED = ("kafka_authentication_failed", _CONFIG,
        "The broker refuses the user name or the password.",
        "Correct `INSIDERTAPE_KAFKA_SASL_USERNAME` and `INSIDERTAPE_KAFKA_SASL_PASSWORD`.")
    KAFKA_NO_MECHANISM = ("kafka_no_mechanism", _CONFIG, "The broker does not offer the SASL mechanism.",
        "Set `INSIDERTAPE_KAFKA_SASL_MECHANISM` to one that the message lists.")
    KAFKA_WITH_SASL = ("kafka_with_sasl", _CONFIG, "The port requires SASL, and the settings do not use it.", _TLS)
    KAFKA_WITHOUT_SASL = ("kafka_without_sasl", _CONFIG, "The port takes clients without SASL alone.", _TLS)
    KAFKA_WITH_TLS = ("kafka_with_tls", _CONFIG, "The port speaks TLS, and the settings do not use it.", _TLS)
    KAFKA_WITHOUT_TLS = ("kafka_without_tls", _CONFIG, "The port does not speak TLS, and the settings use it.", _TLS)
    KAFKA_TLS_FAILED = ("kafka_tls_failed", _CONFIG, "The TLS handshake with the broker fails.",
        "The message has the reason.")
    KAFKA_CERTIFICATE_UNTRUSTED = ("kafka_certificate_untrusted", _CONFIG,
        "No trusted authority has signed the broker's certificate.",
        "Set `INSIDERTAPE_KAFKA_SSL_CAFILE` to the authority that has.")
    KAFKA_CERTIFICATE_NAME = ("kafka_certificate_name", _CONFIG, "The broker's certificate is for another host name.",
        "Name the broker as its certificate does, in the settings and in its advertised listeners.")
    KAFKA_CERTIFICATE_EXPIRED = ("kafka_certificate_expired", _CONFIG, "The broker's certificate has expired.",
        "Renew it, or correct this machine's clock.")
    KAFKA_CERTIFICATE_NOT_YET_VALID = ("kafka_certificate_not_yet_valid", _CONFIG,
        "The broker's certificate is not valid yet.", "Correct this machine's clock, or the certificate.")
    KAFKA_CLIENT_CERTIFICATE = ("kafka_client_certificate", _CONFIG,
        "The broker does not accept this client's certificate.",
        "Correct `INSIDERTAPE_KAFKA_SSL_CERTFILE` and `INSIDERTAPE_KAFKA_SSL_KEYFILE`.")
    UNUSABLE_CERTIFICATES = ("unusable_certificates", _CONFIG, "The certificate files cannot be read as PEM.",
        "Correct the `INSIDERTAPE_KAFKA_SSL_…` settings.")
    CLOCK_AHEAD = ("clock_ahead", _CONFIG, "This machine's clock is too far ahead of the broker's.", "Set the clock.")
    NO_TOPIC = ("no_topic", _CONFIG, "A topic does not exist on the broker.", "Run `insidertape topics apply`.")
    TOPIC_REFUSED = ("topic_refused", _CONFIG, "The broker refuses to create, change or delete a topic.",
        "The message has the broker's reason.")
    TOPIC_DELETED = ("topic_deleted", _CONFIG, "A topic was deleted while a service used it.",
        "Restore it; if it is to be empty, run `insidertape topics apply` and start again.")
    TOPIC_RECREATED = ("topic_recreated", _CONFIG, "A topic was deleted and created again while a service used it.",
        "Restore it; if it is to be empty, start again.")
    PARTITIONS_CHANGED = ("partitions_changed", _CONFIG, "A topic has another number of partitions than before.",
        "`insidertape topics repartition --to N` copies everything into a new namespace; start the services there.")
    NOT_CO_PARTITIONED = ("not_co_partitioned", _CONFIG, "The topics have different numbers of partitions.",
        "`insidertape topics repartition --to N` copies everything into a new namespace; start the services there.")
    OFFSET_OUT_OF_RANGE = ("offset_out_of_range", _STATE, "Records were deleted before they were read.",
        "Restore the topic; if it is to be empty, start again.")
    UNREADABLE_BATCH = ("unreadable_batch", _STATE, "The log holds bytes that are not a batch of records.",
        "Restore the partition from a replica or a backup.")

    # Copies of all topics with another number of partitions
    UNFINISHED_COPY = ("unfinished_copy", _CONFIG, "The namespace has an unfinished copy.",
        "Finish it with the same `insidertape topics repartition`, then start the services.")
    UNFIT_TOPICS = ("unfit_topics", _CONFIG, "The topics' settings may have lost records, so they are not copied.",
        "The message names each setting.")
    OPEN_TRANSACTION = ("open_transaction", _REQUEST, "A transaction is still open in a topic to be copied.", _STOP)
    SOURCE_CHANGED = ("source_changed", _REQUEST, "A topic changed while it was being copied.", _STOP)
    COPY_DIFFERS = ("copy_differs", _STATE, "The copy does not hold exactly the records that were written.",
        "Stop whatever else writes into the new namespace, delete its topics and start again.")
    STATE_FAULTY = ("state_faulty", _STATE, "The positions to be copied contain faults.", _REPAIR)
    POSITIONS_DIFFER = ("positions_differ", _STATE,
        "Positions computed from the transactions differ from those in the topic; an older version made them.",
        "Run `insidertape state repair --all` in the old namespace, then start again.")
    TRANSACTIONS_DELETED = ("transactions_deleted", _STATE,
        "Transactions were deleted, so positions cannot be computed again.", "Restore the topic from a backup.")

    # Stored state
    FOREIGN_POSITIONS = ("foreign_positions", _STATE, "Another program wrote a record into the positions.", _REPAIR)
    UNREADABLE_POSITIONS = ("unreadable_positions", _STATE, "A record of positions is not an event of its contract.",
        _REPAIR)
    UNREADABLE_STATE = ("unreadable_state", _STATE, "A record of stored state cannot be read.", _REPAIR)
    MALFORMED_HEADER = ("malformed_header", _STATE, "A header of a record of positions is not a number.", _REPAIR)
    MISPLACED_STATE = ("misplaced_state", _STATE, "A record of state is in a partition that is not its key's.",
        "Run `insidertape state repair`; after partitions were added, `insidertape topics repartition`.")
    VERSION_DOES_NOT_GROW = ("version_does_not_grow", _STATE, "A later record of positions has an earlier version.",
        _REPAIR)
    SOURCE_OFFSET_DOES_NOT_GROW = ("source_offset_does_not_grow", _STATE,
        "A later record of positions accounts for fewer transactions.", _REPAIR)
    STATE_AHEAD = ("state_ahead", _STATE, "The positions account for more transactions than the group has committed.",
        "Set the group's offset to the one that the message names.")
    TOO_MANY_DEAD_LETTERS = ("too_many_dead_letters", _STATE,
        "So many of the last 1,000 records failed that the service is probably at fault.",
        "See `insidertape dlq list`; deploy a corrected version and start it. Nothing has to be reset.")

    # The embedded engine's file
    CORRUPT_DATA = ("corrupt_data", _STATE, "The data file is damaged.",
        "Restore it from a backup, or delete it and build it again from the sources.")
    FOREIGN_FILE = ("foreign_file", _CONFIG, "The data file is not insidertape's.",
        "Move it away, or choose another directory with `--data`.")
    MOVED_DATA = ("moved_data", _ENV, "The data file was moved, deleted or replaced while it was in use.",
        "Put it back, then start again.")
    DISK_FULL = ("disk_full", _ENV, "The disk is full.", "Free some space and start again: nothing committed is lost.")
    READ_ONLY_DATA = ("read_only_data", _ENV, "The data file or its disk is read-only.",
        "Make it writable, or choose another directory with `--data`.")
    FORBIDDEN_DATA = ("forbidden_data", _ENV, "This user may not use the data file.",
        "Change its permissions, or choose another directory with `--data`.")
    STORAGE_FAILED = ("storage_failed", _ENV, "The data file cannot be read or written.",
        "Check the disk and start again: nothing committed is lost.")
    LOG_BUSY = ("log_busy", _ENV, "Another process has locked the data file.", "Wait, or end that process if it hangs.")

    # The gateway's database
    DATABASE_UNAVAILABLE = ("database_unavailable", _ENV, "The gateway's database does not answer for the moment.",
        "Nothing: the gateway tries again. Check the database, or `INSIDERTAPE_DATABASE_URL`, if it lasts.")
    DATABASE_REFUSED = ("database_refused", _CONFIG, "The database refuses the gateway's user, or what it asks for.",
        "The message has the database's reason.")
    READ_MODEL_AHEAD = ("read_model_ahead", _STATE,
        "The read model was made from records that a topic does not have: it was recreated, or restored from a backup.",
        "Restore the topic, or run `insidertape gateway --rebuild`.")
    GATEWAY_RUNS = ("gateway_runs", _ENV, "Another gateway uses the same SQLite database.",
        "Run one gateway; several can share a PostgreSQL database (`INSIDERTAPE_DATABASE_URL`).")

    # Instances
    FENCED = ("fenced", _ENV, "Another instance has taken over.", "Run one instance.")
    SERVICE_RUNS = ("service_runs", _REQUEST, "The service is running, and the command needs it stopped.", "Stop it.")
    SERVICE_RAN = ("service_ran", _REQUEST, "The service was started during the command. Nothing was written.",
        "Stop it, then start the command again.")
    STALLED = ("stalled", _ENV, "The client made no progress for `INSIDERTAPE_KAFKA_STALL_DEADLINE`.", "Start again.")
    OFFSET_CONFLICT = ("offset_conflict", _ENV, "Another process has committed for the same group in the meantime.",
        "Nothing: the batch is dropped, and read again.")
    DEFECT = ("defect", _DEFECT, "An error that insidertape did not expect.", "Please report it, with its traceback.")

    # EDGAR
    EDGAR_UNREACHABLE = ("edgar_unreachable", _ENV, "EDGAR cannot be reached.", _RETRIED)
    EDGAR_FAILS = ("edgar_fails", _ENV, "EDGAR answers with an error.", _RETRIED)
    EDGAR_THROTTLES = ("edgar_throttles", _ENV, "EDGAR refuses requests for a while (HTTP 403 or 429).",
        "Nothing: the watcher pauses. Run one watcher per machine.")
    EDGAR_REDIRECTS = ("edgar_redirects", _ENV, "EDGAR redirects to another origin, or too often.",
        "Check `INSIDERTAPE_EDGAR_URL`, and any proxy.")
    UNREADABLE_ANSWER = ("unreadable_answer", _ENV, "EDGAR's answer breaks off, or has an unknown encoding.", _RETRIED)
    OVERSIZED_ANSWER = ("oversized_answer", _INPUT, "EDGAR's answer is larger than any filing.",
        "Nothing: the dead letter has its URL.")
    NOT_THERE = ("not_there", _ENV, "EDGAR does not have the document, or not yet.", _RETRIED)
    NO_FEED = ("no_feed", _ENV, "EDGAR's answer is not an Atom feed.", _RETRIED)
    NO_INDEX = ("no_index", _CONFIG, "EDGAR has no index for a quarter.",
        "Correct the days of the backfill, or `INSIDERTAPE_EDGAR_URL`.")
    UNREADABLE_INDEX = ("unreadable_index", _ENV, "EDGAR's answer is not an index, or breaks off.", _RETRIED)
    NO_SUBMISSION = ("no_submission", _ENV, "EDGAR's answer is not the submission that was requested.", _RETRIED)
    NO_END = ("no_end", _ENV, "The submission breaks off before its end.", _RETRIED)
    BROKEN_ARCHIVE = ("broken_archive", _ENV, "A daily archive is damaged, or breaks off.", _RETRIED)
    WATCHER_DEFECT = ("watcher_defect", _DEFECT, "The watcher failed on this filing.", _REPORT)


class DiagnosticCode(Code):
    """The code of a diagnostic: in the `diagnostics` of a report or an alert."""

    # Values
    MALFORMED_NUMBER = ("malformed_number", _FOUND, "A number cannot be read exactly.", _CHECK)
    MALFORMED_DATE = ("malformed_date", _FOUND, "A date cannot be read, or is in no calendar.", _CHECK)
    MALFORMED_BOOLEAN = ("malformed_boolean", _FOUND, "A box is neither true nor false.", _CHECK)
    MALFORMED_TEXT = ("malformed_text", _FOUND, "A text cannot be read.", _CHECK)
    MALFORMED_FORM_TYPE = ("malformed_form_type", _FOUND, "A line's form type is not 3, 4 or 5.", _CHECK)
    MALFORMED_OWNERSHIP = ("malformed_ownership", _FOUND, "Ownership is neither D nor I.", _CHECK)
    MALFORMED_CODE = ("malformed_code", _FOUND, "A transaction code cannot be read.", _CHECK)
    MALFORMED_TIMELINESS = ("malformed_timeliness", _FOUND, "Timeliness is neither E nor L.", _CHECK)
    MALFORMED_ACQUIRED_DISPOSED = ("malformed_acquired_disposed", _FOUND, "The side is neither A nor D.", _CHECK)
    MALFORMED_CIK = ("malformed_cik", _FOUND, "A CIK is not a number of up to ten digits.", _CHECK)
    UNKNOWN_CODE = ("unknown_code", _FOUND, "The transaction code is not one that the SEC defines.", _CHECK)
    MISSING_NAME = ("missing_name", _FOUND, "The issuer or owner has a CIK, but no name.",
        "Look the CIK up at EDGAR.")
    REPEATED_VALUE = ("repeated_value", _FOUND, "A field has more than one value; the first is taken.", _CHECK)
    TEXT_OUTSIDE_FIELD = ("text_outside_field", _FOUND, "There is text between fields that belongs to none.", _CHECK)
    NOT_OF_HOLDING = ("not_of_holding", _FOUND, "A holding has a value that only a transaction may have.", _CHECK)
    UNKNOWN_ELEMENT = ("unknown_element", _FOUND, "The XML has an element that is in no version of its schema.", _CHECK)
    CONTROL_CHARACTER = ("control_character", _FOUND, "Control characters were removed from the XML.",
        "Nothing: they carry no value.")
    BARE_AMPERSAND = ("bare_ampersand", _FOUND, "An ampersand in the XML is not escaped; it is read as itself.", _CHECK)
    REPAIRED_MARKUP = ("repaired_markup", _FOUND,
        "The XML is malformed or misnested where it has only one reading; it is read that way.", _CHECK)
    UNDEFINED_ENTITY = ("undefined_entity", _FOUND, "The XML uses an entity of HTML; it is read as in HTML.", _CHECK)

    # Footnotes
    UNDEFINED_FOOTNOTE = ("undefined_footnote", _FOUND, "A field cites a footnote that does not exist.", _CHECK)
    FOOTNOTE_DEFINED_TWICE = ("footnote_defined_twice", _FOUND,
        "Two footnotes have the same identifier; the first is taken.", _CHECK)
    FOOTNOTE_ON_FILING = ("footnote_on_filing", _FOUND,
        "A footnote is cited outside the tables, where events have no place for it.", _CHECK)
    UNNUMBERED_FOOTNOTE = ("unnumbered_footnote", _FOUND, "An explanation has no number, so no field cites it.", _CHECK)

    # Pages and text
    FRAGMENT = ("fragment", _FOUND, "The page lacks its cover: the issuer or the owners came from elsewhere.",
        "Use the complete filing if it is available.")
    TRUNCATED = ("truncated", _FOUND, "The page breaks off; its last row is left out.",
        "Use the complete filing if it is available.")
    AMBIGUOUS_FORM_TYPE = ("ambiguous_form_type", _FOUND, "The page names more than one form type.", _CHECK)
    AMBIGUOUS_ADDRESS = ("ambiguous_address", _FOUND, "The parts of an address cannot be distinguished.", _CHECK)
    UNREAD_COUNTRY = ("unread_country", _FOUND, "The address names a country that is not read.", _CHECK)
    AMBIGUOUS_RELATIONSHIP = ("ambiguous_relationship", _FOUND,
        "The page does not show whether a relationship box is checked.", _CHECK)
    AMBIGUOUS_COLUMN = ("ambiguous_column", _FOUND, "A cell cannot be assigned to one column.", _CHECK)
    UNREADABLE_OWNER = ("unreadable_owner", _FOUND, "An owner on the page has no readable name.", _CHECK)
    UNREADABLE_ROW = ("unreadable_row", _FOUND, "A row of a table cannot be read.", _CHECK)
    UNREADABLE_SIGNATURE = ("unreadable_signature", _FOUND, "A signature cannot be read.", _CHECK)

    # The filing as a whole
    HINT_DISAGREES = ("hint_disagrees", _FOUND,
        "The document and the facts that came with it differ; the document's value is taken.", _CHECK)
    FURTHER_OWNERSHIP_DOCUMENT = ("further_ownership_document", _FOUND,
        "The submission contains further ownership documents; the first is read.",
        "Read the others from the submission.")
    MORE_DIAGNOSTICS = ("more_diagnostics", _FOUND, "There are more diagnostics than one event carries.",
        "`raw` is the number of those left out.")

    # Alerts
    IMPLAUSIBLE_PRICE = ("implausible_price", _FOUND,
        "The price is far from the others of its security; it may be a total, or per unit of something else.", _CHECK)
    DATE_CONTRADICTS_PERIOD = ("date_contradicts_period", _FOUND,
        "The transaction date does not fit the period of report; one of them is mistyped.", _CHECK)
    SIDE_CONTRADICTS_AMOUNTS = ("side_contradicts_amounts", _FOUND,
        "The amounts owned show that the line's side, A or D, is mistyped.", _CHECK)


# fmt: on


def all_codes() -> tuple[Code, ...]:
    """Return every code: those of errors first, then those of diagnostics.

    >>> len(all_codes()) == len(ErrorCode) + len(DiagnosticCode)
    True
    """
    return (*ErrorCode, *DiagnosticCode)


def explained(code: str) -> Code | None:
    """Return the entry of a code; None if there is none.

    >>> explained("no_issuer").meaning
    'Nothing names the issuer.'
    >>> explained("no_such") is None
    True
    """
    return _BY_CODE.get(code)


_BY_CODE: dict[str, Code] = {code.value: code for code in all_codes()}
