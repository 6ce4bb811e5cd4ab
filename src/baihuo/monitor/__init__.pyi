from .disk_collector import DiskCollector
from .live_impressions import WatchedRows, live_impressions
from .metrics import METRICS_CONTENT_TYPE, Metrics, worker_is_gone
from .placements import write_placements
from .policies import POLICIES, REPLAYED, PolicyReport
from .policy_comparison import ReplayedPolicy, compare_log_policies, compare_policies
from .policy_reading import readings
from .served_skew import measure_served_skew
from .shop_status import BundleState, Status
from .skew_file import ServedSkew
from .status import status
from .watch_report import (
    Band,
    Rollback,
    Watched,
    WatchReport,
    append_rollback,
    read_watch,
    rollbacks,
)
from .watched import watched

__all__ = [
    "METRICS_CONTENT_TYPE",
    "POLICIES",
    "REPLAYED",
    "Band",
    "BundleState",
    "DiskCollector",
    "Metrics",
    "PolicyReport",
    "ReplayedPolicy",
    "Rollback",
    "ServedSkew",
    "Status",
    "WatchReport",
    "Watched",
    "WatchedRows",
    "append_rollback",
    "compare_log_policies",
    "compare_policies",
    "live_impressions",
    "measure_served_skew",
    "read_watch",
    "readings",
    "rollbacks",
    "status",
    "watched",
    "worker_is_gone",
    "write_placements",
]
