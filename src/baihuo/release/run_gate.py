"""Measure a bundle for the gate (latency, skew, comparison with the live bundle) and run the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from baihuo.bundle import CLICKS_FOLDER, Bundle, LiveBundles, open_generation, read_live, tuning_of
from baihuo.core import HOME_DIVERSITY, Progress, Query, ShopPaths, Surface, no_progress
from baihuo.engine import Tables
from baihuo.features import FeatureSet, FeatureState, state_folder
from baihuo.index import UNTUNED, Generation, SearchTuning, answer_set
from baihuo.quality import QualityReport
from baihuo.rank import NO_EXPLORATION, Ranker
from baihuo.release.gate import Compared, against_live, gate
from baihuo.release.gate_checks import SERVICE_REPORT
from baihuo.release.gate_report import GateLimits, GateReport, SkewMeasure
from baihuo.release.judged_search import JudgedComparison, JudgedSet, compare_judged
from baihuo.release.latency import measure_latency, sample_queries
from baihuo.release.recommendation_clicks import recommendation_gains
from baihuo.release.replay import replay, tested_from
from baihuo.release.search_relevance import (
    RelevanceMeasure,
    TuningMeasure,
    clicks_gain,
    judged_gain,
)

_LEARNED: Mapping[str, str] = {Surface.SEARCH: "learned"}
_TEXT: Mapping[str, str] = {Surface.SEARCH: "text"}


def run_gate(
    tables: Tables,
    paths: ShopPaths,
    candidate: Bundle,
    *,
    limits: GateLimits,
    at_us: int,
    diversity: float = HOME_DIVERSITY,
    served: SkewMeasure | None = None,
    judged: Sequence[JudgedSet] = (),
    progress: Progress = no_progress,
) -> GateReport:
    """Time pages of ``candidate``, compare its orders with those without click models, replay its features, and run :func:`gate`.

    Args:
        paths: The shop: clean data, the index the candidate was trained over, and in ``3-features`` a current
            state of the candidate's features.
        at_us: Now, on our clock, UTC.
        diversity: Of home pages, as they will be served.
        served: Skew of pages served with the same features, if any.
        judged: Judged searches that the candidate was not trained on.
    """
    live = read_live(paths.bundles)
    report, features, events = candidate.json("report.json"), paths.features, paths.clean_events
    declared = FeatureSet.from_json(candidate.text("features.json"))
    generation = open_generation(candidate, paths)
    state = FeatureState.load(state_folder(features, declared), declared)
    ranker = Ranker(candidate, generation, state, order_switches=_LEARNED, diversity=diversity)
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
        quality=QualityReport.load(paths.quality_report),
        skew=replayed,
        served=served,
        latency=latency,
        compared=Compared(
            against_live=against_live(candidate, live),
            relevance=measure_relevance(
                tables, paths, ranker, judged=judged, at_us=at_us, progress=progress
            ),
            tuning=measure_tuning(
                ranker, _tuning(paths, live), judged=judged, at_us=at_us, progress=progress
            ),
            recommendations=recommendation_gains(
                tables,
                ranker,
                events=events,
                products=paths.clean_products,
                examples=features / "examples.parquet",
                since_us=tested_from(candidate),
                progress=progress,
            ),
            live_has_clicks=_live_has(paths, live, f"{CLICKS_FOLDER}/report.json"),
            live_has_service=_live_has(paths, live, SERVICE_REPORT),
        ),
        is_first=live is None,
        limits=limits,
    )


def _tuning(paths: ShopPaths, live: LiveBundles | None) -> SearchTuning:
    if live is None:
        return UNTUNED
    return tuning_of(Bundle.open(paths.bundles / live.bundle_id, verify=False))


def _live_has(paths: ShopPaths, live: LiveBundles | None, name: str) -> bool:
    if live is None:
        return False
    return name in Bundle.open(paths.bundles / live.bundle_id, verify=False)


def measure_relevance(
    tables: Tables,
    paths: ShopPaths,
    ranker: Ranker,
    *,
    judged: Sequence[JudgedSet],
    at_us: int,
    progress: Progress = no_progress,
) -> RelevanceMeasure | None:
    """Compare the learned order of searches with the text order; None without a model for them.

    Args:
        ranker: The candidate's, with its learned orders.
    """
    order = ranker.orders[Surface.SEARCH]
    if not order.startswith("learned:") or ranker.bundle is None:
        return None
    generation = ranker.generation

    def both(state: FeatureState) -> tuple[Ranker, Ranker]:
        return _learned_and_text(ranker, state)

    learned, text = both(ranker.state)
    gains = [
        judged_gain(
            one,
            learned,
            text,
            known=generation.row_of,
            at_us=at_us,
            progress=progress,
        )
        for one in judged
    ]
    examples = paths.features / "examples.parquet"
    if ranker.clicks is not None and examples.exists():
        gains.append(
            clicks_gain(
                tables,
                ranker.state.features,
                both,
                events=paths.clean_events,
                products=paths.clean_products,
                examples=examples,
                since_us=tested_from(ranker.bundle),
                progress=progress,
            )
        )
    return RelevanceMeasure(order, tuple(gain for gain in gains if gain is not None))


def measure_tuning(
    ranker: Ranker,
    present: SearchTuning,
    *,
    judged: Sequence[JudgedSet],
    at_us: int,
    progress: Progress = no_progress,
) -> TuningMeasure | None:
    """Compare the searches of one bundle under its tuning with those under the live one; None where both are the same.

    Args:
        ranker: The candidate's, with its learned orders.
        present: The tuning of the live bundle.
    """
    tuning = ranker.generation.tuning
    if tuning == present:
        return None
    others = (ranker.generation, ranker.generation.tuned(present))
    gains = {}
    has_model = ranker.orders[Surface.SEARCH].startswith("learned:")
    for switches in (_TEXT, _LEARNED) if has_model else (_TEXT,):
        tuned, as_live = (_ranker(ranker, ranker.state, g, switches) for g in others)
        found = [
            judged_gain(
                one, tuned, as_live, known=ranker.generation.row_of, at_us=at_us, progress=progress
            )
            for one in judged
        ]
        gains[tuned.orders[Surface.SEARCH]] = tuple(gain for gain in found if gain is not None)
    return TuningMeasure(gains, tuning.changes(present), tuning.provenance.get("gain"))


def compare_searches(
    paths: ShopPaths,
    bundle: Bundle,
    *,
    judged: Sequence[JudgedSet],
    at_us: int,
    progress: Progress = no_progress,
) -> list[JudgedComparison]:
    """Compare a bundle's learned order of judged searches with the text order, over the index it was trained with.

    Returns:
        A comparison for each set and measure; none without a model for searches or judgements.

    Raises:
        NotFound: the bundle's index or feature state was deleted.
    """
    if not judged:
        return []
    declared = FeatureSet.from_json(bundle.text("features.json"))
    generation = open_generation(bundle, paths)
    state = FeatureState.load(state_folder(paths.features, declared), declared)
    ranker = Ranker(bundle, generation, state, order_switches=_LEARNED)
    if not ranker.orders[Surface.SEARCH].startswith("learned:"):
        return []
    learned, text = _learned_and_text(ranker, state)

    def found(query: Query) -> list[str]:
        rows = answer_set(generation, query, ranker.thresholds).rows
        return [str(generation.product_ids[row]) for row in rows.tolist()]

    lines = []
    for one in judged:
        lines += compare_judged(
            one, learned, text, found, known=generation.row_of, at_us=at_us, progress=progress
        )
    return lines


def _learned_and_text(ranker: Ranker, state: FeatureState) -> tuple[Ranker, Ranker]:
    """Return the rankers of both orders over ``state``."""
    learned, text = (_ranker(ranker, state, ranker.generation, s) for s in (_LEARNED, _TEXT))
    return learned, text


def _ranker(
    ranker: Ranker, state: FeatureState, generation: Generation, switches: Mapping[str, str]
) -> Ranker:
    """Return a ranker of the same bundle without exploration."""
    return Ranker(
        ranker.bundle, generation, state, exploration=NO_EXPLORATION, order_switches=switches
    )
