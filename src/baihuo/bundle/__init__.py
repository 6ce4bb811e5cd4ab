"""What was learned: one immutable, hashed folder, the pointer to the one that serves, and the columns
that its click models read."""

from baihuo.bundle.clicks import ClickModels, Scored
from baihuo.bundle.columns import REQUEST_COLUMNS, Tasted, click_columns, request_columns
from baihuo.bundle.folder import Bundle, Part, write
from baihuo.bundle.live import Live, Pair, go_back, previous, read_live, set_live

__all__ = [
    "REQUEST_COLUMNS",
    "Bundle",
    "ClickModels",
    "Live",
    "Pair",
    "Part",
    "Scored",
    "Tasted",
    "click_columns",
    "go_back",
    "previous",
    "read_live",
    "request_columns",
    "set_live",
    "write",
]
