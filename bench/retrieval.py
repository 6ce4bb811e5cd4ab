"""Does a source of candidates find what visitors turn to next, and does it find what the others do not?

    python bench/retrieval.py --data ../shared/data/amazon_seq/Office_Products --seed 7
    python bench/retrieval.py --simulate --seed 7703        a sample shop
    python bench/retrieval.py --data … --without in_batch_uncorrected sampled semantic_ids      fewer sources, sooner

Sources, all fitted on the same sequences in one run: popularity; co-visits (what comes after and before what, from the
whole history, later items counting more); item kNN (cosine of visitors); EASE; ALS (implicit); content (titles by the encoder
of a shop); two towers (softmax in the batch with and without the correction for popularity, and sampled softmax); semantic ids with a
small decoder and a beam over existing products. Networks train until the recall@20 of a fifth of the visitors of the training part is
at its best. A fifth of the visitors is the test; nothing is fitted on their histories. Every source orders the whole catalogue.

One JSON line a source: recall20, recall100 of it alone; ``warm100`` and ``cold100``: of products that the training part has or
has not; ``in20``, ``in100``: what it adds to the lists of the base (popularity, co-visits, EASE, content: what a shop serves), fused by
reciprocal ranks of the best hundred each; ``out20``, ``out100``: what is lost without it where all sources are fused.
Differences have intervals, bootstrap over visitors, 95%. Lines ``base`` and ``all`` have the fused lists themselves.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from baihuo.evaluate import paired_bootstrap
from baihuo.models import NextItemSources, Texts
from next_item import vectors_of
from suites.retrieval.als import als_scores
from suites.retrieval.batches import fitted_until_best, recall_at
from suites.retrieval.data import Data, amazon, drawn, simulated
from suites.retrieval.fusing import fused, votes
from suites.retrieval.semantic_ids import fit_semantic
from suites.retrieval.towers import LOSSES, fit_towers
from suites.shared.measure import Clock, emit, peak_mb

BASE = ("popularity", "co_visits", "ease", "content")
_BATCH = 256
Scored = dict[str, NDArray[np.float32]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="what both Amazon files begin with")
    source.add_argument("--simulate", action="store_true", help="a sample shop")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--products", type=int, default=1_200, help="of the sample shop")
    parser.add_argument("--events", type=int, default=100_000, help="of the sample shop")
    parser.add_argument("--rows", type=int, default=1_000, help="of the test, at most")
    parser.add_argument("--epochs", type=int, default=16, help="of networks, at most")
    parser.add_argument("--vectors", type=Path, help="encoded titles as .npy, kept there")
    parser.add_argument(
        "--keep", type=Path, help="scores of networks, kept there for a run that goes on"
    )
    parser.add_argument("--without", nargs="*", default=[], help="networks to leave out")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    seed = arguments.seed
    if arguments.simulate:
        data = simulated(seed=seed, n_products=arguments.products, n_events=arguments.events)
    else:
        data = amazon(arguments.data, seed=seed)
    data = drawn(data, arguments.rows, seed=seed)
    vectors = _vectors(data, arguments.vectors, arguments.threads)
    with Clock() as clock:
        scored = _counted(data, vectors, seed=seed)
        fits = {name: fit_towers(vectors, name, seed=seed) for name in LOSSES}
        fits["semantic_ids"] = fit_semantic(vectors, seed=seed)
        for name, fit in fits.items():
            if name in arguments.without:
                continue
            kept = arguments.keep and arguments.keep / f"{name}.npy"
            if kept and kept.exists():
                scored[name] = np.load(kept)
                continue
            with Clock() as own:
                scores = fitted_until_best(
                    fit, data.known, epochs=arguments.epochs, every=2, seed=seed
                )
                scored[name] = scores(data.test.histories)
            emit(fitted=name, cpu_s=own.cpu_s)
            if kept:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                np.save(kept, scored[name])
    _report(scored, data, seed=seed)
    emit(
        n_items=data.known.n_items,
        n_sequences=len(data.known),
        n_test=len(data.test.came),
        wall_s=clock.wall_s,
        cpu_s=clock.cpu_s,
        peak_mb=peak_mb(),
    )


def _vectors(data: Data, file: Path | None, threads: int) -> NDArray[np.float32]:
    if file is not None and file.exists():
        return np.asarray(np.load(file), np.float32)
    found = vectors_of(data.items.titles, threads)
    if file is not None:
        np.save(file, found)
    return found


def _counted(data: Data, vectors: NDArray[np.float32], *, seed: int) -> Scored:
    """The sources that count and solve."""
    texts = Texts.of(data.items.titles, data.items.brands, vectors)
    sources, histories = NextItemSources.fit(data.known, texts), data.test.histories
    read: dict[str, Callable[[dict[str, NDArray[np.float32]]], NDArray[np.float32]]] = {
        "popularity": lambda say: say["popular"],
        "co_visits": lambda say: say["next"] + say["before"],
        "item_knn": lambda say: say["together"],
        "ease": lambda say: say["ease"],
        "content": lambda say: say["text"],
    }
    parts: dict[str, list[NDArray[np.float32]]] = {name: [] for name in read}
    for start in range(0, len(histories), _BATCH):
        batch = np.arange(start, min(start + _BATCH, len(histories)))
        say = sources.say(histories.take(batch))
        for name, of in read.items():
            parts[name].append(of(say))
    scored = {name: np.concatenate(found) for name, found in parts.items()}
    scored["als"] = als_scores(data.known, histories, seed=seed)
    return scored


def _report(scored: Scored, data: Data, *, seed: int) -> None:
    came, visitor = data.test.came, data.visitor
    is_cold = np.bincount(data.known.items, minlength=data.known.n_items)[came] == 0
    of = {name: votes(scores, came) for name, scores in scored.items()}
    base, whole = fused(of, BASE), fused(of, of)

    def alone(scores: NDArray[np.float32]) -> dict[str, float | None]:
        at_100 = recall_at(scores, came, 100)
        return {
            "recall20": round(float(recall_at(scores, came, 20).mean()), 4),
            "recall100": round(float(at_100.mean()), 4),
            "warm100": round(float(at_100[~is_cold].mean()), 4),
            "cold100": round(float(at_100[is_cold].mean()), 4) if is_cold.any() else None,
        }

    def gained(with_it: NDArray[np.float32], without: NDArray[np.float32], k: int) -> object:
        a, b = recall_at(with_it, came, k), recall_at(without, came, k)
        found = paired_bootstrap(a, b, seed=seed, clusters=visitor).to_json()
        return {name: round(value, 4) for name, value in found.items()}

    for name in scored:
        rest = fused(of, [other for other in of if other != name])
        more = fused(of, [*(other for other in BASE if other != name), name])
        less = fused(of, [other for other in BASE if other != name])
        emit(
            source=name,
            **alone(scored[name]),
            in20=gained(more, less, 20),
            in100=gained(more, less, 100),
            out20=gained(whole, rest, 20),
            out100=gained(whole, rest, 100),
        )
    emit(source="base", **alone(base))
    emit(source="all", **alone(whole), cold_share=round(float(is_cold.mean()), 3))


if __name__ == "__main__":
    main()
