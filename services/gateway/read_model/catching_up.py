"""How far a projector has come with the records that were in the topics when it started."""

import time
from collections.abc import Callable, Mapping

from services.gateway.read_model.decoded_batch import Mark
from services.runtime.engine import Offsets


class CatchingUp:
    """Counts the records that the read model does not account for yet."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._ends: Offsets = {}
        self._began = 0.0
        self._at_first = 0
        self.left = 0

    def begin(self, ends: Offsets, marks: Mapping[tuple[str, int], Mark]) -> None:
        """Begin with what the topics contain and what the read model accounts for."""
        self._ends = ends
        self._began = self._monotonic()
        self.advance(marks)
        self._at_first = self.left

    def advance(self, marks: Mapping[tuple[str, int], Mark]) -> None:
        """Note what the read model accounts for now."""
        next_offsets = {place: mark.next_offset for place, mark in marks.items()}
        self.left = sum(max(0, end - next_offsets.get(place, 0)) for place, end in self._ends.items())

    @property
    def seconds_left(self) -> float | None:
        """How long it still takes at the speed so far; None if that is not known yet."""
        done = self._at_first - self.left
        return (self._monotonic() - self._began) * self.left / done if done else None
