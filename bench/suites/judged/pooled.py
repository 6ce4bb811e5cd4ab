"""The searches of several shops as one exam: sixty queries a language are too few to tell a small gain from chance."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from baihuo import flow
from baihuo.settings import Shop
from suites.judged.asking import ask
from suites.judged.catalogue import Catalogue
from suites.judged.measures import Exam, graded, oracle, results
from suites.judged.shops import as_served, made, unlearned
from suites.judged.writing import write_queries

LANGUAGES = ("en", "zh")


def pooled_results(
    seeds: Sequence[int], work: Path, *, n_products: int, n_events: int
) -> Iterator[dict[str, object]]:
    """The differences of every shop, then all lines of all shops together; intervals over the queries of all.

    Args:
        work: A shop a seed is made in its folder ``work/SEED``. One that is live there already is asked as it is.
    """
    exams = []
    for seed in seeds:
        shop = Shop(work / str(seed) / "shop")
        if not flow.is_released(shop):
            shop = made(work / str(seed), seed=seed, n_products=n_products, n_events=n_events)
        exams.append(searches_of(shop, seed=seed))
        yield from (
            {"seed": seed, **line} for line in results(exams[-1], seed=seed) if "measure" in line
        )
    both = together(exams)
    every = Exam([replace(q, language="all") for q in both.queries], both.grades, both.answers)
    for exam in (both, every):
        for line in results(exam, seed=seeds[0]):
            if exam is both or "task" not in line:
                yield {"shops": len(exams), **line}


def together(exams: Sequence[Exam]) -> Exam:
    """All queries of all exams as one."""
    systems = exams[0].answers
    return Exam(
        [query for exam in exams for query in exam.queries],
        [known for exam in exams for known in exam.grades],
        {name: [a for exam in exams for a in exam.answers[name]] for name in systems},
    )


def searches_of(shop: Shop, *, seed: int) -> Exam:
    """Both orders asked in copies of ``shop``."""
    catalogue = Catalogue.read(shop.clean / "products.parquet")
    queries = [q for lang in LANGUAGES for q in write_queries(catalogue, language=lang, seed=seed)]
    if not queries:
        raise SystemExit("no query can be written: no category of this shop is in the thesaurus")
    typed = [(q.text, q.language) for q in queries]
    with tempfile.TemporaryDirectory(prefix="baihuo-judged-") as folder:
        answers = {
            "words": ask(unlearned(shop.root, Path(folder) / "words").root, typed),
            "learned": ask(as_served(shop.root, Path(folder) / "learned").root, typed),
        }
    grades = graded(catalogue, queries)
    return Exam(queries, grades, {**answers, "oracle": oracle(grades)})
