"""CPU of retrieval beside tantivy and faiss, and of a page beside the encoding of its query, by size of the catalogue.

::

    python bench/retrieve.py --data ../shared/data/icecat --products 19406,100000 --work DIR [--seed 5]
    python bench/retrieve.py --data ../shared/data/icecat --products 300000 --parts dense,lists
    python bench/retrieve.py --data ../shared/data/icecat --products 300000 --parts page --against EARLIER/src

The catalogue is Icecat; above 19,406 products it grows by recombined ones whose vectors are made
(``suites/scale/catalogue.py``): encoders are measured on queries only. Queries are the 83 of shoppers and titles' parts. One
thread; every system answers the same query in turn, and a ratio is of the sums over all queries. faiss is no dependency of
baihuo: it is installed into an environment of its own in ``--work``, or used where it is at hand.

A JSON line for each size and part (``--parts``; dense and lists need no index, so they reach larger sizes in less time):

words   all matches of any word in any field with their scores: our sums by field (score, coverage, which fields), beside tantivy
        over the same fields and terms, which returns a score a product
dense   the 100 nearest of all: 8-bit scan beside faiss Flat
lists   the 100 nearest by lists beside faiss IVF (floats and 8 bits, as many lists) with as many lists read as give the same recall
page    a whole search page without click models beside encoding its query; with ``--against``, the pages of another version in turn,
        its time and the share of pages that show the same
index   CPU of building (without encoding) and of opening, memory a product
"""

from __future__ import annotations

import argparse
import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

from pathlib import Path

import numpy as np

from baihuo.encode import MINILM, Encoders
from suites.scale.against import compare_dense, compare_lists, compare_words, with_peers
from suites.scale.catalogue import grown_vectors
from suites.scale.pages import measure_index, measure_pages
from suites.scale.queries import searches
from suites.scale.shop import grown_shop, real_catalogue
from suites.shared.paths import given
from suites.shared.progress import show

PARTS = ("index", "words", "dense", "lists", "page")
_OF_A_SHOP = {"index", "words", "page"}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=given, required=True, help="folder of the Icecat files")
    parser.add_argument("--products", default="19406,100000", help="sizes, with commas")
    parser.add_argument("--parts", default=",".join(PARTS), help="with commas")
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--work", type=Path, default=Path("bench/out/scale"))
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--against", type=Path, help="src of another version, for its pages")
    arguments = parser.parse_args()
    parts = set(arguments.parts.split(","))
    if unknown := parts - set(PARTS):
        parser.error(f"no part {sorted(unknown)}; there are {list(PARTS)}")
    with_peers(arguments.work)
    real, vectors, encoders = real_catalogue(arguments.data, arguments.work, progress=show)
    texts = searches(real, arguments.data, arguments.queries, seed=arguments.seed)
    queries = np.asarray(Encoders.open(encoders).get(MINILM).encode(texts))
    for n in (int(float(size)) for size in arguments.products.split(",")):
        if parts & _OF_A_SHOP:
            shop = grown_shop(arguments.data, arguments.work, n, seed=arguments.seed, progress=show)
            if "index" in parts:
                measure_index(shop)
            if "words" in parts:
                compare_words(shop.opened(), texts)
            if "page" in parts:
                measure_pages(shop, texts, arguments.against)
        if parts & {"dense", "lists"}:
            larger = grown_vectors(vectors, n, seed=arguments.seed)
            if "dense" in parts:
                compare_dense(larger, queries)
            if "lists" in parts:
                compare_lists(larger, queries)


if __name__ == "__main__":
    main()
