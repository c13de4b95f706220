"""The generated filings are consistent: an undisturbed fold by the product's processors breaks no invariant."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from contracts.topics import FILINGS, TRANSACTIONS, Topic
from services.runtime.batch import process_batch
from services.runtime.partitioning import partition_of_output
from services.runtime.port import Output, Record, Service
from tests.chaos.deployments import SERVICES
from tests.chaos.invariants import violations
from tests.chaos.observed_records import POISON, Log
from tests.chaos.timeline import CHAINS, PARTIES, SELLS_OUT_EVERY, PlannedFiling, holdings_after, outputs_of

PARTITIONS = 2


class Topics:
    """Topics in memory, processed by services without faults."""

    def __init__(self) -> None:
        self.records: dict[str, dict[int, list[Record]]] = defaultdict(lambda: defaultdict(list))
        self.log = Log()

    def append(self, outputs: Iterable[Output]) -> None:
        """Write the outputs to the partitions that the engines would choose."""
        for output in outputs:
            partition = partition_of_output(output, PARTITIONS)
            records = self.records[output.topic.name][partition]
            record = Record(output.topic.name, partition, len(records), output.key, output.value, output.headers)
            records.append(record)
            self.log.add(record)

    def run(self, service: Service) -> None:
        """Process all input, partition by partition."""
        for records in list(self.records[service.input_topic.name].values()):
            batch = process_batch(service, service.processor(), list(records))
            self.append(batch.outputs)

    def commit_to_the_end(self, *topics: Topic) -> None:
        """Commit all offsets of the topics' groups."""
        ends = {(t.name, partition): len(them) for t in topics for partition, them in self.records[t.name].items()}
        self.log.committed = self.log.ends = ends


def pipeline(numbers: Iterable[int]) -> Topics:
    """Run the filings with these numbers through all services."""
    topics = Topics()
    for number in numbers:
        topics.append(outputs_of(number))
    for service in SERVICES:
        topics.run(service)
    topics.commit_to_the_end(FILINGS, TRANSACTIONS)
    return topics


def test_product_computes_the_outcome_of_the_timeline() -> None:
    """Whole chains of two issuers, with couples, repeated filings, and positions closed and reopened."""
    chains = [number for number in range(CHAINS * (SELLS_OUT_EVERY + 3)) if number % CHAINS < 2 * PARTIES]
    topics = pipeline(chains)
    assert violations(topics.log, holdings_after) == []
    assert {alert.kind for alert in topics.log.alerts} == {"opened", "increased", "decreased", "closed"}
    assert len(topics.log.alerts) == sum(len(PlannedFiling(number).owners) for number in chains)
    assert len({filing.key for filing in topics.log.filings}) < len(topics.log.filings)


def test_poison_of_every_kind_becomes_a_dead_letter() -> None:
    """Undecodable bytes, a text that is not a filing, an oversized event, and an invalid report."""
    topics = pipeline(range(190, 420))
    assert violations(topics.log, holdings_after) == []
    poison = {filing.key.split("/")[1] for filing in topics.log.filings if filing.key.startswith(POISON)}
    assert poison == {"undecodable", "no-filing", "oversize"}
    assert any(report.key.startswith(POISON) for report in topics.log.reports)
    assert {dead_letter.topic for dead_letter in topics.log.dead_letters} == {FILINGS.name, TRANSACTIONS.name}


def test_second_publisher_republishes_a_tenth_but_never_its_own_copies() -> None:
    """It skips poison. If the first publisher sent a filing twice, it republishes both copies."""
    good = [filing for filing in pipeline(range(200, 300)).log.filings if not filing.key.startswith(POISON)]
    assert Counter(Counter(filing.key for filing in good).values()) == {1: 89, 2: 11}
