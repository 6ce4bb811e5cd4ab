"""What a visitor takes next: ours beside popularity, transitions, item kNN, content, their mix, and SASRec.

    python bench/next_item.py --items items.json.gz --train train.csv.gz --test test.csv.gz
    python bench/next_item.py --items items.json.gz --train train.csv.gz        a fifth of the visitors is the test

Files are those of the Amazon sequences: items by number with title and brand; rows of ``user_id``, ``history_item_id``
(at most ten, oldest first) and ``item_id``, the one that came. Rows are sliding windows: a visitor's are joined
before anything is counted. Nothing is fitted on the histories of the test; no system reads an item's number as one.

Every system orders the whole catalogue. One JSON line a system: recall10 and ndcg10 over the test's rows; where two
items have one score, the item that came stands last of them. Ours has ``vs``: recall10 of ours minus that of
each other system, bootstrap over visitors, 95%, and ``over``: divided by it. ``mix`` sums transitions, content and
item kNN, each in units of its spread over the items.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.encode import MINILM, Encoders, export_encoders
from baihuo.models import NextItemSources, Sequences, Texts
from baihuo.train import NextItemTraining, learn_next_item
from suites.next_item.data import asked, joined, parted, read_items, read_windows
from suites.next_item.sasrec import sasrec_scores
from suites.shared.measure import Clock, emit, peak_mb

K = 10
BASELINES = {
    "popularity": "popular",
    "transitions": "next",
    "item_knn": "together",
    "content": "text",
    "mix": "mix",
}
"""System to the source that it orders by."""
OURS = "baihuo"
_BATCH = 512


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=Path, required=True, help="the catalogue, JSON")
    parser.add_argument("--train", type=Path, required=True, help="windows to learn from, CSV")
    parser.add_argument("--test", type=Path, help="windows to be judged on, CSV")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    with Clock() as clock:
        items = read_items(arguments.items)
        n = len(items.titles)
        train = read_windows(arguments.train, n_items=n)
        if arguments.test:
            test = read_windows(arguments.test, n_items=n)
        else:
            train, test = parted(train, share=0.2, seed=arguments.seed)
        sequences = joined(train, n_items=n)
        histories, came, visitors = asked(test, n_items=n)
        texts = Texts.of(items.titles, items.brands, vectors_of(items.titles, arguments.threads))
        places = by_baselines(NextItemSources.fit(sequences, texts), histories, came)
        model = learn_next_item(
            sequences,
            texts,
            training=NextItemTraining(seed=arguments.seed),
            threads=arguments.threads,
            progress=_progress,
        )
        scores = model.scores(histories)
        places[OURS] = places_of(scores, came)
        scores = sasrec_scores(sequences, histories, seed=arguments.seed, progress=_progress)
        places["sasrec"] = places_of(scores, came)
    report(places, visitors, seed=arguments.seed)
    emit(
        system=OURS,
        n_items=n,
        n_sequences=len(sequences),
        n_test=len(came),
        wall_s=clock.wall_s,
        cpu_s=clock.cpu_s,
        peak_mb=peak_mb(),
    )


def vectors_of(titles: list[str], threads: int) -> NDArray[np.float32]:
    """``[titles, dim]`` of the encoder that a shop has."""
    with tempfile.TemporaryDirectory(prefix="next-item-") as folder:
        exported = export_encoders(Path(folder) / "encoders", progress=_progress)
        encoder = Encoders.open(exported, n_threads=threads).get(MINILM)
        return encoder.encode(titles, progress=_progress)


def by_baselines(
    sources: NextItemSources, histories: Sequences, came: NDArray[np.int32]
) -> dict[str, NDArray[np.int64]]:
    """The place of the item that came, by baseline."""
    places: dict[str, list[NDArray[np.int64]]] = {name: [] for name in BASELINES}
    for start in range(0, len(histories), _BATCH):
        batch = np.arange(start, min(start + _BATCH, len(histories)))
        by_source = sources.say(histories.take(batch))
        for name, source in BASELINES.items():
            # Equal scores are ordered by popularity, which is what one would do.
            scores = by_source[source].astype(np.float64) + 1e-9 * by_source["popular"]
            places[name].append(places_of(scores, came[batch]))
    return {name: np.concatenate(parts) for name, parts in places.items()}


def places_of(scores: NDArray[np.float64], came: NDArray[np.int32]) -> NDArray[np.int64]:
    """``[rows]``, 1 for the top: how many stand not below the item that came."""
    own = scores[np.arange(len(came)), came]
    return np.asarray((scores >= own[:, None]).sum(axis=1), dtype=np.int64)


def report(places: dict[str, NDArray[np.int64]], visitors: list[str], *, seed: int) -> None:
    """One line a system, ours last."""
    hits = {name: (at <= K).astype(np.float64) for name, at in places.items()}
    for name in (*(name for name in places if name != OURS), OURS):
        ndcg = np.where(places[name] <= K, 1 / np.log2(places[name] + 1.0), 0.0)
        line = {"system": name, "recall10": hits[name].mean(), "ndcg10": ndcg.mean()}
        if name == OURS:
            others = [other for other in places if other != OURS]
            line["over"] = {o: round(hits[OURS].mean() / hits[o].mean(), 4) for o in others}
            line["vs"] = {o: _interval(hits[OURS] - hits[o], visitors, seed=seed) for o in others}
        emit(**line)


def _interval(
    difference: NDArray[np.float64], visitors: list[str], *, seed: int
) -> dict[str, float]:
    """The mean with its 95% interval; rows of one visitor are drawn together."""
    _, number = np.unique(visitors, return_inverse=True)
    total = np.bincount(number, weights=difference)
    count = np.bincount(number).astype(np.float64)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(total), (2_000, len(total)))
    means = total[drawn].sum(axis=1) / count[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {
        "mid": round(float(difference.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def _progress(task: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{task} {done}/{total}   ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
