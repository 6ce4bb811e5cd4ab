"""The state of an erasure request, as its visitor and the operator see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from baihuo.bundle import read_live
from baihuo.monitor.shop_status import ErasuresState
from baihuo.privacy import Receipt, read_receipts

ErasureStatus = Literal["pending", "waits_for_retraining", "erased", "complete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptState:
    """A receipt and what is left to do for it."""

    receipt_id: str
    kind: str
    visitor_hash: str
    status: ErasureStatus
    requested_at_us: int
    erased_at_us: int | None
    completed_at_us: int | None
    retrain_by_us: int | None  # after this no bundle trained on the visitor may serve
    removed: dict[str, int]  # file or store → rows
    n_removed: int
    bundles: tuple[str, ...]  # trained on the visitor, not deleted yet
    live_bundle: str | None  # the one that serves, if it is one of them
    backups: tuple[str, ...]  # made before: they contain the visitor until deleted


def receipt_state(
    receipt: Receipt, bundles: Path, *, runs_of: Mapping[str, str] | None = None
) -> ReceiptState:
    """Return the state of a receipt, given the live bundle.

    ``pending``: recorded, still in files. ``waits_for_retraining``: in no file, but the live bundle was trained on the visitor. ``erased``:
    only older backups still contain the visitor. ``complete``: nothing does.

    Args:
        bundles: the shop's ``5-bundles``.
        runs_of: bundle → the check run it was trained on, if known (:func:`runs_of_bundles`).
    """
    learned = learned_from(receipt, runs_of_bundles(bundles) if runs_of is None else runs_of)
    live = read_live(bundles)
    live_bundle = live.bundle_id if live is not None and live.bundle_id in learned else None
    status: ErasureStatus = "complete"
    if receipt.erased_at_us is None:
        status = "pending"
    elif live_bundle is not None:
        status = "waits_for_retraining"
    elif any(Path(path).exists() for path in receipt.backups):
        status = "erased"
    return ReceiptState(
        receipt_id=receipt.receipt_id,
        kind=receipt.kind,
        visitor_hash=receipt.visitor_hash,
        status=status,
        requested_at_us=receipt.requested_at_us,
        erased_at_us=receipt.erased_at_us,
        completed_at_us=receipt.completed_at_us if status == "complete" else None,
        retrain_by_us=receipt.retrain_by_us if live_bundle is not None else None,
        removed=receipt.removed,
        n_removed=receipt.n_removed,
        bundles=learned,
        live_bundle=live_bundle,
        backups=tuple(path for path in receipt.backups if Path(path).exists()),
    )


def erasures_state(file: Path, bundles: Path, *, at_us: int) -> ErasuresState | None:
    """Count the erasures that wait, by state; None without any request. Writes nothing."""
    receipts = [r for r in read_receipts(file) if r.kind == "erasure"]
    if not receipts:
        return None
    runs = runs_of_bundles(bundles)
    pending = [r for r in receipts if r.erased_at_us is None]
    states = [receipt_state(r, bundles, runs_of=runs) for r in receipts]
    waiting = [s for s in states if s.status == "waits_for_retraining"]
    first = min((s.retrain_by_us for s in waiting if s.retrain_by_us is not None), default=None)
    return ErasuresState(
        n_pending=len(pending),
        oldest_pending_at_us=min((r.requested_at_us for r in pending), default=None),
        n_waiting=len(waiting),
        retrain_by_us=first,
        is_late=first is not None and at_us > first,
    )


def learned_from(receipt: Receipt, runs_of: Mapping[str, str]) -> tuple[str, ...]:
    """Return the bundles trained on tables with the visitor."""
    runs = set(receipt.runs or ())
    return tuple(bundle_id for bundle_id, run in runs_of.items() if run in runs)


def runs_of_bundles(bundles: Path) -> dict[str, str]:
    """Map each bundle to the check run whose tables it was trained on. Bundles without tables (encoders alone) are left out."""
    runs = {}
    for path in sorted(bundles.glob("*/report.json")) if bundles.is_dir() else ():
        try:
            report: Any = json.loads(path.read_text(encoding="utf-8"))
            runs[path.parent.name] = str(report.get("quality", {}).get("run_id", ""))
        except (OSError, ValueError, AttributeError):
            runs[path.parent.name] = ""
    return runs
