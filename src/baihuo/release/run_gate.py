"""Measures what the gate needs of a bundle (latency, skew, the live bundle) and runs the gate."""

from __future__ import annotations

from baihuo.bundle import Bundle, read_live
from baihuo.core import Progress, ShopPaths, no_progress
from baihuo.encode import Encoders
from baihuo.engine import Tables
from baihuo.features import FeatureSet, FeatureState, state_folder
from baihuo.index import Generation, read_synonyms
from baihuo.quality import QualityReport
from baihuo.rank import Ranker
from baihuo.release.gate import against_live, gate
from baihuo.release.gate_report import GateLimits, GateReport, SkewMeasure
from baihuo.release.latency import measure_latency
from baihuo.release.replay import replay
from baihuo.release.sample_queries import sample_queries


def run_gate(
    tables: Tables,
    paths: ShopPaths,
    candidate: Bundle,
    *,
    quality: QualityReport,
    limits: GateLimits,
    at_us: int,
    served: SkewMeasure | None = None,
    progress: Progress = no_progress,
) -> GateReport:
    """Time pages of ``candidate``, replay its features, and run :func:`gate`.

    Args:
        paths: The shop: clean data, the index the candidate was trained over, and in ``3-features`` a current
            state of the candidate's features.
        quality: The report of the training data.
        at_us: Now, on our clock, UTC.
        served: Skew of pages that were served with the same features; None: there are none.
    """
    live = read_live(paths.bundles)
    report, features, events = candidate.json("report.json"), paths.features, paths.clean_events
    declared = FeatureSet.from_json(candidate.text("features.json"))
    generation = Generation.open(
        paths.index / report["index_id"],
        Encoders.open(candidate.folder("encoders")),
        read_synonyms(paths.synonyms),
    )
    state = FeatureState.load(state_folder(features, declared), declared)
    ranker = Ranker(candidate, generation, state)
    queries = sample_queries(tables, generation, events=events, at_us=at_us)
    latency = measure_latency(ranker, queries, progress=progress)
    replayed = None
    if "clicks" in report:
        replayed = replay(
            tables,
            declared,
            events=events,
            products=paths.clean_products,
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
