"""Observers read the result and change nothing."""

from baihuo.rank.observers.source_counter import SourceCounter

__all__ = ["SourceCounter"]
