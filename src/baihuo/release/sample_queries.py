"""Sample queries like the shop's traffic, to time pages."""

from __future__ import annotations

from collections.abc import Sequence

from baihuo.core import Query, Surface
from baihuo.engine import Source, Tables, sql_file
from baihuo.index import Generation

_FREQUENT_QUERIES = sql_file(__file__, "frequent_queries")


def sample_queries(
    tables: Tables, generation: Generation, *, events: Source, at_us: int, n: int = 240
) -> list[Query]:
    """Return ``n`` queries: frequent searches (or title words), home and similar pages, 2 to 1, about the mix of a shop that is mostly
    searched. All differ, because caches would make pages look faster.
    """
    typed = tables.sql(_FREQUENT_QUERIES(n_queries=n), events=events).to_pylist()
    step = max(1, generation.n // n)
    ids = [str(p) for p in generation.product_ids[::step][:n]]
    texts = [row["query_text"] for row in typed] or [_words(generation, i) for i in ids]
    visitors = [row["visitor_id"] for row in typed] or ["sample"]
    return [_query(i, texts, ids, visitors, at_us) for i in range(n)]


def _query(
    i: int, texts: Sequence[str], ids: Sequence[str], visitors: Sequence[str], at_us: int
) -> Query:
    surface = (Surface.SEARCH, Surface.HOME, Surface.SEARCH, Surface.SIMILAR)[i % 4]
    return Query(
        query_id=f"sample-{i}",
        surface=surface,
        visitor_id=visitors[i % len(visitors)],
        at_us=at_us,
        query_text=texts[i % len(texts)] if surface is Surface.SEARCH else "",
        product_id=ids[i % len(ids)] if surface is Surface.SIMILAR else None,
    )


def _words(generation: Generation, product_id: str) -> str:
    title = generation.product(generation.row_of[product_id]).title
    return " ".join(title.split()[:3])
