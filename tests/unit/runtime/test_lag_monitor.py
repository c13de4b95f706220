"""The number of waiting records, computed from offsets some of which are commit markers."""

import pytest

from services.runtime.kafka.lag_monitor import lag_of


@pytest.mark.parametrize(
    ("waiting", "position", "end", "records", "offsets", "lag"),
    [
        (0, 100, 100, 50, 100, 0),  # idle: the position has walked over the last marker
        (0, 100, 100, 0, 0, 0),
        (7, 100, 100, 50, 100, 7),  # fetched and not committed: counted one by one
        (7, 92, 100, 10, 20, 11),  # half of the offsets so far were markers
        (0, 0, 10, 0, 0, 10),  # nothing read yet: every offset may be a record
        (0, 110, 100, 50, 100, 0),  # the end was asked for before the position
    ],
)
def test_lag_counts_records_and_not_markers(
    waiting: int, position: int, end: int, records: int, offsets: int, lag: int
) -> None:
    """Half of a quiet topic's offsets are markers; if they counted, the lag of an idle service would not be 0."""
    assert lag_of(waiting=waiting, position=position, end=end, records=records, offsets=offsets) == lag
