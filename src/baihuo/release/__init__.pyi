from .gate import (
    Compared as Compared,
    against_live as against_live,
    gate as gate,
)
from .gate_report import (
    ForcedRelease as ForcedRelease,
    GateCheck as GateCheck,
    GateLimits as GateLimits,
    GateReport as GateReport,
)
from .judged_search import (
    JudgedComparison as JudgedComparison,
    JudgedPages as JudgedPages,
    JudgedSet as JudgedSet,
    compare_judged as compare_judged,
)
from .latency import (
    Latency as Latency,
    Yardstick as Yardstick,
    measure_latency as measure_latency,
    sample_queries as sample_queries,
)
from .replay import (
    ReplayResult as ReplayResult,
    Tolerance as Tolerance,
    replay as replay,
    states_at as states_at,
)
from .run_gate import (
    compare_searches as compare_searches,
    measure_relevance as measure_relevance,
    run_gate as run_gate,
)
from .search_relevance import (
    RelevanceGain as RelevanceGain,
    RelevanceMeasure as RelevanceMeasure,
    clicks_gain as clicks_gain,
    judged_gain as judged_gain,
)
from .swap import (
    release as release,
    repeat as repeat,
    rollback as rollback,
)
