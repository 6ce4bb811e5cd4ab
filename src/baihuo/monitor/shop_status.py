"""The state of a shop as records: one for each stage, and :class:`Status` for all of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from baihuo.assist import Outcomes
from baihuo.events import LogState, ServedState
from baihuo.monitor.skew_file import ServedSkew
from baihuo.monitor.watch_report import Rollback, WatchReport


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
