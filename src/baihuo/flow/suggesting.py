"""What completes a search in the live index, without a server."""

from __future__ import annotations

from baihuo import bundle
from baihuo.core import NotFound, has_han
from baihuo.encode import Encoders
from baihuo.index import Generation, Suggester, read_synonyms, read_typed_queries
from baihuo.settings import Shop


def suggest(shop: Shop, text: str, *, n: int) -> dict[str, list[str]]:
    """index: completions of ``text``, at most ``n`` of each kind: ``queries``, ``categories``, ``products``.

    Raises:
        NotFound: nothing was released yet.
    """
    live = bundle.read_live(shop.bundles)
    if live is None:
        raise NotFound("nothing was released yet", fix="run: baihuo release")
    encoders = Encoders.open(shop.bundles / live.bundle_id / "encoders")
    generation = Generation.open(shop.index / live.index_id, encoders, read_synonyms(shop.synonyms))
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
