"""What was learned: one immutable, hashed folder, and the pointer to the one that serves."""

from baihuo.bundle.folder import Bundle, Part, write
from baihuo.bundle.live import Live, Pair, go_back, previous, read_live, set_live

__all__ = [
    "Bundle",
    "Live",
    "Pair",
    "Part",
    "go_back",
    "previous",
    "read_live",
    "set_live",
    "write",
]
