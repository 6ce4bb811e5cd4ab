"""Gate, release and rollback of bundles."""

from baihuo.release.gate import against_live, gate
from baihuo.release.gate_report import ForcedRelease, GateCheck, GateLimits, GateReport
from baihuo.release.latency import Latency, measure_latency
from baihuo.release.past_states import states_at
from baihuo.release.replay import ReplayResult, Tolerance, replay
from baihuo.release.run_gate import run_gate
from baihuo.release.sample_queries import sample_queries
from baihuo.release.schedule import repeat
from baihuo.release.swap import release, rollback
from baihuo.release.yardstick import Yardstick

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
