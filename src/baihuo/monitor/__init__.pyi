from .collectors import (
    DiskCollector as DiskCollector,
    ServedSkew as ServedSkew,
)
from .live_impressions import (
    WatchedRows as WatchedRows,
    live_impressions as live_impressions,
)
from .metrics import (
    METRICS_CONTENT_TYPE as METRICS_CONTENT_TYPE,
    Metrics as Metrics,
    worker_is_gone as worker_is_gone,
)
from .placements import (
    write_placements as write_placements,
)
from .policies import (
    POLICIES as POLICIES,
    PolicyReport as PolicyReport,
    REPLAYED as REPLAYED,
    ReplayedPolicy as ReplayedPolicy,
    compare_log_policies as compare_log_policies,
    compare_policies as compare_policies,
    readings as readings,
)
from .served_skew import (
    measure_served_skew as measure_served_skew,
)
from .server_log import (
    AccessLog as AccessLog,
    LogSettings as LogSettings,
    REQUEST_ID_HEADER as REQUEST_ID_HEADER,
    request_id as request_id,
    set_up_log as set_up_log,
)
from .shop_status import (
    BundleState as BundleState,
    ReceiptState as ReceiptState,
    Status as Status,
    erasures_state as erasures_state,
    learned_from as learned_from,
    receipt_state as receipt_state,
    runs_of_bundles as runs_of_bundles,
)
from .status import (
    status as status,
)
from .visitor_data import (
    as_json as as_json,
    as_ndjson as as_ndjson,
    visitor_rows as visitor_rows,
)
from .watch_report import (
    Band as Band,
    Rollback as Rollback,
    WatchReport as WatchReport,
    Watched as Watched,
    append_rollback as append_rollback,
    read_watch as read_watch,
    rollbacks as rollbacks,
)
from .watched import (
    watched as watched,
)
