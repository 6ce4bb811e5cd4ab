from .gate import Compared, against_live, gate
from .gate_report import ForcedRelease, GateCheck, GateLimits, GateReport
from .judged_search import JudgedComparison, JudgedPages, JudgedSet, compare_judged
from .latency import Latency, measure_latency
from .past_states import states_at
from .replay import ReplayResult, Tolerance, replay
from .run_gate import compare_searches, measure_relevance, run_gate
from .sample_queries import sample_queries
from .schedule import repeat
from .search_relevance import (
    RelevanceGain,
    RelevanceMeasure,
    clicks_gain,
    judged_gain,
)
from .swap import release, rollback
from .yardstick import Yardstick

__all__ = [
    "Compared",
    "ForcedRelease",
    "GateCheck",
    "GateLimits",
    "GateReport",
    "JudgedComparison",
    "JudgedPages",
    "JudgedSet",
    "Latency",
    "RelevanceGain",
    "RelevanceMeasure",
    "ReplayResult",
    "Tolerance",
    "Yardstick",
    "against_live",
    "clicks_gain",
    "compare_judged",
    "compare_searches",
    "gate",
    "judged_gain",
    "measure_latency",
    "measure_relevance",
    "release",
    "repeat",
    "replay",
    "rollback",
    "run_gate",
    "sample_queries",
    "states_at",
]
