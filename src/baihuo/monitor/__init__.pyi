from .disk_collector import DiskCollector
from .erasure_state import (
    ReceiptState,
    erasures_state,
    learned_from,
    receipt_state,
    runs_of_bundles,
)
from .live_impressions import WatchedRows, live_impressions
from .metrics import METRICS_CONTENT_TYPE, Metrics, worker_is_gone
from .placements import write_placements
from .policies import POLICIES, REPLAYED, PolicyReport
from .policy_comparison import ReplayedPolicy, compare_log_policies, compare_policies
from .policy_reading import readings
from .served_skew import measure_served_skew
from .server_log import REQUEST_ID_HEADER, AccessLog, LogSettings, request_id, set_up_log
from .shop_status import BundleState, Status
from .skew_file import ServedSkew
from .status import status
from .visitor_data import as_json, as_ndjson, visitor_rows
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
    "REQUEST_ID_HEADER",
    "AccessLog",
    "Band",
    "BundleState",
    "DiskCollector",
    "LogSettings",
    "Metrics",
    "PolicyReport",
    "ReceiptState",
    "ReplayedPolicy",
    "Rollback",
    "ServedSkew",
    "Status",
    "WatchReport",
    "Watched",
    "WatchedRows",
    "append_rollback",
    "as_json",
    "as_ndjson",
    "compare_log_policies",
    "compare_policies",
    "erasures_state",
    "learned_from",
    "live_impressions",
    "measure_served_skew",
    "read_watch",
    "readings",
    "receipt_state",
    "request_id",
    "rollbacks",
    "runs_of_bundles",
    "set_up_log",
    "status",
    "visitor_rows",
    "watched",
    "worker_is_gone",
    "write_placements",
]
