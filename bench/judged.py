"""Searches, home pages and similar products of a shop that nobody developed on, judged by rules and by a known truth: without a
model of clicks, in the learned order, the best possible.

    python bench/judged.py                                   a sample shop of a seed that nobody develops on
    python bench/judged.py --shop SHOP --queries looked.md   a shop that is there already
    python bench/judged.py --seeds 6121,6122,6123            the searches of several sample shops, pooled

It writes 60 queries a language (English, Chinese) over the shop's catalogue: kinds in the words of shoppers, with
colours, gender, sizes, price limits, measures, brands and features, words above kinds, things for other things,
mistakes, other word orders, traditional characters; and apart from these 14 things that are not sold and 6 brands
that are not. The words come from a thesaurus of this benchmark, and every product is graded by its attributes alone:

3  the kind, and everything that was asked for
2  the same, but the colour is a shade of the one asked for (wine red for red)
1  one wish is not met (colour, gender, material, measure, brand), a kind of similar purpose, sold out or without a price
0  another kind, above or below the price, not in that size, two wishes not met

Queries are asked over HTTP, each by a new visitor, in copies of the shop without exploration. One JSON line a result:

right_at_10          right products (grade 2 or 3) in the first ten places, of the ten (or all, if fewer) that there are
ndcg10               with the gain 2^grade - 1 and the ideal over the whole catalogue
learned_minus_words  the paired difference, bootstrap over queries, 95%
not_sold             things that are not sold and got an empty page; `noted`: a note said so, too
false_not_sold       queries for what is sold that got an empty page, or such a note
unsold_brand         brands that are not sold; `noted`: the page says so; right_at_10: places with the right kind

Home pages and similar products are judged where the shop is a sample shop whose folder `truth` is at hand: 300 visitors with
history and 300 people who were never there, a page of each surface each; nobody gets a page beside the same product.
`plain` is the order without click models (`order: fused`), `learned` what the shop serves.

ndcg10_clicks        with the gain P(click, once looked at) of this person for each product; of similar products of a newcomer,
                     of those who would click the product of the page. The ideal is over all that can be bought
p_click10            the mean of these probabilities over the first ten places
ndcg10_grades        of similar products: as substitutes, 3 the same kind, alike and of a similar price, 2 one of the two,
                     1 neither, or a kind of similar purpose; gain 2^grade - 1
learned_minus_plain  the paired difference, bootstrap over pages, 95%
closed               learned minus plain, as a part of reachable minus plain

`oracle` knows what each person would click. `reachable` knows what the shop saw of them (baihuo.simulate.reachable): the posterior
over the simulator's own people, and over products' appeal; its `expected_click10` is what it expects of `p_click10`.

The same catalogue and seed give the same queries and pages. A shop is asked in the order of its settings ("learned" is what it
serves, whatever that is); `order` says what served, where pages do.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from baihuo.settings import Shop
from baihuo.simulate import reachable
from suites.judged.asking import Answer, ask, recommended
from suites.judged.catalogue import Catalogue
from suites.judged.measures import Exam, graded, not_sold_results, oracle, results
from suites.judged.pages import queries_page
from suites.judged.pooled import pooled_results
from suites.judged.recommending import judged_pages, recommended_results
from suites.judged.shops import as_served, made, unlearned
from suites.judged.tastes import TASTES, Tastes
from suites.judged.writing import write_not_sold, write_queries
from suites.shared.measure import emit

LANGUAGES = ("en", "zh")


def main() -> None:
    ask_for = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask_for.add_argument("--shop", type=Path, help="a live shop's folder that nobody serves now")
    ask_for.add_argument(
        "--truth", type=Path, help="folder `truth` of that shop (default: as `baihuo demo` has it)"
    )
    ask_for.add_argument("--seed", type=int, default=5309, help="of the shop and of the queries")
    ask_for.add_argument(
        "--seeds", help="of several shops, with commas: their searches as one exam"
    )
    ask_for.add_argument("--products", type=int, default=5_000, help="of the sample shop")
    ask_for.add_argument("--events", type=int, default=300_000, help="of the sample shop")
    ask_for.add_argument(
        "--queries", type=Path, help="write the queries and answers here, as Markdown"
    )
    ask_for.add_argument(
        "--work", type=Path, help="keep the shops here (default: a temporary folder)"
    )
    arguments = ask_for.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-judged-") as folder:
        work = arguments.work or Path(folder)
        if arguments.seeds:
            size = {"n_products": arguments.products, "n_events": arguments.events}
            for line in pooled_results([int(s) for s in arguments.seeds.split(",")], work, **size):
                emit(**line)
            return
        shop = Shop(arguments.shop) if arguments.shop else None
        truth = arguments.truth or (shop.root / "0-sample" / "truth" if shop else None)
        if shop is None:
            truth = work / "sample" / "truth"
            shop = made(
                work,
                seed=arguments.seed,
                n_products=arguments.products,
                n_events=arguments.events,
            )
        plain = unlearned(shop.root, Path(folder) / "plain")
        served = as_served(shop.root, Path(folder) / "learned")
        catalogue = Catalogue.read(shop.clean / "products.parquet")
        seed = arguments.seed
        searches(catalogue, plain, served, seed=seed, queries_file=arguments.queries)
        if truth is not None and (truth / TASTES).exists():
            recommendations(catalogue, truth, plain, served, seed=seed)
        else:
            print("no truth at hand: home and similar are not judged", file=sys.stderr)


def searches(
    catalogue: Catalogue, plain: Shop, served: Shop, *, seed: int, queries_file: Path | None
) -> None:
    """Emit every result of searches, asked of two copies of a shop."""
    queries = [q for lang in LANGUAGES for q in write_queries(catalogue, language=lang, seed=seed)]
    not_sold = [
        q for lang in LANGUAGES for q in write_not_sold(catalogue, language=lang, seed=seed)
    ]
    if not queries:
        raise SystemExit("no query can be written: no category of this shop is in the thesaurus")
    typed = [(q.text, q.language) for q in queries]
    typed += [(q.text, q.language) for q in not_sold]
    answers = {
        "words": ask(plain.root, typed[: len(queries)]),
        "learned": ask(served.root, typed),
    }
    unsold = answers["learned"][len(queries) :]
    answers["learned"] = answers["learned"][: len(queries)]
    grades = graded(catalogue, queries)
    exam = Exam(queries, grades, {**answers, "oracle": oracle(grades)})
    for line in results(exam, seed=seed):
        emit(**line)
    kinds = {i.product_id: i.kind for i in catalogue.items}
    for line in not_sold_results(not_sold, unsold, exam, kinds):
        emit(**line)
    for name in ("words", "learned"):
        if orders := orders_that_served(answers[name]):
            emit(system=name, order=orders)
    if queries_file is not None:
        page = queries_page(exam, catalogue, not_sold, unsold)
        queries_file.write_text(page, encoding="utf-8")
        print(f"looked at: {queries_file}", file=sys.stderr)


def recommendations(
    catalogue: Catalogue, truth: Path, plain: Shop, served: Shop, *, seed: int
) -> None:
    """Emit every result of home pages and similar products."""
    tastes = Tastes.read(truth, catalogue)
    known = None
    if "until_us" in json.loads((truth.parent / "simulation.json").read_bytes()):
        print("what can be reached", file=sys.stderr, flush=True)
        ids = [v for v, is_new in zip(tastes.visitor_ids, tastes.is_new, strict=True) if not is_new]
        known = reachable(truth.parent, pq.read_table(served.clean_events).to_pylist(), ids)
        emit(system="reachable", **known.quality())
    judged = judged_pages(tastes, catalogue, known, seed=seed)
    asked = [one for pages in judged for one in pages.asked]
    systems = {"plain": recommended(plain.root, asked), "learned": recommended(served.root, asked)}
    start = 0
    for pages in judged:
        stop = start + len(pages.asked)
        answers = {name: given[start:stop] for name, given in systems.items()}
        start = stop
        for line in recommended_results(pages, answers["plain"], answers["learned"], seed=seed):
            emit(**line)
        for name, given in answers.items():
            about = {"surface": pages.surface, "visitors": pages.visitors, "system": name}
            emit(**about, order=orders_that_served(given))


def orders_that_served(answers: list[Answer]) -> dict[str, int]:
    """What ordered the pages → how many; empty where pages do not say."""
    return dict(Counter(a.order for a in answers if a.order).most_common())


if __name__ == "__main__":
    main()
