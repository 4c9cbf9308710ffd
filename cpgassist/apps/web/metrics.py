"""Figures for Prometheus: counts and times, and never a word that anyone asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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

    def requested(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).inc()
        self._times.labels(route).observe(seconds)

    def text(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self._registry)


class Counted:
    """ASGI middleware: counts the requests of a door by its routes' patterns: an address itself may hold a quote."""

    def __init__(self, app: ASGIApp, metrics: Metrics, route: str | None = None) -> None:
        """`route` is the name of all its requests, where the door is one route."""
        self.app = app
        self.metrics = metrics
        self.route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, door = time.perf_counter(), 500, scope.get("root_path", "")

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, sent)
        finally:
            pattern = getattr(scope.get("route"), "path", None)
            known = self.route or (f"{door}{pattern}" if pattern is not None else "none")
            self.metrics.requested(known, status, time.perf_counter() - began)


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
