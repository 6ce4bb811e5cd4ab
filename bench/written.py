"""Searches that a person wrote by hand, graded by rules on what a server answers: ours beside BM25.

    python bench/written.py --icecat ../shared/data/icecat --titles ../shared/data/zh/jd_titles.jsonl --set choose
    python bench/written.py --titles ../shared/data/zh/jd_titles.jsonl --set choose --misses
    python bench/written.py --icecat ../shared/data/icecat --set choose --show en-choose-typo-1 --work /tmp/exam

Fifty queries a language and set, in classes of five: heads, attributes, model numbers (English), modifiers against things
(Chinese), accessories against the thing (English), typos, pinyin and traditional characters (Chinese), units and sizes,
negation, synonyms and everyday names, price limits (English), and things that the catalogue does not sell. The set
``choose`` is for repairing; ``report`` has the same classes with other queries, and nobody looks at its answers to change
the search. Queries and rules: bench/suites/written/*.yaml.

Each catalogue becomes a shop without a history, and a server of it is asked for the first page of ten as any client asks
``GET /v1/search``. BM25 of English is tantivy with stems over title³, brand², text¹ (description and values of attributes);
of Chinese bm25s over the words that jieba cuts of title and attributes. The rules grade every product 2 (right), 1 (close)
or 0. nDCG@10 with the gain 2^grade - 1 and the ideal over the whole catalogue; a page that claims not to sell what is sold
counts as empty. Of things that are not sold it is counted how often the page says so. On another catalogue, queries
without any right product are left out.

It needs peers: pip install tantivy bm25s jieba.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from suites.shared.paths import given
from suites.written.exam import examined, print_exam
from suites.written.rules import FOLDER, SETS
from suites.written.shops import products_of


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="written-") as fresh:
        work = arguments.work or Path(fresh)
        for language, data in (("en", arguments.icecat), ("zh", arguments.titles)):
            if data is None or (arguments.show and not arguments.show.startswith(language)):
                continue
            products = products_of(data, language, work / language)
            path, shop = FOLDER / f"{language}.yaml", work / language / "shop"
            exam = examined(path, arguments.set, language, products, shop)
            print_exam(exam, products, show=arguments.show, has_misses=arguments.misses)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--icecat", type=given, help="folder of the product zips")
    parser.add_argument("--titles", type=given, help="the Chinese catalogue, JSON lines")
    parser.add_argument("--set", choices=SETS, default="choose", help="which queries")
    parser.add_argument("--show", metavar="QUERY-ID", help="print its first results with grades")
    parser.add_argument("--misses", action="store_true", help="print every query, worst first")
    parser.add_argument("--work", type=Path, help="keep the shops here between runs")
    arguments = parser.parse_args()
    if not (arguments.icecat or arguments.titles):
        parser.error("nothing to search: give --icecat, --titles or both")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
