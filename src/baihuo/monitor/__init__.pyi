from .disk_collector import DiskCollector as DiskCollector
from .erasure_state import (
    ReceiptState as ReceiptState,
    erasures_state as erasures_state,
    learned_from as learned_from,
    receipt_state as receipt_state,
    runs_of_bundles as runs_of_bundles,
)
from .live_impressions import WatchedRows as WatchedRows, live_impressions as live_impressions
from .metrics import (
    METRICS_CONTENT_TYPE as METRICS_CONTENT_TYPE,
    Metrics as Metrics,
    worker_is_gone as worker_is_gone,
)
from .placements import write_placements as write_placements
from .policies import POLICIES as POLICIES, REPLAYED as REPLAYED, PolicyReport as PolicyReport
from .policy_comparison import (
    ReplayedPolicy as ReplayedPolicy,
    compare_log_policies as compare_log_policies,
    compare_policies as compare_policies,
)
from .policy_reading import readings as readings
from .served_skew import measure_served_skew as measure_served_skew
from .server_log import (
    REQUEST_ID_HEADER as REQUEST_ID_HEADER,
    AccessLog as AccessLog,
    LogSettings as LogSettings,
    request_id as request_id,
    set_up_log as set_up_log,
)
from .shop_status import BundleState as BundleState, Status as Status
from .skew_file import ServedSkew as ServedSkew
from .status import status as status
from .visitor_data import as_json as as_json, as_ndjson as as_ndjson, visitor_rows as visitor_rows
from .watch_report import (
    Band as Band,
    Rollback as Rollback,
    Watched as Watched,
    WatchReport as WatchReport,
    append_rollback as append_rollback,
    read_watch as read_watch,
    rollbacks as rollbacks,
)
from .watched import watched as watched
