"""Keeps the values of the metrics with prometheus_client. Imported only if a port is set."""

import re
from contextlib import suppress
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from services.runtime.metric_names import METRICS, MOST_CODES, Metric

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OTHER: Final = "other"
_Family = Counter | Gauge | Histogram


class PrometheusMeter:
    """Holds every metric of the table in its own registry; see `Meter`. Thread-safe."""

    enabled = True

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they double the number of series, and nothing uses them
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._families = {metric.name: _family(metric, self._registry) for metric in METRICS}
        self._codes: dict[str, set[str]] = {}

    def add(self, metric: Metric, amount: float, **labels: str) -> None:
        """See `Meter.add`."""
        family = self._labelled(metric, labels)
        assert isinstance(family, Counter)  # noqa: S101 - as the table says
        family.inc(amount)

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """See `Meter.set`."""
        family = self._labelled(metric, labels)
        assert isinstance(family, Gauge)  # noqa: S101 - as the table says
        family.set(value)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """See `Meter.observe`."""
        family = self._labelled(metric, labels)
        assert isinstance(family, Histogram)  # noqa: S101 - as the table says
        family.observe(value)

    def forget(self, metric: Metric, **labels: str) -> None:
        """See `Meter.forget`."""
        with suppress(KeyError):  # older versions raise it if there is no such series
            self._families[metric.name].remove(*(labels[name] for name in metric.labels))

    def text(self) -> bytes:
        """See `Meter.text`."""
        return generate_latest(self._registry)

    def _labelled(self, metric: Metric, labels: dict[str, str]) -> _Family:
        family = self._families[metric.name]
        if "code" in labels:
            labels["code"] = self._bounded(metric, labels["code"])
        return family.labels(**labels) if metric.labels else family

    def _bounded(self, metric: Metric, code: str) -> str:
        known = self._codes.setdefault(metric.name, set())
        if code in known:
            return code
        if len(known) >= MOST_CODES or not _CODE.fullmatch(code):
            return _OTHER
        known.add(code)
        return code


def _family(metric: Metric, registry: CollectorRegistry) -> _Family:
    if metric.kind == "histogram":
        return Histogram(metric.name, metric.meaning, metric.labels, registry=registry, buckets=metric.buckets)
    kind = Counter if metric.kind == "counter" else Gauge
    return kind(metric.name, metric.meaning, metric.labels, registry=registry)
