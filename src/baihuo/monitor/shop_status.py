"""The state of a shop as records: one for each stage, and :class:`Status` for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from baihuo.assist import Outcomes
from baihuo.bundle import read_live
from baihuo.events import LogState, ServedState
from baihuo.monitor.collectors import ServedSkew
from baihuo.monitor.watch_report import Rollback, WatchReport
from baihuo.privacy import Receipt, read_receipts

# The state of an erasure request, as its visitor and the operator see it.


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


# The next command to run on a shop, by its state.


def next_step(s: Status) -> str:
    """The next command to run, and why."""
    check, newest, live = s.check, s.newest_bundle, s.live
    if s.problems:
        return f"fix this first: {s.problems[0]}"
    if s.imports is None and check is None and newest is None:
        return "baihuo import FILES (a sample shop: baihuo demo)"
    if check is None or check.is_stale:
        return "baihuo check (the newest import was not checked yet)"
    if check.verdict == "stop":
        return f"read 2-clean/report.html, fix the source, then: baihuo check ({check.stops[0]})"
    if (erasures := s.erasures) is not None and erasures.n_pending:
        return f"baihuo forget ({erasures.n_pending:,} visitors asked to be forgotten)"
    if newest is None:
        return "baihuo train (no bundle yet)"
    if erasures is not None and erasures.is_late:
        return "baihuo update (the live bundle was trained on erased visitors, and its deadline has passed)"
    # not by file times: a copied shop has new ones
    is_new = live is None or (
        newest.bundle_id != live.bundle.bundle_id and newest.sealed_at_us > live.since_us
    )
    if is_new and newest.is_open is None:
        return f"baihuo release (bundle {newest.bundle_id} is not released)"
    if is_new and not newest.is_open:
        return f"the gate refused bundle {newest.bundle_id}: {newest.reasons[0]}; see: baihuo release --help"
    if is_new:
        return "baihuo release (the newest bundle passed its gate and is not live)"
    if live is not None and s.features is None:
        return "baihuo features (the live bundle has no state to serve from)"
    if live is not None and live.since_us < check.checked_at_us:
        return "baihuo update (events were checked after the live bundle was released)"
    if not s.served.n_pages:
        return "baihuo serve (no page was served yet)"
    if s.log.n_waiting:
        return (
            f"baihuo update ({s.log.n_waiting:,} events of shoppers are not used for training yet)"
        )
    return "nothing: all events are used for training"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsState:
    """Imported files, and the age of the newest event from files or the live log."""

    n_imports: int
    newest_import_at_us: int | None
    n_kept: dict[str, int]  # events, products
    n_quarantined: dict[str, int]
    newest_event_at_us: int | None
    newest_event_age_hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckState:
    """The result of the last check."""

    verdict: str  # ok, warn, stop
    checked_at_us: int
    n_events: int  # clean ones
    n_products: int
    warnings: tuple[str, ...]
    stops: tuple[str, ...]
    is_stale: bool  # new rows were imported since
    n_noted: int = 0  # findings without an action


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleState:
    """A bundle and its gate."""

    bundle_id: str
    sealed_at_us: int
    is_open: bool | None  # None: gate not run
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    forced: dict[str, Any] | None  # by, reason, at_us of a forced release


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What is live."""

    index_id: str
    since_us: int
    bundle: BundleState
    features: str  # hash of its feature set, of which serving needs a state


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureStateInfo:
    """A feature state that serving starts from."""

    features: str  # hash of its feature set
    at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """The newest generation of the index."""

    index_id: str
    n_products: int
    made_at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasuresState:
    """Visitors who requested erasure."""

    n_pending: int  # recorded, still in files
    oldest_pending_at_us: int | None
    n_waiting: int  # in no file, but the live bundle was trained on them
    retrain_by_us: int | None  # the earliest deadline
    is_late: bool  # that deadline has passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything ``baihuo status`` shows; None or 0 for what does not exist yet."""

    folder: str
    at_us: int
    imports: ImportsState | None
    check: CheckState | None
    features: FeatureStateInfo | None  # the live bundle's, else the newest
    index: IndexState | None
    newest_bundle: BundleState | None
    live: LiveState | None
    log: LogState
    served: ServedState
    skew: ServedSkew | None
    watch: WatchReport | None = None  # the last watch of the then live bundle
    rollback: Rollback | None = None  # the last automatic one
    erasures: ErasuresState | None = None
    assist: Outcomes | None = None  # customer service, of the last 28 days
    warnings: tuple[str, ...] = field(default_factory=tuple)  # of unsafe settings
    problems: tuple[str, ...] = field(default_factory=tuple)
    next_step: str = ""

    def to_json(self) -> dict[str, Any]:
        """As printed with ``--json``."""
        return asdict(self)
