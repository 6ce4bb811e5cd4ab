"""Chinese searches for a kind with two or more attributes, judged by rules: ours beside BM25, by class of query.

    python bench/search_zh.py --titles ../shared/data/zh/jd_titles.jsonl
    python bench/search_zh.py --titles titles.jsonl --queries 60 --seed 11 --looked looked.md

FILE has one JSON object a line, with `title` and `attributes`, or one title a line. Queries are written from the titles by
fixed rules, and products are graded by them: 3 has the kind and every wish, 1 all wishes but one. The classes are the same
queries in other writings:

clean          红色宽松卫衣, with or without spaces, the kind last
order          the kind first, the wishes in any order
traditional    in traditional characters
typo           one character for another that sounds alike, frequent ones most often
pinyin         every word in pinyin, spaces between words
pinyin_spaced  every word in pinyin, spaces between syllables
mixed          one word in pinyin
without        fewer wishes, and a colour that is not wanted (不要黑色)

BM25 is bm25s (Lucene's variant, k1 1.5, b 0.75) over the words of title and attributes that jieba cuts for search. Ours is the
answer set of the index, which is the order of the text alone. nDCG@10 with the gain 2^grade - 1 and the ideal over the whole
catalogue. This file is for choosing; the words asked for come from the same titles.

It needs peers: pip install bm25s jieba zhconv.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from baihuo.encode import Encoders, VectorCache, export_encoders
from baihuo.evaluate import paired_bootstrap
from suites.search.measures import ndcg10
from suites.search_zh.noise import noises
from suites.search_zh.systems import Bm25, cut, general_words, ours
from suites.search_zh.titles import read_titles, vocabulary
from suites.search_zh.writing import CLASSES, Written, write_queries
from suites.shared.measure import emit


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--titles", type=Path, required=True, help="the catalogue, one title a line"
    )
    parser.add_argument("--queries", type=int, default=100, help="in every class")
    parser.add_argument("--most", type=int, default=10_000, help="titles that are read")
    parser.add_argument("--seed", type=int, default=7, help="of the queries")
    parser.add_argument("--looked", type=Path, help="write queries and results here, as Markdown")
    parser.add_argument("--work", type=Path, help="keep encoders and vectors here between runs")
    arguments = parser.parse_args()
    titles = read_titles(arguments.titles)[: arguments.most]
    queries = write_queries(
        titles,
        vocabulary(titles, cut),
        noises(general_words(), seed=arguments.seed),
        n=arguments.queries,
        seed=arguments.seed,
    )
    if not queries:
        raise SystemExit("no query can be written: no title has a kind and two attributes")
    with tempfile.TemporaryDirectory(prefix="search_zh-") as fresh:
        work = arguments.work or Path(fresh)
        encoders = Encoders.open(export_encoders(work / "encoders"), n_threads=1)
        cache = VectorCache(work / "vectors.sqlite")
        systems = {"bm25": Bm25(titles).search, "baihuo": ours(titles, encoders, cache, work)}
        found = {name: [search(q.text) for q in queries] for name, search in systems.items()}
        cache.close()
    _report(queries, found)
    if arguments.looked is not None:
        texts = {t.product_id: t.title for t in titles}
        arguments.looked.write_text(looked(queries, found, texts), "utf-8")


def _report(queries: list[Written], found: dict[str, list[list[str]]]) -> None:
    """Emit nDCG@10 of both by class, and the paired difference."""
    gains = {
        name: np.array([ndcg10(r, dict(q.grades)) for r, q in zip(ranked, queries, strict=True)])
        for name, ranked in found.items()
    }
    classes = np.array([q.query_class for q in queries])
    for name in (*CLASSES, "all"):
        of_class = classes == name if name != "all" else np.ones(len(queries), np.bool_)
        if not of_class.any():
            continue
        ours_of, bm25_of = gains["baihuo"][of_class], gains["bm25"][of_class]
        interval = paired_bootstrap(ours_of, bm25_of, seed=7)
        empty = [not r for r, is_in in zip(found["baihuo"], of_class, strict=True) if is_in]
        emit(
            query_class=name,
            n=int(of_class.sum()),
            baihuo=float(ours_of.mean()),
            bm25=float(bm25_of.mean()),
            ratio=float(ours_of.mean() / bm25_of.mean()) if bm25_of.any() else None,
            difference=[round(x, 4) for x in (interval.mid, interval.low, interval.high)],
            empty=float(np.mean(empty)),
        )


def looked(queries: list[Written], found: dict[str, list[list[str]]], texts: dict[str, str]) -> str:
    """Every query with the first results of both, to be read."""
    lines = []
    for at, query in enumerate(queries):
        lines.append(f"## {query.query_class}: {query.text} ({len(query.grades)} graded)\n")
        for name, ranked in found.items():
            lines.append(f"{name}: {ndcg10(ranked[at], dict(query.grades)):.3f}\n")
            lines += [f"- {query.grades.get(i, 0)} {texts[i]}" for i in ranked[at][:5]]
            lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
