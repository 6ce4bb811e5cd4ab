"""A small cross-encoder over the first 20 candidates: what it adds to the order of searches, what a page of it costs, and what is
left of it when the encoder of texts learns its margins.

    python bench/cross_encoder.py --icecat ../shared/data/icecat --work /tmp/cross

It starts as the published encoder of Latin script and is trained on queries that the catalogue writes (suites/synthetic), with
candidates of our own search that lack a term and products of the same category as wrong ones. Products of the judgements are not
told apart, judged queries are not read before the end. A page's order is (1 − w) times our place plus w times the score, each from 0
to 1 over the 20; w is chosen on other written queries, whose products training did not see.

rerank     nDCG@10, midpoint and judged only on the judged queries: our order, the blend, and the score alone
cost       CPU of scoring 20 candidates at 8 bits on one thread, beside that of encoding the query
distilled  the dense source alone on the judged queries (as bench/adapt.py): published, and taught the margins
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from baihuo.core import Product, Query, ShopPaths, Surface
from baihuo.encode import MINILM, Encoder, Encoders, VectorCache, export_encoders
from baihuo.evaluate import paired_bootstrap
from baihuo.index import Generation, Thresholds, answer_set, build, vector_texts
from baihuo.train.encoders.adapt import split
from baihuo.train.encoders.pairs import PairWriter, texts_of
from suites.adapt.asked import judged_queries
from suites.cross_encoder.distil import distilled
from suites.cross_encoder.lists import TrainingList, training_lists
from suites.cross_encoder.model import CrossEncoder, Served
from suites.search.measures import evaluate, read_ratings
from suites.search.systems import read_products
from suites.shared.measure import Clock, emit
from suites.shared.paths import given
from suites.synthetic.queries import Synthetic, write_synthetic

DEPTH = 20  # candidates that are scored
BLENDS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
Orders = Mapping[str, list[str]]
Grades = dict[str, dict[str, int]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--icecat", type=given, required=True, help="folder of the zips and ratings.csv"
    )
    parser.add_argument("--work", type=Path, required=True, help="keeps encoders and vectors")
    parser.add_argument("--queries", type=int, default=900, help="to train on")
    parser.add_argument("--held_out", type=int, default=100, help="queries that choose the blend")
    parser.add_argument("--passes", type=float, default=1.0, help="of training")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    products = read_products(arguments.icecat, arguments.work)
    texts = texts_of(products, MINILM)
    writer = PairWriter(texts, MINILM)
    held_back, rows = split(texts)
    seed = arguments.seed
    written = write_synthetic(writer, rows, n=arguments.queries, seed=seed)
    others = write_synthetic(writer, held_back, n=arguments.held_out, seed=seed + 1)
    encoders = Encoders.open(export_encoders(arguments.work / "encoders"), n_threads=1)
    cache = VectorCache(arguments.work / "vectors.sqlite")
    folder = build(products, encoders=encoders, cache=cache, out=ShopPaths(arguments.work).index)
    cache.close()
    search = searcher(Generation.open(folder, encoders))
    lists = training_lists(writer, written, search, seed=seed)
    model = trained(lists, arguments)
    served = model.served(fresh(arguments.work / "cross"))
    text_of = {p.product_id: vector_texts(p).get(MINILM, "") for p in products}
    blend = chosen_blend(served, search, others, text_of)
    judged = dict(read_ratings(arguments.icecat / "ratings.csv"))
    compare(served, search, judged, text_of, blend)
    cost(served, encoders, search, judged, text_of)
    student = distilled(model, lists, fresh(arguments.work / "distilled"), seed=seed)
    dense(arguments.icecat, products, encoders.get(MINILM), student)


def trained(lists: Sequence[TrainingList], arguments: argparse.Namespace) -> CrossEncoder:
    """The cross-encoder; from ``--work`` where a run with the same settings left it."""
    model = CrossEncoder(seed=arguments.seed)
    words = (arguments.queries, arguments.passes, arguments.seed)
    file = arguments.work / f"cross-{'-'.join(map(str, words))}.pt"
    if file.exists():
        model.load(file)
        return model
    with Clock() as clock:
        losses = model.fit(lists, passes=arguments.passes, seed=arguments.seed)
    model.save(file)
    tenth = max(1, len(losses) // 10)
    loss = [float(np.mean(losses[:tenth])), float(np.mean(losses[-tenth:]))]
    emit(part="training", lists=len(lists), cpu_s=clock.cpu_s, loss=loss)
    return model


def searcher(generation: Generation) -> Callable[[str], list[str]]:
    """Our order: what was typed → product ids."""

    def search(text: str) -> list[str]:
        query = Query(
            query_id="bench", surface=Surface.SEARCH, visitor_id="bench", at_us=0, query_text=text
        )
        return list(generation.product_ids[answer_set(generation, query, Thresholds()).rows[:1000]])

    return search


def fresh(folder: Path) -> Path:
    """A name for a new folder: what an earlier run left there goes."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def blended(order: Sequence[str], scores: NDArray[np.float32], weight: float) -> list[str]:
    """The order with its first candidates, ``[scores]`` of them, ranked again."""
    n = len(scores)
    place = 1 - np.arange(n) / max(n, 1)
    spread = float(np.ptp(scores)) if n else 0.0
    scaled = (scores - scores.min()) / spread if spread > 0 else np.zeros(n)
    best = np.argsort(-((1 - weight) * place + weight * scaled), kind="stable")
    return [order[int(i)] for i in best] + list(order[n:])


def scored(
    served: Served, orders: Orders, text_of: Mapping[str, str]
) -> dict[str, NDArray[np.float32]]:
    """Scores of the first candidates of each query."""
    return {
        q: served.score(q, [text_of.get(p, "") for p in o[:DEPTH]])
        if o
        else np.zeros(0, np.float32)
        for q, o in orders.items()
    }


def chosen_blend(
    served: Served,
    search: Callable[[str], list[str]],
    others: Sequence[Synthetic],
    text_of: Mapping[str, str],
) -> float:
    """The weight that is best on written queries that training did not see."""
    graded: Grades = {s.query: {p: 3 if g > 1 else 1 for p, g in s.gains.items()} for s in others}
    orders = {q: search(q) for q in graded}
    scores = scored(served, orders, text_of)
    found = {}
    for weight in BLENDS:
        ranked = {q: blended(o, scores[q], weight) for q, o in orders.items()}
        found[weight] = float(evaluate(ranked, graded)["ndcg10"].mean())
    best = max(found, key=lambda w: (found[w], -w))
    emit(part="blend", n=len(graded), ndcg10={str(w): round(v, 4) for w, v in found.items()})
    return best


def compare(
    served: Served,
    search: Callable[[str], list[str]],
    judged: Grades,
    text_of: Mapping[str, str],
    blend: float,
) -> None:
    """Our order, the blend and the score alone, on judged queries."""
    orders = {q: search(q) for q in judged}
    scores = scored(served, orders, text_of)
    ours = evaluate(dict(orders), judged)
    for name, weight in (("ours", 0.0), ("blend", blend), ("half", 0.5), ("score alone", 1.0)):
        ranked = {q: blended(o, scores[q], weight) for q, o in orders.items()}
        columns = evaluate(ranked, judged)
        gains = {}
        for measure in ("ndcg10", "ndcg10_judged", "midpoint"):
            gain = paired_bootstrap(columns[measure], ours[measure], seed=7)
            gains[f"{measure}_gain"] = [round(x, 4) for x in (gain.mid, gain.low, gain.high)]
        means = {m: float(np.nanmean(v)) for m, v in columns.items()}
        emit(part="rerank", order=name, weight=weight, n=len(columns["ndcg10"]), **means, **gains)


def cost(
    served: Served,
    encoders: Encoders,
    search: Callable[[str], list[str]],
    judged: Grades,
    text_of: Mapping[str, str],
) -> None:
    """CPU of a page's candidates beside that of its query."""
    queries = list(judged)[:30]
    pages = {q: [text_of.get(p, "") for p in search(q)[:DEPTH]] for q in queries}
    pages = {q: t for q, t in pages.items() if len(t) == DEPTH}
    encoder = encoders.get(MINILM)
    with Clock() as of_query:
        for query in pages:
            encoder.encode([query])
    with Clock() as of_page:
        for query, texts in pages.items():
            served.score(query, texts)
    each = {"query_ms": of_query.cpu_s, "page_ms": of_page.cpu_s}
    emit(
        part="cost",
        n=len(pages),
        candidates=DEPTH,
        **{k: 1000 * v / len(pages) for k, v in each.items()},
        times=of_page.cpu_s / max(of_query.cpu_s, 1e-9),
    )


def dense(icecat: Path, products: Sequence[Product], published: Encoder, student: Encoder) -> None:
    """The dense source alone on judged queries, before and after distillation."""
    asked = judged_queries(products, icecat / "ratings.csv", MINILM, others=500)
    found = {}
    for name, encoder in (("published", published), ("distilled", student)):
        found[name] = asked.measures(encoder.encode(asked.texts), encoder.encode(asked.queries))
        gains = {}
        for measure, values in found[name].items():
            gain = paired_bootstrap(values, found["published"][measure], seed=7)
            gains[f"{measure}_gain"] = [round(x, 4) for x in (gain.mid, gain.low, gain.high)]
        emit(
            part="distilled",
            encoder=name,
            **{m: float(np.nanmean(v)) for m, v in found[name].items()},
            **(gains if name != "published" else {}),
        )


if __name__ == "__main__":
    main()
