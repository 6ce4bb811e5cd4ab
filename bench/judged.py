"""Searches that no model was developed on, judged by machine rules: words alone, the learned order, the best possible.

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

The same catalogue and seed give the same queries. A shop is asked in the order of its settings ("learned" is what it
serves, whatever that is); `order` says what served, where pages do.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from baihuo.settings import Shop
from suites.judged.asking import Answer, ask
from suites.judged.catalogue import Catalogue
from suites.judged.measures import Exam, graded, not_sold_results, oracle, results
from suites.judged.pages import queries_page
from suites.judged.pooled import pooled_results
from suites.judged.shops import as_served, made, words_alone
from suites.judged.writing import write_not_sold, write_queries
from suites.shared.measure import emit

LANGUAGES = ("en", "zh")


def main() -> None:
    ask_for = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask_for.add_argument("--shop", type=Path, help="a live shop's folder that nobody serves now")
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
        if shop is None:
            shop = made(
                work,
                seed=arguments.seed,
                n_products=arguments.products,
                n_events=arguments.events,
            )
        examine(shop, Path(folder), seed=arguments.seed, queries_file=arguments.queries)


def examine(shop: Shop, folder: Path, *, seed: int, queries_file: Path | None = None) -> None:
    """Emit every result of ``shop``; copies of it are made in ``folder``."""
    catalogue = Catalogue.read(shop.clean / "products.parquet")
    queries = [q for lang in LANGUAGES for q in write_queries(catalogue, language=lang, seed=seed)]
    not_sold = [
        q for lang in LANGUAGES for q in write_not_sold(catalogue, language=lang, seed=seed)
    ]
    if not queries:
        raise SystemExit("no query can be written: no category of this shop is in the thesaurus")
    typed = [(q.text, q.language) for q in queries]
    typed += [(q.text, q.language) for q in not_sold]
    served = as_served(shop.root, folder / "learned")
    answers = {
        "words": ask(words_alone(shop.root, folder / "words").root, typed[: len(queries)]),
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


def orders_that_served(answers: list[Answer]) -> dict[str, int]:
    """What ordered the pages → how many; empty where pages do not say."""
    return dict(Counter(a.order for a in answers if a.order).most_common())


if __name__ == "__main__":
    main()
