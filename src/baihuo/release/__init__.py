"""Whether a bundle may serve, and the swap: gate, release, rollback."""

from baihuo.release.ask import ask_gate
from baihuo.release.gate import GateCheck, GateLimits, GateReport, against_live, gate
from baihuo.release.latency import Latency, measure_latency
from baihuo.release.replay import Replayed, replay
from baihuo.release.sample_queries import sample_queries
from baihuo.release.schedule import repeat
from baihuo.release.swap import release, rollback

__all__ = [
    "GateCheck",
    "GateLimits",
    "GateReport",
    "Latency",
    "Replayed",
    "against_live",
    "ask_gate",
    "gate",
    "measure_latency",
    "release",
    "repeat",
    "replay",
    "rollback",
    "sample_queries",
]
