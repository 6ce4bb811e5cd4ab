"""Raters, labelling queue, label audits and what training makes of judgements.

    python bench/labels.py --data ../shared/data/icecat

``raters``: three people's grades of Icecat (Chorus) beside the grades they agreed on, and their
Dawid–Skene consensus. ``queue``: the error of "ours minus BM25" (nDCG@10) after so many judgements,
chosen at random, from the top of both orders, or by the queue; simulated raters err as the
three do, the settled grades are the truth, and the figure is the root of the mean square over
``--runs`` runs. ``audit``: mistakes planted in settled grades and in categories, and the real mistakes of the three
raters; precision counts as wrong only what was planted (or contradicts the settled grade),
though some of the other labels are wrong, too. ``clicks``: planted in a simulated shop. ``nearness``:
the cut learned from judgements on held-back queries, with the encoder whose default was fitted on
these very judgements, and with one whose default is from Chinese titles.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.connect import import_files, segments
from baihuo.core import Product, ShopPaths
from baihuo.core.tables import table_to_products
from baihuo.encode import Encoders, VectorCache, export_encoders
from baihuo.engine import DuckTables
from baihuo.evaluate.rater_agreement import weighted_kappa
from baihuo.index import Generation, build
from baihuo.labels import ConsensusGrades, Ratings, consensus_of_ratings, file_rows, find_consensus
from baihuo.train import evaluate_search, fit_dense_threshold
from suites.labels import audits, clicks, queue
from suites.shared.measure import emit


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the zips and ratings")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--runs", type=int, default=20, help="of the queue; a quarter for the audits"
    )
    parser.add_argument("--work", type=Path, help="keep encoders and vectors here between runs")
    arguments = parser.parse_args()
    final = find_consensus(None, arguments.data / "ratings.csv")
    people = consensus_of_ratings(Ratings.of(file_rows(arguments.data / "individual_ratings.csv")))
    _raters(people, final)
    with tempfile.TemporaryDirectory(prefix="labels-") as fresh:
        work = arguments.work or Path(fresh)
        products, encoders, generation = _indexed(arguments.data, work)
        grades, n_few = final.by_query, max(arguments.runs // 4, 1)
        assert people.agreement is not None
        confusion = people.agreement.consensus.confusion
        for line in queue.measure(generation, grades, confusion, runs=arguments.runs):
            emit(part="queue", **line)
        for line in audits.relevance(
            generation, grades, people.ratings, seed=arguments.seed, runs=n_few
        ):
            emit(part="audit", **line)
        for line in audits.categories(products, seed=arguments.seed):
            emit(part="audit", **line)
        _nearness(generation, final, arguments.seed)
        for line in clicks.measure(encoders, seed=arguments.seed, runs=n_few):
            emit(part="clicks", **line)
    return 0


def _raters(people: ConsensusGrades, final: ConsensusGrades) -> None:
    ratings, agreement = people.ratings, people.agreement
    assert agreement is not None
    truth = np.array(
        [final.by_query[q][p] for q, p in zip(ratings.queries, ratings.products, strict=True)]
    )
    emit(
        part="agreement",
        n_pairs=agreement.n_pairs,
        alpha=agreement.alpha,
        alpha_nominal=agreement.alpha_nominal,
        n_unanimous=agreement.n_unanimous,
        n_doubtful=agreement.n_doubtful,
    )
    for two in agreement.pairwise:
        emit(
            part="pair",
            raters=f"{two.ours}, {two.theirs}",
            agreed=two.agreed,
            linear=two.linear,
            quadratic=two.quadratic,
        )
    by_name = {r.name: {"error_rate": r.error_rate, "bias": r.bias} for r in agreement.raters}
    by_rater = {name: ratings.grades[:, n] for n, name in enumerate(ratings.raters)}
    by_rater |= {"median": np.sort(ratings.grades, axis=1)[:, 1], "Dawid–Skene": people.grades}
    for name, grades in by_rater.items():
        emit(
            part="raters",
            who=name,
            equal_to_settled=float((grades == truth).mean()),
            kappa_with_settled=weighted_kappa(grades, truth, n_grades=4),
            **by_name.get(name, {}),
        )


def _indexed(data: Path, work: Path) -> tuple[pa.Table, Encoders, Generation]:
    """The catalogue as imported, its encoders and its index."""
    paths = ShopPaths(work)
    raw = paths.raw
    if not raw.exists():
        files = sorted(data.glob("*.zip"))
        import_files(files, raw=raw, tables=DuckTables(), mask=lambda text: text)
    table = pa.concat_tables([pq.read_table(file) for file in segments(raw, "products")])
    folder = work / "encoders"
    encoders = Encoders.open(folder if folder.exists() else export_encoders(folder), n_threads=2)
    cache = VectorCache(work / "vectors.sqlite")
    # One Chinese title is enough for vectors of both encoders; see build.
    products = [*table_to_products(table), Product(product_id="zh", title_zh="手机壳")]
    made = build(products, encoders=encoders, cache=cache, out=paths.index)
    cache.close()
    return table, encoders, Generation.open(made, encoders)


def _nearness(generation: Generation, final: ConsensusGrades, seed: int) -> None:
    for name in ("minilm", "multilingual"):
        one = Encoders({name: generation.encoders.get(name)})
        searched = Generation(generation.index_id, generation.snapshot, one, generation.lexicon)
        learned = fit_dense_threshold(searched, final.by_query, seed=seed)
        report = dict(learned.report[name])
        gains = {k: report.pop(k) for k in ("f1_gain", "ndcg_gain") if k in report}
        by_system = {x["system"]: x for x in evaluate_search(searched, final.by_query)}
        emit(
            part="nearness",
            encoder=name,
            **report,
            **gains,
            midpoint_default=(by_system["baihuo"]["ndcg10"] + by_system["baihuo"]["ndcg10_judged"])
            / 2,
        )


if __name__ == "__main__":
    sys.exit(main())
