"""Learns from the clean log which searches belong together, and keeps that in a file.

Only searches that enough visitors typed are learned of, and only those that find something are offered.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from baihuo.core import Query, Surface
from baihuo.engine import Source, Tables, sql_file, written_whole
from baihuo.index.answer import answer_set
from baihuo.index.generation import Generation
from baihuo.index.related.strengths import strengths
from baihuo.index.thresholds import Thresholds
from baihuo.index.typed_queries import SEARCHED_EVENTS, TypedQuery
from baihuo.index.words import query_words

_LOG = logging.getLogger(__name__)
_NEXT, _PRODUCTS = sql_file(__file__, "next_searches"), sql_file(__file__, "searched_products")
_VISITORS, _TEXTS = sql_file(__file__, "searches_of_visitors"), sql_file(__file__, "texts")
_MOST = 10_000  # searches that are learned of, the most typed ones
_KEPT = 16  # related ones of each
_INEXACT = (
    "corrected:",
    "not_sold:",
    "relaxed:",
    "unknown_",
)  # notes of searches that nobody is sent to
_N_PRODUCTS = 4  # that prove that a search finds something


class FoundSearch(NamedTuple):
    """A search that finds something."""

    text: str  # as most of its visitors wrote it
    key: str  # of :func:`baihuo.index.related.search_key.search_key`
    n_visitors: int
    product_ids: tuple[
        str, ...
    ]  # the best of what it found: while one of them is sold, it is offered


@dataclass(frozen=True, slots=True)
class LearnedSearches:
    """Searches of the log, and which belong together."""

    searches: Sequence[FoundSearch] = ()
    related: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Search key → numbers of related searches, the strongest first; also of searches that are not offered themselves."""


def learn_related(
    queries: Sequence[TypedQuery], generation: Generation, *, tables: Tables, events: Source
) -> LearnedSearches:
    """Learn which of some searches belong together.

    Args:
        queries: those that enough visitors typed, the most typed first: :func:`baihuo.index.typed_queries`.
        generation: the index in which a search must find something.
        tables: the engine.
        events: the clean events.
    """
    chosen: dict[str, TypedQuery] = {}
    for query in queries:  # the most typed form stands for all forms of a search
        if (key := search_key(query.text)) and len(chosen) < _MOST:
            chosen.setdefault(key, query)
    if not chosen:
        return LearnedSearches()
    keys = list(chosen)
    inputs = {"events": events, "keys": _texts_of(chosen, tables, events)}
    together = strengths(
        keys,
        *(
            tables.sql(query(searched=SEARCHED_EVENTS), **inputs)
            for query in (_VISITORS, _NEXT, _PRODUCTS)
        ),
    )
    finds = [products_found(q.text, generation) for q in chosen.values()]
    related: dict[str, list[int]] = {}
    for at, key in enumerate(keys):
        span = slice(together.indptr[at], together.indptr[at + 1])
        others, strength = together.indices[span], together.data[span]
        order = np.lexsort((others, -strength))
        kept = [int(others[i]) for i in order if finds[others[i]]]
        if kept:
            related[key] = kept[:_KEPT]
    searches = [
        FoundSearch(q.text, key, q.n_visitors, found)
        for (key, q), found in zip(chosen.items(), finds, strict=True)
    ]
    return LearnedSearches(searches, related)


def _texts_of(keys: Collection[str], tables: Tables, events: Source) -> pa.Table:
    """All texts of the log that are one of the searches, each with the key."""
    texts = tables.sql(_TEXTS(), events=events).column("query_text").to_pylist()
    pairs = [(text, key) for text in texts if (key := search_key(text)) in keys]
    return pa.table(
        {
            "query_text": pa.array([t for t, _ in pairs], pa.string()),
            "key": pa.array([k for _, k in pairs], pa.string()),
        }
    )


def products_found(text: str, generation: Generation) -> tuple[str, ...]:
    """The best products of a search; none where nothing is sold, or a word was misspelt, unknown or had to be left out."""
    query = Query(query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text=text)
    match = generation.match(generation.limits(text).rest)
    answer = answer_set(generation, query, Thresholds())
    if (match is not None and match.unfound) or any(n.startswith(_INEXACT) for n in answer.notes):
        return ()
    rows = answer.rows[(answer.lacking == 0) & answer.is_lexical][:_N_PRODUCTS]
    return tuple(str(i) for i in generation.product_ids[rows])


def write_related(file: Path, learned: LearnedSearches) -> None:
    """Replace the file in one step."""
    stored = {"searches": learned.searches, "related": learned.related}
    with written_whole(file) as part:
        part.write_text(json.dumps(stored, ensure_ascii=False), "utf-8")


def read_related(file: Path) -> LearnedSearches:
    """What :func:`write_related` wrote; nothing where there is no file.

    A file that cannot be read is logged as such and says nothing: a search page does not fail for want of links.
    """
    if not file.exists():
        return LearnedSearches()
    try:
        return _read(json.loads(file.read_text("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        _LOG.warning("%s cannot be read (%s); write it again: baihuo index", file, error)
        return LearnedSearches()


def _read(stored: dict[str, Any]) -> LearnedSearches:
    searches = [FoundSearch(text, key, n, tuple(ids)) for text, key, n, ids in stored["searches"]]
    related: dict[str, list[int]] = stored["related"]
    if any(not 0 <= n < len(searches) for of in related.values() for n in of):
        raise ValueError("a number of no search")
    return LearnedSearches(searches, related)


@lru_cache(maxsize=65_536)
def search_key(text: str) -> str:
    """Equal keys are the same search: width, case, order, plural and traditional characters make no other one.

    >>> search_key("Phone Cases") == search_key("case phone"), search_key("手機殼") == search_key("手机壳")
    (True, True)
    """
    return " ".join(sorted(query_words(text)))
