"""Which function draws which results: ``<!-- bench: NAME PART -->``."""

from __future__ import annotations

from collections.abc import Callable

from suites.tables.cleaning import cleaning, cleaning_raw
from suites.tables.ctr import ctr
from suites.tables.examples import examples
from suites.tables.independent import independent, independent_totals
from suites.tables.judged import (
    judged,
    judged_not_sold,
    judged_of_several,
    judged_surfaces,
    judged_tasks,
)
from suites.tables.line import line
from suites.tables.markdown import Row
from suites.tables.near_duplicates import near_duplicates
from suites.tables.quality import drift, quality
from suites.tables.quality_peers import quality_peers, quality_peers_kinds
from suites.tables.real_dirt import checks, imported, not_checked, outcome, shares
from suites.tables.scale import filtered_recall, retrieve, retrieve_index
from suites.tables.search import next_item, retail, search, search_zh, written
from suites.tables.service import (
    assist_intent,
    assist_retrieval,
    assist_retrieval_known,
    assist_retrieval_sure,
    assist_tools,
    assist_turn,
    assist_words,
)
from suites.tables.serving import rank, serve, serve_models

_REAL_DIRT: dict[str, Callable[[list[Row]], str]] = {
    "in": imported,
    "became": outcome,
    "checks": checks,
    "examples": examples,
    "asked": shares,
    "cannot": not_checked,
}
TABLES: dict[str, Callable[[list[Row]], str]] = {
    "search_icecat": search,
    "search_zh": search_zh,
    "written": written,
    "retail": retail,
    "next_item_office": next_item,
    "next_item_industrial": next_item,
    "near_duplicates": near_duplicates,
    "quality_peers": quality_peers,
    "quality_peers kinds": quality_peers_kinds,
    **{
        f"real_dirt_{data} {part}": draw
        for data in ("retail", "icecat")
        for part, draw in _REAL_DIRT.items()
    },
    "ctr": ctr,
    "cleaning": cleaning,
    "cleaning raw": cleaning_raw,
    "cleaning_search": cleaning,
    "cleaning_search raw": cleaning_raw,
    "judged": judged,
    "judged tasks": judged_tasks,
    "judged_pooled": judged_of_several,
    "judged sold": judged_not_sold,
    "judged surfaces": judged_surfaces,
    "filtered_recall": filtered_recall,
    "retrieve": retrieve,
    "retrieve index": retrieve_index,
    "line": line,
    "assist_intent": assist_intent,
    "assist_retrieval": assist_retrieval,
    "assist_retrieval known": assist_retrieval_known,
    "assist_retrieval sure": assist_retrieval_sure,
    "assist_tools": assist_tools,
    "assist_turn": assist_turn,
    "assist_words": assist_words,
    "serve": serve,
    "serve_models": serve_models,
    "rank": rank,
    "quality": quality,
    "drift": drift,
    "independent": independent,
    "independent_icecat": independent_totals,
    "independent_retail": independent_totals,
}
WITHOUT_SOURCE = (
    "index",
    "became",
    "checks",
    "asked",
    "examples",
    "cannot",
    "tasks",
    "sold",
    "surfaces",
    "known",
    "sure",
)
"""Parts that stand below another of the same results, which says where they were measured."""
