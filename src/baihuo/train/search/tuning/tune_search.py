"""``baihuo tune search``: from judgements or clicks to a tuning that is surely better, or to none."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput, Progress, no_progress
from baihuo.evaluate import Interval, paired_bootstrap
from baihuo.index import UNTUNED, Generation, SearchTuning, Thresholds, query_words
from baihuo.train.search.tuning.clicked_searches import check_on_pages
from baihuo.train.search.tuning.graders import (
    MIN_OF_PEOPLE,
    MIN_QUERIES,
    Graders,
    SearchEvidence,
    graders,
)
from baihuo.train.search.tuning.judged_queries import MEASURES, JudgedQueries, OfPeople
from baihuo.train.search.tuning.nested import (
    CONFIDENCE,
    FOLDS,
    REPEATS,
    Measured,
    Nested,
    group_of,
    nested,
)

_LEAST_JUDGED = 0.95  # of the present share of the first ten that was judged


@dataclass(frozen=True, slots=True, eq=False)
class SearchTuned:
    """The tuning, None where the present one stays, and the report."""

    tuning: SearchTuning | None
    report: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class _Attempt:
    """What one kind of graders chose, and why it is refused (empty: it is not)."""

    found: Nested
    report: dict[str, Any]
    sure_gain: float  # the low end of the gain by those whose grades decide: people, or clicks

    @property
    def is_used(self) -> bool:
        return bool(self.report["is_used"])


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

    Grades of people come first, and a model's beside them if it is calibrated on theirs; where fewer than
    :data:`~baihuo.train.search.tuning.graders.MIN_QUERIES` queries have them, clicks. What is chosen replaces the present tuning
    only if the gain on held-out queries is surely above 0, the first ten hold no fewer judged products than 0.95 of today's, and
    the newest logged pages, if there are any, do not surely lose clicks. Where a model took part, the gain must be surely above 0
    by people's grades alone, too; and people's grades alone choose another tuning beside it, of which the surer one is taken.

    Args:
        generation: the index, with the present tuning.
        thresholds: of the bundle.
        minutes: for all of it; what is not finished by then changes nothing.
        seed: of folds and intervals.

    Raises:
        BadInput: too few queries were judged or clicked.
    """
    started, present = time.monotonic(), generation.tuning
    by = graders(evidence)
    plain = generation.tuned(UNTUNED)
    judged = JudgedQueries(plain, by.gains, thresholds=thresholds, people=by.people, seed=seed)
    if len(judged) < MIN_QUERIES:
        raise BadInput(
            f"{len(judged)} searches have a good product by {by.by}, {MIN_QUERIES} are needed to choose anything",
            fix="judge more (baihuo label next), or wait for more clicked searches",
        )
    tuner = _Tuner(plain, present, judged, by, evidence, thresholds, seed, progress)
    attempts = tuner.attempts(started, started + 60 * minutes)
    best = max(attempts, key=lambda a: (a.is_used, a.is_used and a.sure_gain))
    report = {**best.report, "grades": by.grades, "minutes": _minutes(started)}
    for other in attempts:
        if other is not best:
            name = "people_alone" if other.report["by"] == "judgements" else "with_model"
            report[name] = other.report
    if not best.is_used:
        return SearchTuned(None, report)
    kept = ("by", "n_queries", "gain", "gain_by_people", "held_out", "present", "logged_pages")
    provenance = {k: report[k] for k in (*kept, "n_tried", "grades") if k in report}
    provenance |= {"index_id": generation.index_id, "made_at_s": int(time.time())}
    return SearchTuned(replace(best.found.chosen, provenance=provenance), report)


@dataclass(frozen=True, slots=True, eq=False)
class _Tuner:
    plain: Generation  # the index without its tuning
    present: SearchTuning
    judged: JudgedQueries
    by: Graders
    evidence: SearchEvidence
    thresholds: Thresholds
    seed: int
    progress: Progress

    def attempts(self, started_s: float, until_s: float) -> list[_Attempt]:
        """What all graders choose, last; before it, where a model is among them, what people's grades alone choose."""
        if self.by.people is None:
            return [self._attempt(self.judged, self.by.by, np.arange(len(self.judged)), until_s)]
        of_people, found = OfPeople(self.judged, self.present), []
        if len(of_people) >= MIN_QUERIES:
            half_s = (started_s + until_s) / 2
            found.append(self._attempt(of_people, "judgements", of_people.rows, half_s))
        every = np.arange(len(self.judged))
        found.append(self._attempt(self.judged, self.by.by, every, until_s, of_people))
        return found

    def _attempt(
        self,
        queries: Measured,
        by: str,
        rows: NDArray[np.intp],
        until_s: float,
        of_people: OfPeople | None = None,
    ) -> _Attempt:
        """Choose by ``queries``, which are ``rows`` of all; ``of_people`` check it where a model took part."""
        groups = [group_of(self.judged.texts[i], query_words) for i in rows]
        found = nested(
            queries, self.present, groups, seed=self.seed, until_s=until_s, progress=self.progress
        )
        report = {"by": by, **_report(self.judged.n_tried, self.present, found)}
        gain, why_not = found.gain, ""
        if of_people is not None:
            report["first_ten"] = self._first_ten(found)
            if len(of_people) < MIN_OF_PEOPLE:
                why_not = f"people found a good product for {len(of_people)} searches of this index, {MIN_OF_PEOPLE} are needed to check it"
            else:
                gain = self._by_people(found, of_people, groups)
                report["n_queries_of_people"] = len(of_people)
                report["gain_by_people"] = gain.to_json()
        if self.by.pages is not None and found.chosen != self.present:
            report["logged_pages"] = self._on_pages(found.chosen)
        why_not = _why_not(found, self.present, report) or why_not or _not_by_people(report)
        report |= {"is_used": not why_not, "why": why_not or "surely better on held-out queries"}
        return _Attempt(found, report, gain.low)

    def _by_people(self, found: Nested, of_people: OfPeople, groups: Sequence[str]) -> Interval:
        """The held-out gain of people's queries by people's grades."""
        out = found.held_out_by(self.judged.values_of_people)[of_people.rows, :2].mean(axis=1)
        return paired_bootstrap(
            out,
            of_people.goal(self.present),
            seed=self.seed,
            clusters=np.array([groups[i] for i in of_people.rows]),
            confidence=CONFIDENCE,
        )

    def _first_ten(self, found: Nested) -> dict[str, dict[str, float]]:
        """The shares of the first ten that people judged, that the model graded, and that nobody looked at."""
        at, shares = MEASURES.index("judged10"), {}
        now = self.judged.values_of_people(self.present)
        out = found.held_out_by(self.judged.values_of_people)
        for name, by_people, by_all in (
            ("present", now, found.present),
            ("held_out", out, found.held_out),
        ):
            people, every = float(by_people[:, at].mean()), float(by_all[:, at].mean())
            shares[name] = {"people": people, "model": every - people, "nobody": 1 - every}
        return shares

    def _on_pages(self, chosen: SearchTuning) -> dict[str, Any]:
        assert self.by.pages is not None
        curve = self.evidence.curve
        checked = check_on_pages(
            self.plain,
            self.by.pages,
            curve,
            present=self.present,
            tuned=chosen,
            thresholds=self.thresholds,
        )
        return {**checked, "examination": "logarithmic" if curve is None else "measured"}


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


def _not_by_people(report: Mapping[str, Any]) -> str:
    """Why people's grades refuse what was chosen with a model's."""
    gain = report.get("gain_by_people")
    if gain is None or gain["low"] > 0:
        return ""
    return f"not surely better by people's grades alone: {gain['mid']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"


def _report(n_tried: int, present: SearchTuning, found: Nested) -> dict[str, Any]:
    folds = [one.changes(present) for one in found.of_folds]
    held_out, now = found.held_out.mean(axis=0), found.present.mean(axis=0)
    return {
        "n_queries": len(found.present),
        "n_tried": n_tried,
        "n_folds": len(folds),
        "folds_wanted": FOLDS * REPEATS,
        "changes": found.chosen.changes(present),
        "changes_of_folds": folds,
        "held_out": dict(zip(MEASURES, map(float, held_out), strict=True)),
        "present": dict(zip(MEASURES, map(float, now), strict=True)),
        "gain": found.gain.to_json(),
        "better": int(np.sum(found.held_out[:, :2].sum(1) > found.present[:, :2].sum(1) + 1e-9)),
        "worse": int(np.sum(found.held_out[:, :2].sum(1) < found.present[:, :2].sum(1) - 1e-9)),
    }


def _minutes(started_s: float) -> float:
    return round((time.monotonic() - started_s) / 60, 2)
