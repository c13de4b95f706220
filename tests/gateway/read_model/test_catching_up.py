"""How much is left to read, as the page shows it while the read model is behind."""

from services.gateway.read_model.catching_up import CatchingUp
from services.gateway.read_model.decoded_batch import Mark


def marks(*next_offsets: int) -> dict[tuple[str, int], Mark]:
    """Return the marks of partitions of a topic."""
    return {("alerts.v1", partition): Mark(offset, "") for partition, offset in enumerate(next_offsets)}


def test_records_left_and_their_time_follow_from_what_was_read() -> None:
    """A reader of the page decides whether to wait."""
    now = 100.0
    catching_up = CatchingUp(monotonic=lambda: now)
    catching_up.begin({("alerts.v1", 0): 60, ("alerts.v1", 1): 40}, marks(20))
    assert (catching_up.left, catching_up.seconds_left) == (80, None)
    now = 110.0
    catching_up.advance(marks(30, 10))
    assert (catching_up.left, catching_up.seconds_left) == (60, 30.0)
    catching_up.advance(marks(75, 40))
    assert (catching_up.left, catching_up.seconds_left) == (0, 0.0)


def test_projector_that_starts_again_counts_anew() -> None:
    """After a failure of the database there may be more to read than before."""
    catching_up = CatchingUp()
    catching_up.begin({("alerts.v1", 0): 10}, marks(10))
    assert catching_up.left == 0
    catching_up.begin({("alerts.v1", 0): 15}, marks(10))
    assert catching_up.left == 5
