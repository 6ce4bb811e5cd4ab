"""Which function draws which results: ``<!-- bench: NAME PART -->``."""

from __future__ import annotations

from collections.abc import Callable

from suites.tables.cleaning import cleaning, cleaning_raw
from suites.tables.ctr import ctr
from suites.tables.independent import independent
from suites.tables.judged import (
    judged,
    judged_not_sold,
    judged_of_several,
    judged_surfaces,
    judged_tasks,
)
from suites.tables.line import line
from suites.tables.markdown import Row, columns
from suites.tables.near_duplicates import near_duplicates
from suites.tables.quality_peers import quality_peers
from suites.tables.real_dirt import checks, imported, mistakes, not_checked, outcome, shares
from suites.tables.scale import filtered_recall, retrieve, retrieve_index
from suites.tables.search import next_item, retail, search, search_zh, wishes, written
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
    "mistakes": mistakes,
    "asked": shares,
    "cannot": not_checked,
}
TABLES: dict[str, Callable[[list[Row]], str]] = {
    "search_icecat": search,
    "search_zh": search_zh,
    "written": written,
    "wishes": wishes,
    "retail": retail,
    "next_item_office": next_item,
    "next_item_industrial": next_item,
    "near_duplicates": near_duplicates,
    "quality_peers": quality_peers,
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
    "value": columns(
        "ndcg",
        "log_loss",
        "money",
        "skill",
        "ndcg_lowest",
        "log_loss_lowest",
        "money_lowest",
        "skill_lowest",
    ),
    "value rows": columns("sort", "asked", "precision_at_k", "lowest"),
    "false_alarms": columns("way", "per_month", "upper_95", "n_months", "mean_recall"),
    "false_alarms_retail": columns(
        *(
            "way",
            "per_month",
            "upper_95",
            "n_days",
            "recall, half a day lost",
            "recall, prices +65%",
        )
    ),
    "overload": columns(
        "phase", "goodput_per_s", "p50_ms", "p99_ms", "n_refused", "cpu_ms_a_page", of="p50_ms"
    ),
    "floods": columns(
        "seed",
        "case",
        "counted",
        "displaced",
        "displaced_without",
        "precision",
        "recall",
        of="recall",
    ),
    "abuse": columns(
        "longest_health_s",
        "longest_block_s",
        "peak_ratio",
        "n_5xx",
        "n_told",
        "n_changed",
        "n_talks_opened",
        "n_lost_purchases",
        "flood_clean_share",
        "missed",
    ),
    "train": columns(
        "system", "mode", "rows", "first_batch_cpu_s", "train_cpu_s", "auc", "peak_mb", of="rows"
    ),
    "train ratio": columns(
        "mode", "speedup", "auc", "peer_auc", "memory_ratio", "seeds", of="speedup"
    ),
    "train_rows": columns(
        "system", "mode", "rows", "first_batch_cpu_s", "train_cpu_s", "auc", "peak_mb"
    ),
    "value_retail": columns("check", "action", "n_rows", "ndcg", "misreported_minor"),
    "independent": independent,
    "independent_icecat": independent,
    "independent_retail": independent,
}
WITHOUT_SOURCE = (
    "index",
    "became",
    "checks",
    "asked",
    "mistakes",
    "rows",
    "ratio",
    "cannot",
    "tasks",
    "sold",
    "surfaces",
    "known",
    "sure",
)
"""Parts that stand below another of the same results, which says where they were measured."""
