"""Searches that name a purpose, a person, a place, a time or a trouble, and not the product: ours beside BM25.

    python bench/wishes.py --icecat ../shared/data/icecat --titles ../shared/data/zh/jd_titles.jsonl --set choose
    python bench/wishes.py --sample new --set choose --misses --work /tmp/wishes

A shop of each catalogue, without a history, is asked for the first page of ten by ``GET /v1/search``; the sample shop, which
has titles in two languages, is asked in both. Queries, and the rules that grade a whole catalogue: bench/suites/wishes.
``choose`` is for changing the search, ``report`` for saying how good it is. nDCG@10 and its sides are those of
bench/written.py. ``--purposes half`` withholds the purposes of every second kind of goods, ``none`` all of them. ``--sample`` is the catalogue that ``baihuo simulate --dirt 0`` writes, or ``new``, which writes it.

It needs peers: pip install tantivy bm25s jieba.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from baihuo.index.purposes import read_purposes
from baihuo.simulate import make_shop
from suites.shared.paths import given
from suites.written.exam import examined, print_exam
from suites.written.rules import SETS
from suites.written.shops import products_of

FOLDER = Path(__file__).parent / "suites" / "wishes"
NEW = "new"
KNOWN = {"all": slice(None), "half": slice(None, None, 2), "none": slice(0)}  # of the kinds
CATALOGUES = {"sample": ("en", "zh"), "icecat": ("en",), "titles": ("zh",)}


def main() -> int:
    arguments = _arguments()
    known = sorted(read_purposes(None).items())[KNOWN[arguments.purposes]]
    with (
        patch("baihuo.index.purposes._general", return_value=dict(known)),
        tempfile.TemporaryDirectory(prefix="wishes-") as fresh,
    ):
        for name, languages in CATALOGUES.items():
            data, work = getattr(arguments, name), (arguments.work or Path(fresh)) / name
            if data is None:
                continue
            if data == NEW:
                make_shop(work / "files", n_products=5_000, n_events=20_000, seed=7, dirt=0)
                data = work / "files" / "products.jsonl"
            products = products_of(data, languages[0], work)
            for language in languages:
                queries = f"{language}_{arguments.set}" if len(languages) > 1 else arguments.set
                exam = examined(FOLDER / f"{name}.yaml", queries, language, products, work / "shop")
                print_exam(
                    exam,
                    products,
                    show=arguments.show,
                    has_misses=arguments.misses,
                    purposes=arguments.purposes,
                )
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sample",
        type=lambda text: text if text == NEW else given(text),
        help=f"the catalogue of the sample shop, or {NEW}",
    )
    parser.add_argument("--icecat", type=given, help="folder of the product zips")
    parser.add_argument("--titles", type=given, help="the Chinese catalogue, JSON lines")
    parser.add_argument("--set", choices=SETS, default="choose", help="which queries")
    parser.add_argument("--purposes", choices=KNOWN, default="all", help="which are known")
    parser.add_argument("--show", metavar="QUERY-ID", help="print its first results with grades")
    parser.add_argument("--misses", action="store_true", help="print every query, worst first")
    parser.add_argument("--work", type=Path, help="keep the shops here between runs")
    arguments = parser.parse_args()
    if not any(getattr(arguments, name) for name in CATALOGUES):
        parser.error("nothing to search: give --sample, --icecat or --titles")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
