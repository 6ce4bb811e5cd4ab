"""All that the gate is told of a bundle, measured here: latency, skew, what serves now."""

from __future__ import annotations

from pathlib import Path

from baihuo.bundle import Bundle, LiveBundles
from baihuo.core.progress import Progress, silent
from baihuo.encode import Encoders
from baihuo.engine import Tables
from baihuo.features import FeatureSet, FeatureState, state_folder
from baihuo.index import Generation
from baihuo.quality import QualityReport
from baihuo.rank import Ranker
from baihuo.release.gate import GateLimits, GateReport, SkewMeasure, against_live, gate
from baihuo.release.latency import measure_latency
from baihuo.release.replay import replay
from baihuo.release.sample_queries import sample_queries


def run_gate(
    tables: Tables,
    candidate: Bundle,
    *,
    live: LiveBundles | None,
    events: Path,
    products: Path,
    index: Path,
    features: Path,
    quality: QualityReport,
    limits: GateLimits,
    at_us: int,
    served: SkewMeasure | None = None,
    progress: Progress = silent,
) -> GateReport:
    """Time pages of ``candidate``, replay its features, and ask :func:`gate`.

    Args:
        live: What serves now; None: nothing yet.
        events, products: Clean ones.
        index: The generation it was trained over.
        features: ``3-features``, with the state of this moment of the candidate's features in it.
        quality: The report of the data it learned from.
        at_us: Now, on our clock, UTC.
        served: Skew of pages that were served with the same features; None: of none.
    """
    declared = FeatureSet.from_json(candidate.text("features.json"))
    generation = Generation.open(index, Encoders.open(candidate.folder("encoders")))
    state = FeatureState.load(state_folder(features, declared), declared)
    ranker = Ranker(candidate, generation, state)
    queries = sample_queries(tables, generation, events=events, at_us=at_us)
    latency = measure_latency(ranker, queries, progress=progress)
    replayed = None
    if "clicks" in candidate.json("report.json"):
        replayed = replay(
            tables,
            declared,
            events=events,
            products=products,
            examples=features / "examples.parquet",
            matrix=features / "matrix.parquet",
        )
    return gate(
        candidate,
        quality=quality,
        skew=replayed,
        served=served,
        latency=latency,
        against_live=against_live(candidate, live),
        is_first=live is None,
        limits=limits,
    )
