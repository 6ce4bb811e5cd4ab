"""Gauges for Prometheus from a small file that another process writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

Content = TypeVar("Content")


class FileCollector(Collector, ABC, Generic[Content]):
    """The file as gauges; read again only when its modification time changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, Content | None] = (-1, None)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; none where there is no file, or none that can be read."""
        try:
            changed_at = self._path.stat().st_mtime_ns
        except OSError:
            return
        if changed_at != self._read[0]:
            self._read = changed_at, self.read(self._path)
        if self._read[1] is not None:
            yield from self.gauges(self._read[1])

    @abstractmethod
    def read(self, path: Path) -> Content | None:
        """Parse the file; None if it is missing or of another version."""

    @abstractmethod
    def gauges(self, content: Content) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
