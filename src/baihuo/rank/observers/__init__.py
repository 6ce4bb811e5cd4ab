"""What looks on and changes nothing."""

from baihuo.rank.observers.source_counter import SourceCounter

__all__ = ["SourceCounter"]
