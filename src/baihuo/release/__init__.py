"""Whether a bundle may serve, and the swap: gate, release, rollback."""

from baihuo.release.gate import GateCheck, GateLimits, GateReport, gate
from baihuo.release.latency import Latency, measure_latency
from baihuo.release.replay import Replayed, replay
from baihuo.release.sample_queries import sample_queries
from baihuo.release.swap import release, rollback

__all__ = [
    "GateCheck",
    "GateLimits",
    "GateReport",
    "Latency",
    "Replayed",
    "gate",
    "measure_latency",
    "release",
    "replay",
    "rollback",
    "sample_queries",
]
