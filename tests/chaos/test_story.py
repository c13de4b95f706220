"""The made-up filings tie: an undisturbed fold by the product's own processors breaks no invariant."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from contracts.topics import FILINGS, TRANSACTIONS, Topic
from services.runtime.batch import process_batch
from services.runtime.partitioning import partition_of_output
from services.runtime.port import Output, Record, Service
from tests.chaos.facts import POISON, Log
from tests.chaos.grounds import SERVICES
from tests.chaos.invariants import violations
from tests.chaos.story import CHAINS, PARTIES, SELLS_OUT_EVERY, Chapter, outputs_of, told

PARTITIONS = 2


class Topics:
    """Topics in memory, and services that run over them without a fault."""

    def __init__(self) -> None:
        self.records: dict[str, dict[int, list[Record]]] = defaultdict(lambda: defaultdict(list))
        self.log = Log()

    def append(self, outputs: Iterable[Output]) -> None:
        """Write the outputs where the engines would."""
        for output in outputs:
            partition = partition_of_output(output, PARTITIONS)
            records = self.records[output.topic.name][partition]
            record = Record(output.topic.name, partition, len(records), output.key, output.value, output.headers)
            records.append(record)
            self.log.take(record)

    def run(self, service: Service) -> None:
        """Process all there is, partition by partition."""
        for records in list(self.records[service.input_topic.name].values()):
            batch = process_batch(service, service.processor(), list(records))
            self.append(batch.outputs)

    def stand_at_the_end(self, *topics: Topic) -> None:
        """Commit all offsets of the topics' groups."""
        ends = {(t.name, partition): len(them) for t in topics for partition, them in self.records[t.name].items()}
        self.log.committed = self.log.ends = ends


def pipeline(numbers: Iterable[int]) -> Topics:
    """All that the filings of these numbers come to."""
    topics = Topics()
    for number in numbers:
        topics.append(outputs_of(number))
    for service in SERVICES:
        topics.run(service)
    topics.stand_at_the_end(FILINGS, TRANSACTIONS)
    return topics


def test_what_the_product_makes_of_the_story_is_what_the_story_says() -> None:
    """Whole chains of two issuers: couples, repeated filings, positions sold out and opened anew."""
    chains = [number for number in range(CHAINS * (SELLS_OUT_EVERY + 3)) if number % CHAINS < 2 * PARTIES]
    topics = pipeline(chains)
    assert violations(topics.log, told) == []
    assert {alert.kind for alert in topics.log.alerts} == {"opened", "increased", "decreased", "closed"}
    assert len(topics.log.alerts) == sum(len(Chapter(number).owners) for number in chains)
    assert len({filing.key for filing in topics.log.filings}) < len(topics.log.filings)


def test_poison_of_every_kind_is_put_away() -> None:
    """What is no event, no filing, too large as an event, and no report."""
    topics = pipeline(range(190, 420))
    assert violations(topics.log, told) == []
    poison = {filing.key.split("/")[1] for filing in topics.log.filings if filing.key.startswith(POISON)}
    assert poison == {"undecodable", "no-filing", "oversize"}
    assert any(report.key.startswith(POISON) for report in topics.log.reports)
    assert {letter.topic for letter in topics.log.letters} == {FILINGS.name, TRANSACTIONS.name}


def test_the_second_publisher_repeats_a_tenth_and_nothing_that_it_has_repeated() -> None:
    """It leaves poison alone too; a filing that the first publisher sent twice it repeats twice."""
    good = [filing for filing in pipeline(range(200, 300)).log.filings if not filing.key.startswith(POISON)]
    assert Counter(Counter(filing.key for filing in good).values()) == {1: 89, 2: 11}
