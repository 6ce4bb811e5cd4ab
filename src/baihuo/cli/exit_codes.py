"""Exit codes of errors, for schedulers."""

from __future__ import annotations

from baihuo.core import CannotWrite, Conflict, GateClosed, QualityStop, ShopError

GATE_CLOSED = 5


def exit_code(error: ShopError) -> int:
    """1: an error, 2: bad input, 4: stopped by data quality, 5: refused by the gate."""
    if isinstance(error, QualityStop):
        return 4
    if isinstance(error, GateClosed):
        return GATE_CLOSED
    return 1 if isinstance(error, Conflict | CannotWrite) or type(error) is ShopError else 2
