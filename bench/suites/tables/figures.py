"""Five figures for the READMEs, real data first, from the same JSON lines as the tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from suites.tables.markdown import Row, short_interval

HEADS = {
    None: ("what", "data", "baihuo", "compared with", "measured"),
    "zh": ("指标", "数据", "baihuo", "对照", "测于"),
}


def figures(results: Path, language: str | None) -> str:
    """One line a figure; what was not measured yet has no line."""
    lines: list[tuple[str, ...]] = [HEADS[language], ("---",) * 5]
    for name, figure in FIGURES.items():
        if cells := figure(results):
            english, chinese = cells
            lines.append((*(chinese if language == "zh" else english), _measured(results, name)))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _measured(results: Path, name: str) -> str:
    """Day and commit of the recording."""
    with (results / f"{name}.jsonl").open(encoding="utf-8") as file:
        meta = json.loads(file.readline())["meta"]
    return f"{meta['at']}, {meta['commit']}"


def _rows(results: Path, name: str) -> list[Row]:
    file = results / f"{name}.jsonl"
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line][1:]


Figure: TypeAlias = "tuple[tuple[str, ...], tuple[str, ...]]"
"""The cells in English and in Chinese."""


def _search(results: Path) -> Figure | None:
    if not (by_system := {r["system"]: r for r in _rows(results, "search_icecat")}):
        return None
    ours = f"**{by_system['baihuo']['midpoint']:.3f}**"
    words, fused = by_system["bm25"]["midpoint"], by_system["rrf"]["midpoint"]
    gain = short_interval(by_system["baihuo"]["vs_rrf"], "midpoint")
    return (
        (
            "search, nDCG@10 (midpoint)",
            "Icecat, 19,406 products, no clicks",
            ours,
            f"BM25 {words:.3f}, BM25 and vectors fused {fused:.3f} ({gain})",
        ),
        (
            "搜索 nDCG@10（中点）",
            "Icecat，19,406 个商品，没有点击",
            ours,
            f"BM25 {words:.3f}，BM25 与向量融合 {fused:.3f}（{gain}）",
        ),
    )


def _new_purchases(results: Path) -> Figure | None:
    new = {r["system"]: r for r in _rows(results, "retail") if r.get("mode") == "new"}
    if not new:
        return None
    ours, n = f"**{new['baihuo']['recall20']:.3f}**", f"{new['baihuo']['n']:,}"
    popular, ease = new["popularity"]["recall20"], new["ease"]["recall20"]
    gain = short_interval(new["baihuo"]["vs"]["ease"])
    return (
        (
            "purchases of products new to the customer, recall@20",
            f"Online Retail II, {n} customers",
            ours,
            f"popularity {popular:.3f}, EASE {ease:.3f} ({gain})",
        ),
        (
            "购买该顾客未买过的商品，recall@20",
            f"Online Retail II，{n} 位顾客",
            ours,
            f"热门 {popular:.3f}，EASE {ease:.3f}（{gain}）",
        ),
    )


def _serving(results: Path) -> Figure | None:
    if not (rows := _rows(results, "serve")):
        return None
    p50, p99, most, mb = (rows[0][k] for k in ("p50_ms", "p99_ms", "max_per_s", "peak_mb"))
    has_models = any("cpu_ratio" in row for row in rows)  # compared with pages without them
    return (
        (
            "a search page, one worker",
            f"Icecat, distinct queries, {'with' if has_models else 'no'} click models, half of the maximum load",
            f"**{p50:.1f} ms** p50, {p99:.0f} ms p99",
            f"at most {most:.0f} a second, {mb:,} MB",
        ),
        (
            "一页搜索结果，单进程",
            f"Icecat，搜索词互不相同，{'含' if has_models else '不含'}点击模型，负载为最大吞吐的一半",
            f"p50 **{p50:.1f} 毫秒**，p99 {p99:.0f} 毫秒",
            f"最多每秒 {most:.0f} 次，{mb:,} MB",
        ),
    )


def _merges(results: Path) -> Figure | None:
    rows = [r for r in _rows(results, "near_duplicates") if "merge_precision" in r]
    if not (of_step := [r for r in rows if r["system"] == "step"]):
        return None
    largest = max(of_step, key=lambda r: int(r["n"]))
    right, n = f"**{largest['merge_precision']:.2%}**", f"{largest['n']:,}"
    return (
        (
            "merges of listings that are right",
            f"{n} listings, titles half real, half simulated",
            right,
            "planted copies, so the truth is known",
        ),
        (
            "合并重复商品的正确率",
            f"{n} 个商品，标题一半真实、一半模拟",
            right,
            "重复由我们植入，真相已知",
        ),
    )


def _line(results: Path) -> Figure | None:
    rows = [r for r in _rows(results, "line") if r.get("events") == 1_000_000]
    ours = next((r["cpu_s"] for r in rows if r.get("system") == "baihuo"), None)
    ratios = {r.get("rules"): r["cpu_s"] for r in rows if r.get("ratio") == "baihuo / by_hand"}
    ratio, same_rules = ratios.get("all"), ratios.get("script")
    if ours is None or ratio is None or same_rules is None:
        return None
    return (
        (
            "import, clean, features",
            "1,000,000 simulated events",
            f"**{ours:.1f}** CPU s",
            f"{ratio:.2f} times a DuckDB script by hand, {same_rules:.2f} times with its rules alone",
        ),
        (
            "导入、清洗、特征",
            "100 万条模拟事件",
            f"**{ours:.1f}** CPU 秒",
            f"是手写 DuckDB 脚本的 {ratio:.2f} 倍；只用脚本的规则时为 {same_rules:.2f} 倍",
        ),
    )


FIGURES: dict[str, Callable[[Path], Figure | None]] = {
    "search_icecat": _search,
    "retail": _new_purchases,
    "serve": _serving,
    "near_duplicates": _merges,
    "line": _line,
}
"""By the results that each is drawn from."""
