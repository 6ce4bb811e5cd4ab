"""Weights of searches fitted on queries that the catalogue itself writes: do people's judgements gain by them?

    python bench/synthetic_weights.py --icecat ../shared/data/icecat --work /tmp/synthetic
    python bench/synthetic_weights.py --titles ../shared/data/zh/jd_titles.jsonl --work /tmp/synthetic

For a shop without judgements and without clicks. Queries are a product's kind, brand and up to two values, or some words of its
title, as ``baihuo adapt`` writes them; a product is right (gain 7) with all of their terms, and nearly (1) with all but one. The
tuning is chosen on these alone, as ``baihuo tune search`` chooses (nested cross-validation says what it gains on other such queries),
then looked at once on what did not choose: the judged queries of Icecat; of Chinese titles the queries that a person wrote
(``suites/written``, the choosing set), and those of ``bench/search_zh.py`` (seed 11, clean). Gains are of the mean of nDCG@10 over the
catalogue and among judged products, with intervals of 95%.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from baihuo.core import Product, ShopPaths
from baihuo.encode import MINILM, MULTILINGUAL, Encoders, VectorCache, export_encoders
from baihuo.evaluate import paired_bootstrap
from baihuo.index import Generation, SearchTuning, Thresholds, build
from baihuo.index.words import query_words
from baihuo.train import JudgedQueries, group_of, nested
from baihuo.train.encoders.pairs import PairWriter, texts_of
from suites.search.measures import read_ratings
from suites.search.systems import read_products
from suites.search_zh.noise import noises
from suites.search_zh.systems import cut, general_words
from suites.search_zh.titles import read_titles, vocabulary
from suites.search_zh.writing import write_queries
from suites.shared.measure import Clock, emit
from suites.shared.paths import given
from suites.synthetic.queries import write_synthetic
from suites.written.rules import facts, grades, read_set

Gains = Mapping[str, Mapping[str, float]]
_REPORTED = 11  # seed of the Chinese queries that are looked at; 7 chose the defaults


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--icecat", type=given, help="folder of the product zips and ratings.csv")
    parser.add_argument("--titles", type=given, help="Chinese titles, as bench/search_zh.py reads")
    parser.add_argument("--work", type=Path, required=True, help="keeps encoders and vectors")
    parser.add_argument("--queries", type=int, default=120, help="written from the catalogue")
    parser.add_argument("--minutes", type=float, default=20.0, help="of choosing, at most")
    parser.add_argument("--seed", type=int, default=7, help="of the written queries")
    arguments = parser.parse_args()
    if not (arguments.icecat or arguments.titles):
        parser.error("nothing to fit: give --icecat, --titles or both")
    if arguments.icecat:
        work = arguments.work / "icecat"
        products = read_products(arguments.icecat, work)
        judged = {"people": _gains(read_ratings(arguments.icecat / "ratings.csv"))}
        _compare(arguments, "icecat", MINILM, products, judged, work)
    if arguments.titles:
        titles = read_titles(arguments.titles)
        products = [
            Product(product_id=t.product_id, title_zh=t.title, attributes=dict(t.attributes))
            for t in titles
        ]
        asked = write_queries(
            titles,
            vocabulary(titles, cut),
            noises(general_words(), seed=_REPORTED),
            n=150,
            seed=_REPORTED,
        )
        of_rules = {q.text: q.grades for q in asked if q.query_class == "clean"}
        judged = {"written by a person": _by_person(products), "by rules": _gains(of_rules)}
        _compare(arguments, "titles", MULTILINGUAL, products, judged, arguments.work / "titles")


def _gains(graded: Mapping[str, Mapping[str, int]]) -> Gains:
    return {q: {p: 2.0**g - 1 for p, g in by.items()} for q, by in graded.items()}


def _by_person(products: list[Product]) -> Gains:
    known = [facts(p) for p in products]
    return _gains({q.query: grades(q, known) for q in read_set("zh", "choose") if q.is_sold})


def _compare(
    arguments: argparse.Namespace,
    name: str,
    encoder: str,
    products: list[Product],
    judged: Mapping[str, Gains],
    work: Path,
) -> None:
    writer = PairWriter(texts_of(products, encoder), encoder)
    rows = range(len(writer.texts))
    written = write_synthetic(writer, rows, n=arguments.queries, seed=arguments.seed)
    generation = _index(products, work)
    with Clock() as clock:
        asked = JudgedQueries(
            generation, {s.query: s.gains for s in written}, thresholds=Thresholds()
        )
        groups = [group_of(t, query_words) for t in asked.texts]
        until_s = time.monotonic() + 60 * arguments.minutes
        found = nested(asked, SearchTuning(), groups, until_s=until_s)
    of_folds = [_changes(t) for t in found.of_folds]
    emit(
        catalogue=name,
        queries="written from the catalogue",
        n=len(asked),
        examples=[s.query for s in written[:6]],
        present=_goal(found.present),
        held_out=_goal(found.held_out),
        gain=_rounded(found.gain),
        chosen=_changes(found.chosen),
        of_folds={k: sum(k in f for f in of_folds) for f in of_folds for k in f},
        n_tried=asked.n_tried,
        is_whole=found.is_whole,
        cpu_s=clock.cpu_s,
    )
    for queries, gains in judged.items():
        emit(catalogue=name, queries=queries, **_looked(generation, gains, found.chosen))


def _index(products: list[Product], work: Path) -> Generation:
    encoders = Encoders.open(export_encoders(work / "encoders"), n_threads=1)
    cache = VectorCache(work / "vectors.sqlite")
    folder = build(products, encoders=encoders, cache=cache, out=ShopPaths(work).index)
    cache.close()
    return Generation.open(folder, encoders)


def _looked(generation: Generation, gains: Gains, chosen: SearchTuning) -> dict[str, Any]:
    """The present and the chosen tuning on queries that chose nothing."""
    asked = JudgedQueries(generation, gains, thresholds=Thresholds())
    now, then = asked.values(SearchTuning()), asked.values(chosen)
    measured = {"midpoint": (now[:, :2].mean(1), then[:, :2].mean(1))}
    measured |= {m: (now[:, i], then[:, i]) for i, m in enumerate(("ndcg10", "ndcg10_judged"))}
    found: dict[str, Any] = {"n": len(asked)}
    for measure, (before, after) in measured.items():
        found[measure] = [round(float(x.mean()), 4) for x in (before, after)]
        found[f"{measure}_gain"] = _rounded(paired_bootstrap(after, before, seed=7))
    return found


def _goal(values: np.ndarray[Any, Any]) -> float:
    return float(values[:, :2].mean())


def _rounded(gain: Any) -> list[float]:
    return [round(x, 4) for x in (gain.mid, gain.low, gain.high)]


def _changes(tuning: SearchTuning) -> dict[str, float]:
    def flat(one: SearchTuning) -> Iterator[tuple[str, float | None]]:
        yield from asdict(one.weights).items()
        yield "dense_probability", one.dense_probability
        yield "min_should_match", one.min_should_match

    default = dict(flat(SearchTuning()))
    return {k: v for k, v in flat(tuning) if v is not None and v != default[k]}


if __name__ == "__main__":
    main()
