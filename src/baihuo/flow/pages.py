"""Pages, suggestions and the catalogue of the live bundle, made without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from baihuo import bundle
from baihuo.catalog import Catalog
from baihuo.core import NotFound, Query, Served, Unsupported, has_han
from baihuo.events import EventLog
from baihuo.flow.resources import engine, open_live_index
from baihuo.index import (
    Generation,
    MinedSynonym,
    RelatedSearches,
    Suggester,
    read_related,
    read_typed_queries,
)
from baihuo.index import synonyms_used as find_synonyms
from baihuo.rank import NO_EXPLORATION, Why, WhyNot, why, why_not
from baihuo.settings import Shop

if TYPE_CHECKING:
    from baihuo.serve import ServingState


@contextmanager
def open_live(shop: Shop) -> Iterator[ServingState]:
    """rank: open the live bundle as a worker does, without a server and exploration.

    Raises:
        NotFound: nothing was released yet.
    """
    from baihuo.serve import (  # loads FastAPI, which most commands do not need
        ServingOptions,
        open_serving_state,
    )

    live = bundle.read_live(shop.bundles)
    if live is None:
        raise NotFound("nothing was released yet", fix="run: baihuo release")
    products = Catalog(shop.catalog)
    log = EventLog(shop.log) if shop.log.exists() else None  # do not create one
    try:
        yield open_serving_state(
            shop.root,
            live.now,
            products,
            log,
            seed=0,
            options=ServingOptions(
                exploration=NO_EXPLORATION,
                order_switches=shop.settings().surfaces.switches(),
                diversity=shop.settings().surfaces.home.diversity,
                absent_consent=shop.settings().privacy.absent_consent,
            ),
        )
    finally:
        if log is not None:
            log.close()
        products.close()


@dataclass(frozen=True, slots=True)
class RequestedKind:
    """The kind of product that a search asks for."""

    phrase: str  # its words in the search
    source: str  # the evidence
    categories: tuple[tuple[tuple[str, ...], float], ...]  # path and weight, the most certain first
    evidence: str = ""  # evidence of clicks: number and share of visitors


@dataclass(frozen=True, slots=True)
class WordsRead:
    """Words of a search that were read as a limit or a preference, or might have been."""

    kind: str
    text: str
    values: tuple[str, ...]  # of the catalogue
    is_read: bool
    why_not: str = ""  # the phrase of titles, of products that are something else


@dataclass(frozen=True, slots=True)
class Explained:
    """A page with its trace, also as JSON, and the reason why one product is or is not on it."""

    served: Served
    page_json: bytes  # as the API returns it with ``explain``
    why_not: WhyNot | None
    kind: RequestedKind | None  # of a search
    why: Why | None = None  # causes of one product's position
    synonyms: tuple[MinedSynonym, ...] = ()  # synonyms also searched for
    words: tuple[WordsRead, ...] = ()  # of a search, in the order of their readers


def explain(
    shop: Shop, query: Query, *, product_id: str | None = None, why_product: str | None = None
) -> Explained:
    """rank: explain the live bundle's page for ``query``, stage by stage, without logging.

    Args:
        product_id: Explain the position or the absence of this product.
        why_product: Explain this one's score by the click model, relative to the rest of the page.

    Raises:
        NotFound: nothing was released yet, or ``query`` or ``why_product`` names a product that is not in the index.
        Unsupported: no model of the live bundle can explain it.
    """
    from baihuo.serve import page_json

    explained = replace(query, explain=True)
    with open_live(shop) as serving:
        served = serving.ranker.page(explained)
        absent = None if product_id is None else why_not(serving.ranker, explained, product_id)
        causes = None
        if why_product is not None:
            if why_product not in serving.generation.row_of:
                raise NotFound(
                    f"product {why_product!r} is not in the index",
                    fix="name a product of the page: the same command without --why lists them",
                )
            causes = why(serving.ranker, query, why_product)
            if causes is None:
                raise Unsupported(
                    f"no model of the live bundle can explain why {why_product} is at its position",
                    fix="name a product of the page, and a bundle with click models: baihuo status",
                )
        page = page_json(served, serving.generation)
        kind = requested_kind(serving.generation, query)
        mined = synonyms_used(serving.generation, query)
        words = words_read(serving.generation, query)
        return Explained(served, page, absent, kind, causes, mined, words)


def words_read(generation: Generation, query: Query) -> tuple[WordsRead, ...]:
    """Return what was read in the words of a search, and what was not because titles have the words as a name."""
    limits = generation.limits(query.query_text, query.as_typed)
    read = [WordsRead(r.kind, r.text, r.values, True) for r in limits.readings]
    names = [WordsRead(n.kind, n.text, (), False, n.why) for n in limits.not_read]
    return (*read, *names)


def synonyms_used(generation: Generation, query: Query) -> tuple[MinedSynonym, ...]:
    """Return the synonyms used for a search."""
    words = generation.limits(query.query_text, query.as_typed).rest
    match = generation.match(words, as_typed=query.as_typed)
    return () if match is None else find_synonyms(match.notes, generation.lexicon.read_as)


def requested_kind(generation: Generation, query: Query) -> RequestedKind | None:
    """Return the kind of product that a search asks for, if any."""
    words = generation.limits(query.query_text, query.as_typed).rest
    match = generation.match(words, as_typed=query.as_typed)
    if match is None or match.kind is None:
        return None
    weights = sorted(match.kind.weights.items(), key=lambda item: -item[1])
    categories = tuple(
        (generation.snapshot.category_names[code], weight) for code, weight in weights
    )
    kind = match.kind
    return RequestedKind(kind.phrase, kind.source, categories, kind.evidence)


def suggest(shop: Shop, text: str, *, n: int) -> dict[str, list[str]]:
    """index: return completions of ``text``, at most ``n`` of each kind: ``queries``, ``categories``, ``products``.

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
    """index: return at most ``n`` related searches of a query text from the live index.

    Raises:
        NotFound: nothing was released yet.
    """
    searches = RelatedSearches(read_related(shop.related_queries), open_live_index(shop))
    return searches.of(text, n=n)


_TABLE = """
SELECT e.is_clicked, e.query_id, e.visitor_id, e.product_id, e.surface, e.device, e.query_text, m.* EXCLUDE (example_id)
FROM examples e JOIN matrix m USING (example_id) ORDER BY e.at_us, e.query_id, e.position
"""  # neither other outcomes than the label, nor the position, which is unknown when serving


def shop_table(shop: Shop, out: Path) -> Path:
    """Write ``out`` (Parquet), oldest page first: the label ``is_clicked``, the group ``query_id``, ids, and every feature.

    A file newer than the shop's examples is reused.

    Raises:
        NotFound: the shop has not trained yet.
    """
    files = {name: shop.features / f"{name}.parquet" for name in ("examples", "matrix")}
    if not all(file.exists() for file in files.values()):
        raise NotFound(
            f"{shop.root} is a folder without the examples of a shop",
            fix="name a CSV or Parquet file, or a shop's folder after baihuo train",
        )
    made_at = max(file.stat().st_mtime_ns for file in files.values())
    if not out.exists() or out.stat().st_mtime_ns < made_at:
        out.parent.mkdir(parents=True, exist_ok=True)
        engine(shop).sql(_TABLE, out=out, examples=files["examples"], matrix=files["matrix"])
    return out
