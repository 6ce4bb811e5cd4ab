"""What only the rows of some visitors hold: their queries, orders, sessions, and the texts that nobody else typed."""

from __future__ import annotations

import re
from collections.abc import Collection

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo import connect
from baihuo.core import fold, has_han
from baihuo.events import queries_of_pages
from baihuo.flow.resources import engine
from baihuo.privacy import Traces
from baihuo.settings import Shop

_IDS = ("query_id", "order_id", "session_id", "event_id")
_TEXTS = ("query_text", "text")
_WORD = re.compile(r"\w+")


def find_traces(shop: Shop, visitor_ids: Collection[str]) -> Traces:
    """By raw events and served pages; to be asked before either is changed.

    A text that somebody else typed too, or that is made of the catalogue's own words, is not theirs.
    """
    wanted = frozenset(visitor_ids)
    ids, texts = _of_events(shop, wanted)
    others: set[str] = set()
    for _, query, _ in queries_of_pages(shop.served_log):
        if query.visitor_id in wanted:
            ids.add(query.query_id)
            texts |= {query.query_text} if query.query_text else set()
        elif query.query_text:
            others.add(fold(query.query_text))
    others |= {fold(text) for text in _typed_by_others(shop, wanted, texts)}
    texts = {text for text in texts if fold(text) not in others}
    texts -= _of_catalogue_words(shop, texts)
    folded = {fold(text) for text in texts}  # as graded searches are named
    return Traces(wanted, frozenset(ids), frozenset(texts | folded))


def _of_catalogue_words(shop: Shop, texts: set[str]) -> set[str]:
    """Texts of words that titles, brands and categories of the catalogue hold: they say nothing of who typed them."""
    if not texts or not shop.clean_products.exists():
        return set()
    names = ("title_en", "title_zh", "brand", "category")
    table = pq.read_table(shop.clean_products, columns=list(names))
    known = "\n".join(fold(str(cell)) for name in names for cell in table[name].to_pylist() if cell)
    words = set(_WORD.findall(known))

    def is_known(word: str) -> bool:
        return word in words or (has_han(word) and word in known)

    return {text for text in texts if all(map(is_known, _WORD.findall(fold(text))))}


def _of_events(shop: Shop, wanted: frozenset[str]) -> tuple[set[str], set[str]]:
    """Ids and texts of their rows; ids that a row of somebody else has too are left out."""
    files = connect.segments(shop.raw, "events")
    if not files:
        return set(), set()
    tables = engine(shop)
    visitors = pa.table({"visitor_id": pa.array(sorted(wanted), pa.string())})
    found: dict[str, set[str]] = {}
    for name in (*_IDS, *_TEXTS):
        rows = tables.sql(
            f"SELECT DISTINCT {name} AS value FROM events SEMI JOIN visitors USING (visitor_id) "
            f"WHERE {name} IS NOT NULL",
            events=files,
            visitors=visitors,
        )
        found[name] = set(rows["value"].to_pylist())
        if name in _IDS and found[name]:
            found[name] -= _of_others(shop, wanted, name, found[name])
    return set().union(*(found[n] for n in _IDS)), set().union(*(found[n] for n in _TEXTS))


def _typed_by_others(shop: Shop, wanted: frozenset[str], texts: set[str]) -> set[str]:
    """What rows of others hold that is one of ``texts`` in any case."""
    found: set[str] = set()
    if texts and connect.segments(shop.raw, "events"):
        for name in _TEXTS:
            found |= _of_others(shop, wanted, name, {text.lower() for text in texts}, "lower")
    return found


def _of_others(
    shop: Shop, wanted: frozenset[str], name: str, values: set[str], form: str = ""
) -> set[str]:
    """What rows of other visitors hold in the column ``name`` that is one of ``values``; ``form``: an SQL function of it."""
    rows = engine(shop).sql(
        f"SELECT DISTINCT {name} AS value FROM events SEMI JOIN asked ON {form}({name}) = asked.value "
        "ANTI JOIN visitors USING (visitor_id)",
        events=connect.segments(shop.raw, "events"),
        asked=pa.table({"value": pa.array(sorted(values), pa.string())}),
        visitors=pa.table({"visitor_id": pa.array(sorted(wanted), pa.string())}),
    )
    return set(rows["value"].to_pylist())
