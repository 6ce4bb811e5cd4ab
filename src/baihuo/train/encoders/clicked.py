"""What visitors typed before they clicked or bought a product."""

from __future__ import annotations

from collections import defaultdict

from baihuo.core import is_latin
from baihuo.encode import MULTILINGUAL
from baihuo.engine import Source, Tables, sql_file
from baihuo.index import SEARCHED_EVENTS
from baihuo.privacy import PSEUDONYM

_PAIRS = sql_file(__file__, "clicked_pairs").bind(searched=SEARCHED_EVENTS)
_LEAST_VISITORS = 2  # who did the same: one click alone may be chance


def clicked_queries(tables: Tables, events: Source, encoder: str) -> dict[str, list[str]]:
    """Product → queries of the script of ``encoder`` that at least two visitors typed before they touched it.

    Args:
        tables: the engine.
        events: the clean events.
        encoder: ``minilm`` or ``multilingual``.
    """
    found = tables.sql(_PAIRS(least_visitors=str(_LEAST_VISITORS)), events=events)
    queries: dict[str, list[str]] = defaultdict(list)
    for product_id, text in zip(*(found.column(c).to_pylist() for c in (0, 1)), strict=True):
        if is_latin(text) == (encoder != MULTILINGUAL) and not PSEUDONYM.search(text):
            queries[product_id].append(text)
    return dict(queries)
