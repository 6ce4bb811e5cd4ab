"""``baihuo tune search``: from judgements or clicks to a tuning that is surely better, or to none."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from baihuo.core import BadInput, Progress, no_progress
from baihuo.evaluate import Examination
from baihuo.index import Generation, SearchTuning, Thresholds, query_words
from baihuo.train.search.tuning.clicked_searches import ClickedSearches, check_on_pages
from baihuo.train.search.tuning.judged_queries import MEASURES, Gains, JudgedQueries, untuned
from baihuo.train.search.tuning.nested import FOLDS, REPEATS, Nested, group_of, nested

MIN_QUERIES = 30  # judged or clicked; fewer are left to the defaults
_LEAST_JUDGED = 0.95  # of the present share of the first ten that was judged


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SearchEvidence:
    """What a shop knows of its searches."""

    grades: Mapping[str, Mapping[str, int]]  # query → product → grade of people
    clicked: ClickedSearches | None  # None: the log has no clicked search
    curve: (
        Examination | None
    )  # how far down pages of searches are read, where exploration has shown it


@dataclass(frozen=True, slots=True, eq=False)
class SearchTuned:
    """The tuning, None where the present one stays, and the report."""

    tuning: SearchTuning | None
    report: dict[str, Any]


def tune_search(
    generation: Generation,
    evidence: SearchEvidence,
    *,
    thresholds: Thresholds,
    minutes: float = 10.0,
    seed: int = 7,
    progress: Progress = no_progress,
) -> SearchTuned:
    """Choose weights and thresholds by nested cross-validation, check them on logged pages, and decide.

    Grades of people come first; where fewer than :data:`MIN_QUERIES` queries have them, clicks. What is chosen replaces the
    present tuning only if the gain on held-out queries is surely above 0, the first ten hold no fewer judged products than 0.95
    of today's, and the newest logged pages, if there are any, do not surely lose clicks.

    Args:
        generation: the index, with the present tuning.
        thresholds: of the bundle.
        minutes: for all of it; what is not finished by then changes nothing.
        seed: of folds and intervals.

    Raises:
        BadInput: too few queries were judged or clicked.
    """
    started, present = time.monotonic(), generation.tuning
    plain = untuned(generation)
    by, gains, pages = _gains(evidence)
    judged = JudgedQueries(plain, gains, thresholds=thresholds, seed=seed)
    if len(judged) < MIN_QUERIES:
        raise BadInput(
            f"{len(judged)} searches have a good product by {by}, {MIN_QUERIES} are needed to choose anything",
            fix="judge more (baihuo label next), or wait for more clicked searches",
        )
    groups = [group_of(text, query_words) for text in judged.texts]
    until = started + 60 * minutes
    found = nested(judged, present, groups, seed=seed, until_s=until, progress=progress)
    report = _report(judged, present, found, by=by, minutes=(time.monotonic() - started) / 60)
    if pages is not None and found.chosen != present:
        report["logged_pages"] = check_on_pages(
            plain,
            pages,
            evidence.curve,
            present=present,
            tuned=found.chosen,
            thresholds=thresholds,
        )
        report["logged_pages"]["examination"] = (
            "logarithmic" if evidence.curve is None else "measured"
        )
    why_not = _why_not(found, present, report)
    report |= {"is_used": not why_not, "why": why_not or "surely better on held-out queries"}
    if why_not:
        return SearchTuned(None, report)
    kept = ("by", "n_queries", "gain", "held_out", "present", "logged_pages", "n_tried")
    provenance = {k: report[k] for k in kept if k in report}
    provenance |= {"index_id": generation.index_id, "made_at_s": int(time.time())}
    return SearchTuned(replace(found.chosen, provenance=provenance), report)


def _gains(evidence: SearchEvidence) -> tuple[str, Gains, ClickedSearches | None]:
    """What judges, the gains, and the pages to check on, of which none took part in choosing."""
    graded = {q: {p: 2.0**g - 1 for p, g in by.items()} for q, by in evidence.grades.items()}
    n_graded = sum(any(by.values()) for by in graded.values())
    if evidence.clicked is None:
        return "judgements", graded, None
    older, newer = evidence.clicked.older_and_newer()
    if n_graded >= MIN_QUERIES:
        return "judgements", graded, newer
    return "clicks", older.gains(evidence.curve), newer


def _why_not(found: Nested, present: SearchTuning, report: Mapping[str, Any]) -> str:
    """Why the present tuning stays; empty where it does not."""
    gain = found.gain
    if not found.is_whole:
        return "time was up before every fold had chosen: give it more --minutes"
    if found.chosen == present:
        return "no change pays on the queries that are known"
    if gain.low <= 0:
        return f"not surely better on held-out queries: {gain.mid:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
    at = MEASURES.index("judged10")
    now, then = found.present[:, at].mean(), found.held_out[:, at].mean()
    if then < _LEAST_JUDGED * now:
        return f"only {then:.0%} of the first ten would be judged, {now:.0%} are today: what is new there nobody has looked at"
    on_pages = report.get("logged_pages", {}).get("gain")
    if on_pages is not None and on_pages["high"] < 0:
        return f"logged pages lose clicks: {on_pages['mid']:+.3f} a page"
    return ""


def _report(
    judged: JudgedQueries, present: SearchTuning, found: Nested, *, by: str, minutes: float
) -> dict[str, Any]:
    folds = [_changes(one, present) for one in found.of_folds]
    held_out, now = found.held_out.mean(axis=0), found.present.mean(axis=0)
    return {
        "by": by,
        "n_queries": len(judged),
        "n_tried": judged.n_tried,
        "n_folds": len(folds),
        "folds_wanted": FOLDS * REPEATS,
        "minutes": round(minutes, 2),
        "changes": _changes(found.chosen, present),
        "changes_of_folds": folds,
        "held_out": dict(zip(MEASURES, map(float, held_out), strict=True)),
        "present": dict(zip(MEASURES, map(float, now), strict=True)),
        "gain": found.gain.to_json(),
        "better": int(np.sum(found.held_out[:, :2].sum(1) > found.present[:, :2].sum(1) + 1e-9)),
        "worse": int(np.sum(found.held_out[:, :2].sum(1) < found.present[:, :2].sum(1) - 1e-9)),
    }


def _changes(tuning: SearchTuning, present: SearchTuning) -> dict[str, list[float | None]]:
    """Name → now, then."""

    def flat(one: SearchTuning) -> dict[str, float | None]:
        return {
            **asdict(one.weights),
            "dense_probability": one.dense_probability,
            "min_should_match": one.min_should_match,
        }

    before, after = flat(present), flat(tuning)
    return {k: [before[k], after[k]] for k in before if before[k] != after[k]}
