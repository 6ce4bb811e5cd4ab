from .metrics import METRICS_CONTENT_TYPE, Metrics, worker_is_gone
from .policies import POLICIES, REPLAYED, PolicyReport
from .policy_comparison import ReplayedPolicy, compare_log_policies, compare_policies
from .policy_reading import readings
from .served_skew import measure_served_skew
from .shop_status import BundleState, Status
from .skew_file import ServedSkew
from .status import status

__all__ = [
    "METRICS_CONTENT_TYPE",
    "POLICIES",
    "REPLAYED",
    "BundleState",
    "Metrics",
    "PolicyReport",
    "ReplayedPolicy",
    "ServedSkew",
    "Status",
    "compare_log_policies",
    "compare_policies",
    "measure_served_skew",
    "readings",
    "status",
    "worker_is_gone",
]
