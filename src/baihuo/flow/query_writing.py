"""Searches that a generative model writes: for products, and in place of searches that find nothing."""

from __future__ import annotations

from baihuo import labels
from baihuo.core import Progress, Query, Surface, no_progress, now_us
from baihuo.flow.generating import Generated, ask_model, write_lines
from baihuo.flow.resources import catalogue_of, engine, open_newest_index
from baihuo.index import Generation, Thresholds, answer_set
from baihuo.llm import QueryTask, RewriteTask
from baihuo.settings import Shop

_FOUND_WITHIN = 100


def write_queries(
    shop: Shop, *, most: int | None = None, progress: Progress = no_progress
) -> Generated:
    """Searches for products, the newest first; kept are those that find their product among the first hundred.

    Written to ``4-train/llm/queries.jsonl``: query, product, its place.

    Raises:
        NotFound: no index, or no model.
    """
    generation = open_newest_index(shop)
    products = sorted(catalogue_of(shop), key=lambda p: (-(p.released_at_us or 0), p.product_id))[
        :most
    ]
    asked, identity = ask_model(shop, QueryTask(), products, progress=progress)
    rows, n_lost = [], 0
    for product, texts in asked.results:
        for text in texts:
            place = _place(generation, text, product.product_id)
            if place is None:
                n_lost += 1
                continue
            rows.append(
                {
                    "query": text,
                    "product_id": product.product_id,
                    "place": place,
                    "model": identity,
                }
            )
    write_lines(shop.llm / "queries.jsonl", rows)
    return Generated(
        rows, {**asked.counts(), "queries": len(rows), "do_not_find_their_product": n_lost}
    )


def rewrite_queries(shop: Shop, *, progress: Progress = no_progress) -> Generated:
    """Other words for frequent searches that find nothing; kept are those that find something.

    Written to ``4-train/llm/synonyms.txt`` in the syntax of ``synonyms.txt``, for a person to read and to copy from.

    Raises:
        NotFound: no index, or no model.
    """
    generation = open_newest_index(shop)
    empty = [
        q
        for q in labels.frequent_queries(engine(shop), shop.clean_events)
        if not _answer(generation, q)
    ]
    asked, _ = ask_model(shop, RewriteTask(), empty, progress=progress)
    rows = [
        {"query": typed, "rewritten": new, "n_found": n}
        for typed, new in asked.results
        if (n := _answer(generation, new))
    ]
    lines = [
        "# Written by a generative model. Read each line; copy what is right to synonyms.txt.",
        *(f"{r['query']} => {r['rewritten']}" for r in rows),
    ]
    shop.llm.mkdir(parents=True, exist_ok=True)
    (shop.llm / "synonyms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Generated(rows, {**asked.counts(), "find_something_now": len(rows)})


def _rows_found(generation: Generation, text: str) -> list[int]:
    query = Query(
        query_id="", surface=Surface.SEARCH, visitor_id="", at_us=now_us(), query_text=text
    )
    return [int(r) for r in answer_set(generation, query, Thresholds()).rows]


def _answer(generation: Generation, text: str) -> int:
    return len(_rows_found(generation, text))


def _place(generation: Generation, text: str, product_id: str) -> int | None:
    rows = _rows_found(generation, text)[:_FOUND_WITHIN]
    row = generation.row_of.get(product_id)
    return rows.index(row) + 1 if row in rows else None
