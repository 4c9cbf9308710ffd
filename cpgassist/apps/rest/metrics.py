"""Figures for Prometheus: counts and times, and never a word that anyone asked."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from cpgassist.errors import CpgassistError
from cpgassist.types import Answer

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

BUCKETS = (0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)


class Metrics:
    """What one server counts."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self, assistant: Assistant) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter("cpgassist_answers", "Answers by status.", ["status"], registry=self._registry)
        self._seconds = Histogram(
            "cpgassist_answer_seconds", "Time to an answer.", buckets=BUCKETS, registry=self._registry
        )
        self._withheld = Counter(
            "cpgassist_withheld", "Lines and sentences that code withheld.", registry=self._registry
        )
        self._requests = Counter(
            "cpgassist_requests", "Requests by route and status.", ["route", "status"], registry=self._registry
        )
        self._times = Histogram(
            "cpgassist_request_seconds", "Time of requests.", ["route"], buckets=BUCKETS, registry=self._registry
        )
        self._registry.register(_Corpus(assistant))

    def answered(self, answer: Answer) -> None:
        """Count an answer."""
        self._answers.labels(answer.status).inc()
        self._seconds.observe(answer.seconds.get("total", 0.0))
        self._withheld.inc(answer.checks.withheld)

    async def timed(self, request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        """Count a request by its route's pattern: the address itself may hold a quote."""
        began = time.perf_counter()
        response = await call(request)
        route = getattr(request.scope.get("route"), "path", "none")
        self._requests.labels(route, str(response.status_code)).inc()
        self._times.labels(route).observe(time.perf_counter() - began)
        return response

    def text(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self._registry)


class _Corpus(Collector):
    """The index in service; nothing where there is none."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def describe(self) -> Iterator[Metric]:
        """Nothing is registered by name beforehand, so that no index is opened for it."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The gauges of the index."""
        try:
            index = self._assistant.index
        except CpgassistError:
            yield GaugeMetricFamily("cpgassist_index_ready", "Whether an index is in service.", 0)
            return
        yield GaugeMetricFamily("cpgassist_index_ready", "Whether an index is in service.", 1)
        yield GaugeMetricFamily("cpgassist_guidelines", "Guidelines in the index.", len(index.guidelines))
        yield GaugeMetricFamily("cpgassist_passages", "Passages in the index.", len(index.passages))
        yield GaugeMetricFamily("cpgassist_index_warnings", "Warnings on the index.", len(index.warnings))
        yield InfoMetricFamily("cpgassist_index", "The index in service.", {"version": index.version})
