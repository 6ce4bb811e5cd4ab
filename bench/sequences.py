"""Does a Transformer add to the next item, and how should texts enter its vectors: an ablation.

    python bench/sequences.py --items items.json.gz --train train.csv.gz --ablate     each way of texts, on visitors kept aside
    python bench/sequences.py --items items.json.gz --train train.csv.gz --vote       as a source of the learned order
    python bench/sequences.py --items items.json.gz --train train.csv.gz --choose     every tried setting, on visitors kept aside

Files are those of bench/next_item.py; without --test a fifth of the visitors is the test. Settings, and for how many
epochs, are chosen on a fifth of the other visitors, never on the test: the same tries for the one that reads ids alone
(SASRec) as for the one that reads texts, too. One JSON line a system: recall10 and ndcg10; ``cold``: recall10 of
items that nobody in the training part had, and ``cold_share`` of them. ``vs`` is recall10 of the learned order with the
Transformer minus without it, bootstrap over visitors, 95%.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from baihuo.evaluate import paired_bootstrap
from baihuo.models import Sequences, Texts
from baihuo.train import NextItemTraining, learn_next_item
from next_item import vectors_of
from suites.next_item.choose import TRIED, K, Steps, choose, looked_at, places_of, with_fusion
from suites.next_item.data import Items, asked, joined, parted, read_items, read_windows
from suites.next_item.sasrec import EPOCHS, SHAPE
from suites.next_item.transformer import FUSIONS, Shape, fit_transformer, scores_of
from suites.next_item.voter import FitVote, Vote, learn_with_voter
from suites.shared.measure import emit

BEST = {"id": (SHAPE, EPOCHS), "add": (SHAPE, 12)}
"""Settings and epochs that --choose found best over both files; of equal ones with texts (within 0.005) the quickest."""
_ASIDE_SEED = 11


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=Path, required=True, help="the catalogue, JSON")
    parser.add_argument("--train", type=Path, required=True, help="windows to learn from, CSV")
    parser.add_argument("--test", type=Path, help="windows to be judged on, CSV")
    parser.add_argument("--vectors", type=Path, help="encoded titles as .npy, kept there")
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--vote", action="store_true")
    parser.add_argument("--fusions", nargs="+", default=list(FUSIONS), choices=FUSIONS)
    parser.add_argument("--steps", type=int, default=20_000, help="the learned order learns from")
    parser.add_argument("--effort", type=float, default=1.0, help="of its usual training")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    items = read_items(arguments.items)
    n = len(items.titles)
    train = read_windows(arguments.train, n_items=n)
    if arguments.test:
        test = read_windows(arguments.test, n_items=n)
    else:
        train, test = parted(train, share=0.2, seed=arguments.seed)
    vectors = _vectors(items, arguments.vectors, arguments.threads)
    learned, kept = parted(train, share=0.2, seed=_ASIDE_SEED)
    aside = Steps(*asked(kept, n_items=n))
    inside = joined(learned, n_items=n)
    if arguments.choose:
        for fusion in ("id", "add"):
            found = choose(TRIED, fusion, inside, aside, vectors, seed=arguments.seed)
            emit(
                system=f"chosen {fusion}",
                epochs=found.epochs,
                recall10=found.recall10,
                **asdict(found.shape),
            )
    if arguments.ablate:
        for fusion in arguments.fusions:
            ablate(fusion, inside, aside, vectors, seed=arguments.seed)
    if arguments.vote:
        sequences = joined(train, n_items=n)
        vote(
            sequences,
            Steps(*asked(test, n_items=n)),
            items,
            vectors,
            seed=arguments.seed,
            max_steps=arguments.steps,
            effort=arguments.effort,
        )


def ablate(
    fusion: str, inside: Sequences, aside: Steps, vectors: NDArray[np.float32], *, seed: int
) -> None:
    """One way of texts, at its best number of epochs on the visitors kept aside."""
    shape = with_fusion(BEST["id" if fusion in ("id", "start") else "add"][0], fusion)
    found = looked_at(shape, inside, aside, vectors, seed=seed)
    model = fit_transformer(inside, vectors, shape, epochs=found.epochs, seed=seed + 1)
    places = places_of(scores_of(model, aside.histories), aside.came)
    _report(fusion, places, inside, aside, epochs=found.epochs)


def vote(
    sequences: Sequences,
    test: Steps,
    items: Items,
    vectors: NDArray[np.float32],
    *,
    seed: int,
    max_steps: int,
    effort: float,
) -> None:
    """The learned order with and without the Transformer, and two Transformers alone."""
    texts = Texts.of(items.titles, items.brands, vectors)
    training = NextItemTraining(seed=seed, max_steps=max_steps, effort=effort)
    places = {}
    for fusion, name in (("id", "sasrec"), ("add", "transformer")):
        alone = _fit_vote(fusion, vectors, seed)(sequences)
        places[name] = places_of(alone(test.histories), test.came)
        _report(name, places[name], sequences, test)
    without = learn_next_item(sequences, texts, training=training, threads=1)
    places["baihuo"] = places_of(without.scores(test.histories), test.came)
    _report("baihuo", places["baihuo"], sequences, test)
    fit_vote = _fit_vote("add", vectors, seed)
    voted = learn_with_voter(sequences, texts, fit_vote, training=training)
    places["voted"] = places_of(voted.scores(test.histories), test.came)
    hits = {name: (at <= K).astype(np.float64) for name, at in places.items()}
    _, visitors = np.unique(test.visitors, return_inverse=True)
    vs = paired_bootstrap(hits["voted"], hits["baihuo"], seed=seed, clusters=visitors)
    _report("baihuo with transformer", places["voted"], sequences, test, vs=vs.to_json())


def _fit_vote(fusion: str, vectors: NDArray[np.float32], seed: int) -> FitVote:
    shape, epochs = BEST[fusion]

    def fit(sequences: Sequences) -> Vote:
        own: Shape = with_fusion(shape, fusion)
        model = fit_transformer(sequences, vectors, own, epochs=epochs, seed=seed)
        return lambda histories: scores_of(model, histories)

    return fit


def _report(
    system: str, places: NDArray[np.int64], learned: Sequences, steps: Steps, **more: object
) -> None:
    is_cold = np.bincount(learned.items, minlength=learned.n_items)[steps.came] == 0
    hits = places <= K
    ndcg = np.where(hits, 1 / np.log2(places + 1.0), 0.0)
    emit(
        system=system,
        recall10=round(float(hits.mean()), 4),
        ndcg10=round(float(ndcg.mean()), 4),
        cold=round(float(hits[is_cold].mean()), 4) if is_cold.any() else None,
        cold_share=round(float(is_cold.mean()), 3),
        n=len(hits),
        **more,
    )


def _vectors(items: Items, file: Path | None, threads: int) -> NDArray[np.float32]:
    if file is not None and file.exists():
        return np.asarray(np.load(file), np.float32)
    found = vectors_of(items.titles, threads)
    if file is not None:
        np.save(file, found)
    return found


if __name__ == "__main__":
    main()
