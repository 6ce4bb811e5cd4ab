from .gate import against_live, gate
from .gate_report import ForcedRelease, GateCheck, GateLimits, GateReport
from .latency import Latency, measure_latency
from .past_states import states_at
from .replay import ReplayResult, Tolerance, replay
from .run_gate import run_gate
from .sample_queries import sample_queries
from .schedule import repeat
from .swap import release, rollback
from .yardstick import Yardstick

__all__ = [
    "ForcedRelease",
    "GateCheck",
    "GateLimits",
    "GateReport",
    "Latency",
    "ReplayResult",
    "Tolerance",
    "Yardstick",
    "against_live",
    "gate",
    "measure_latency",
    "release",
    "repeat",
    "replay",
    "rollback",
    "run_gate",
    "sample_queries",
    "states_at",
]
