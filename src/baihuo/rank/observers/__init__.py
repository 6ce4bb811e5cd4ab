"""What looks on and changes nothing."""

from baihuo.rank.observers.tally import Tally

__all__ = ["Tally"]
