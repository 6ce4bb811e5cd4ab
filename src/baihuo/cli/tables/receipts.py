"""Receipts of erasures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rich import box
from rich.markup import escape
from rich.table import Table

from baihuo.cli.tables.rows import printable
from baihuo.monitor import ReceiptState

_MOST_PLACES = 12


def receipts_table(receipts: Sequence[ReceiptState]) -> Table:
    """One row a receipt: what was removed where, and what it waits for."""
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("receipt", overflow="fold")
    table.add_column("status")
    table.add_column("rows", justify="right")
    table.add_column("removed from, and what is left", overflow="fold")
    for receipt in receipts:
        words = escape(printable("\n".join(_lines(receipt))))
        table.add_row(receipt.receipt_id, receipt.status, f"{receipt.n_removed:,}", words)
    return table


def _lines(receipt: ReceiptState) -> list[str]:
    places = [f"{place}: {n:,}" for place, n in receipt.removed.items()]
    more = len(places) - _MOST_PLACES
    lines = [*places[:_MOST_PLACES], *([f"and {more:,} other files"] if more > 0 else [])]
    if receipt.live_bundle is not None and receipt.retrain_by_us is not None:
        lines.append(
            f"bundle {receipt.live_bundle} serves and learned from it: train and release by {_day(receipt.retrain_by_us)}"
        )
    lines += [f"the backup {path} still holds it" for path in receipt.backups]
    return lines or ["nothing was stored"]


def _day(at_us: int) -> str:
    return f"{datetime.fromtimestamp(at_us / 1e6, UTC):%Y-%m-%d}"
