"""A file of written queries, asked of ours and of BM25."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from baihuo.core import Product
from suites.shared.measure import emit
from suites.written.rules import RIGHT, facts, grades, read_set
from suites.written.scoring import Exam, lines, misses, shown
from suites.written.shops import shop_of
from suites.written.systems import answers


def examined(path: Path, name: str, language: str, products: Sequence[Product], shop: Path) -> Exam:
    """The queries of a set asked of both; those that this catalogue has nothing right for are left out.

    Raises:
        SystemExit: no product is right for any.
    """
    catalogue = [facts(p) for p in products]
    graded = [(q, grades(q, catalogue)) for q in read_set(path, name)]
    kept = [(q, g) for q, g in graded if not q.is_sold or RIGHT in g.values()]
    queries = [q for q, _ in kept]
    if not any(q.is_sold for q in queries):
        raise SystemExit(f"no product is right for any query of {path.stem}: another catalogue?")
    found = answers(queries, products, language, shop_of(products, shop, _show))
    *of_language, set_name = name.split("_")
    return Exam("_".join([path.stem, *of_language]), set_name, queries, [g for _, g in kept], found)


def print_exam(
    exam: Exam,
    products: Sequence[Product],
    *,
    show: str | None,
    has_misses: bool,
    **labels: str,
) -> None:
    """Its figures as JSON lines, with labels; or the results of one query, where the exam has it; or a row a query."""
    if show:
        titles = {p.product_id: p.title for p in products}
        if any(q.id == show for q in exam.queries):
            print("\n".join(shown(exam, show, titles)))
    elif has_misses:
        print("\n".join(misses(exam)))
    else:
        for line in lines(exam):
            emit(**labels, **line)


def _show(what: str, n_done: int, n_total: int) -> None:
    print(f"\r{what}: {n_done:,} of {n_total:,}", end="", file=sys.stderr, flush=True)
    if n_done == n_total:
        print(file=sys.stderr)
