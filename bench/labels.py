"""Raters, label audit and labelling queue, on the judged Icecat queries.

    python bench/labels.py --data ../shared/data/icecat

``agreement``: three raters beside each other, and their Dawid–Skene consensus beside the final grades.
``queue``: raters are simulated who err as the real three do, with the final grades as truth. There are
two orders of the judged products: words of the query in the title, and in the description. Told is the
error after so many judgements, asked for at random or by the queue, mean over ``--runs`` runs, of
``difference`` (of nDCG@10, over beliefs of all pairs), ``difference_exported`` (the same over consensus
grades, with unjudged products as 0) and ``ours_exported`` (nDCG@10 of ours, likewise).
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from _bench import Clock, emit
from baihuo.evaluate import believed, metric_by_query, value_of_asking
from baihuo.evaluate.agreement import MISSING, weighted_kappa
from baihuo.evaluate.raters import agreement

AT_ONCE, TOTAL, TOLD = 20, 800, (100, 200, 300, 400, 600, 800)
Rows = NDArray[np.int64]


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask.add_argument("--data", type=Path, required=True)
    ask.add_argument("--runs", type=int, default=5)
    given = ask.parse_args()
    final = {(r["query"], r["docid"]): int(r["rating"]) for r in _csv(given.data / "ratings.csv")}
    rows = _csv(given.data / "individual_ratings.csv")
    ratings = np.array([[int(r[f"agent_{i}_rating"]) for i in (1, 2, 3)] for r in rows])
    truth = np.array([final[r["query"], r["docid"]] for r in rows])
    said = agreement(ratings, ["agent_1", "agent_2", "agent_3"], n_grades=4)
    votes = {"consensus": said.consensus.grades, "median": np.sort(ratings, axis=1)[:, 1]}
    votes |= {f"agent_{i + 1}": ratings[:, i] for i in range(3)}
    emit(part="agreement", **said.to_json())
    for name, grades in votes.items():
        emit(part="agreement", who=name, equal_to_final=float((grades == truth).mean()),
             kappa=weighted_kappa(grades, truth, n_grades=4))  # fmt: skip
    queries = np.array([q for q, _ in final])
    grades = np.array(list(final.values()))
    ours, theirs = _orders(given.data, list(final))
    for metric, other in (("difference", theirs), ("ours", None)):
        for policy in ("random", "queue"):
            with Clock() as clock:
                errors = [
                    _asked(policy, seed, queries, grades, ours, other, said.consensus.confusion)
                    for seed in range(given.runs)
                ]
            beliefs, exported = np.mean(errors, axis=0).T
            for name, mean in ((metric, beliefs), (f"{metric}_exported", exported)):
                told = {str(n): round(float(mean[n // AT_ONCE - 1]), 4) for n in TOLD}
                emit(part="queue", metric=name, policy=policy, error_after=told,
                     n_pairs=len(grades), cpu_s=clock.cpu_s)  # fmt: skip


def _asked(
    policy: str, seed: int, queries: NDArray[np.str_], truth: Rows, ours: Rows, theirs: Rows | None,
    confusion: NDArray[np.float64],
) -> list[tuple[float, float]]:  # fmt: skip
    """Error of the difference after each batch; raters take turns."""
    rng = np.random.default_rng(seed)
    ratings = np.full((len(truth), 3), MISSING)
    want = np.nanmean(metric_by_query(np.eye(4)[truth], queries, ours, theirs))
    places = ours if theirs is None else np.minimum(ours, theirs)
    errors = []
    for batch in range(TOTAL // AT_ONCE):
        rater = batch % 3
        values = rng.random(len(truth))
        if policy == "queue":
            beliefs, known = believed(ratings, queries, places, n_grades=4)
            values = value_of_asking(beliefs, known[rater], queries, ours, theirs)
        values = np.where(ratings[:, rater] == MISSING, values, -1.0)
        for row in np.argsort(-values, kind="stable")[:AT_ONCE]:
            ratings[row, rater] = rng.choice(4, p=confusion[rater, truth[row]])
        beliefs, _ = believed(ratings, queries, places, n_grades=4)
        exported = np.where((ratings != MISSING).any(axis=1), beliefs.argmax(axis=1), 0)
        got = [metric_by_query(b, queries, ours, theirs) for b in (beliefs, np.eye(4)[exported])]
        errors.append(tuple(abs(float(np.nanmean(m)) - float(want)) for m in got))
    return errors


def _orders(data: Path, pairs: list[tuple[str, str]]) -> tuple[Rows, Rows]:
    """1-based positions by words of the query in the title, and in the description."""
    texts: dict[str, tuple[str, str]] = {}
    for path in sorted(data.glob("*.zip")):
        with zipfile.ZipFile(path) as file:
            for name in file.namelist():
                for p in json.loads(file.read(name)):
                    texts[str(p["id"])] = (p.get("title") or "", p.get("short_description") or "")
    scores = np.array([[_share(q, t) for t in texts.get(p, ("", ""))] for q, p in pairs])
    queries = np.array([q for q, _ in pairs])
    positions = np.zeros(scores.shape, np.int64)
    for query in dict.fromkeys(queries):
        rows = np.flatnonzero(queries == query)
        for side in (0, 1):
            order = rows[np.argsort(-scores[rows, side], kind="stable")]
            positions[order, side] = np.arange(1, len(rows) + 1)
    return positions[:, 0], positions[:, 1]


def _share(query: str, text: str) -> float:
    words = re.findall(r"\w+", text.lower())
    asked = set(re.findall(r"\w+", query.lower()))
    return sum(w in words for w in asked) / (1 + np.log1p(len(words)))


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
