"""What completes a search in the live index, and what to search for after it, without a server."""

from __future__ import annotations

from baihuo.core import has_han
from baihuo.flow.resources import open_live_index
from baihuo.index import (
    RelatedSearches,
    Suggester,
    read_related,
    read_typed_queries,
)
from baihuo.settings import Shop


def suggest(shop: Shop, text: str, *, n: int) -> dict[str, list[str]]:
    """index: completions of ``text``, at most ``n`` of each kind: ``queries``, ``categories``, ``products``.

    Raises:
        NotFound: nothing was released yet.
    """
    generation = open_live_index(shop)
    found = Suggester(read_typed_queries(shop.typed_queries), generation).suggest(text, n=n)
    products = (generation.product(int(row)) for row in found.products)
    is_chinese = has_han(text)
    return {
        "queries": list(found.queries),
        "categories": [" > ".join(path) for path in found.categories],
        "products": [
            (p.title_zh if is_chinese and p.title_zh else p.title_en or p.title_zh) or p.product_id
            for p in products
        ],
    }


def related(shop: Shop, text: str, *, n: int) -> tuple[str, ...]:
    """index: at most ``n`` related searches of a query text, as a page of the live index has them.

    Raises:
        NotFound: nothing was released yet.
    """
    searches = RelatedSearches(read_related(shop.related_queries), open_live_index(shop))
    return searches.of(text, n=n)
