from .metrics import METRICS_CONTENT_TYPE, Metrics, worker_is_gone
from .policies import POLICIES, PolicyReport
from .policy_comparison import compare_log_policies, compare_policies
from .served_skew import measure_served_skew
from .shop_status import BundleState, Status
from .skew_file import ServedSkew
from .status import status

__all__ = [
    "METRICS_CONTENT_TYPE",
    "POLICIES",
    "BundleState",
    "Metrics",
    "PolicyReport",
    "ServedSkew",
    "Status",
    "compare_log_policies",
    "compare_policies",
    "measure_served_skew",
    "status",
    "worker_is_gone",
]
