"""Five figures for the READMEs, real data first, from the same JSON lines as the tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]
HEADS = {
    None: ("what", "data", "baihuo", "beside it"),
    "zh": ("指标", "数据", "baihuo", "对照"),
}


def figures(results: Path, language: str | None) -> str:
    """One line a figure; what was not measured yet has no line."""
    lines = [HEADS[language], ("---",) * 4]
    for english, chinese in _five(results):
        lines.append(chinese if language == "zh" else english)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _rows(results: Path, name: str) -> list[Row]:
    file = results / f"{name}.jsonl"
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line][1:]


def _interval(value: Row, middle: str) -> str:
    return f"{value[middle]:+.3f} [{value['low']:+.3f}, {value['high']:+.3f}]"


def _five(results: Path) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    if search := {r["system"]: r for r in _rows(results, "search_icecat")}:
        ours = f"**{search['baihuo']['midpoint']:.3f}**"
        words, fused = search["bm25"]["midpoint"], search["rrf"]["midpoint"]
        gain = _interval(search["baihuo"]["vs_rrf"], "midpoint")
        yield (
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
    if new := {r["system"]: r for r in _rows(results, "retail") if r.get("mode") == "new"}:
        ours = f"**{new['baihuo']['recall20']:.3f}**"
        popular, ease = new["popularity"]["recall20"], new["ease"]["recall20"]
        gain = _interval(new["baihuo"]["vs"]["ease"], "mid")
        n = f"{new['baihuo']['n']:,}"
        yield (
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
    if serve := next(iter(_rows(results, "serve")), None):
        p50, p99, most, mb = (serve[k] for k in ("p50_ms", "p99_ms", "max_per_s", "peak_mb"))
        yield (
            (
                "a search page, one worker",
                "Icecat, distinct queries, half of the maximum load",
                f"**{p50:.1f} ms** p50, {p99:.0f} ms p99",
                f"at most {most:.0f} a second, {mb:,} MB",
            ),
            (
                "一页搜索结果，单进程",
                "Icecat，搜索词互不相同，负载为最大吞吐的一半",
                f"p50 **{p50:.1f} 毫秒**，p99 {p99:.0f} 毫秒",
                f"最多每秒 {most:.0f} 次，{mb:,} MB",
            ),
        )
    if near := [
        r
        for r in _rows(results, "near_duplicates")
        if r["system"] == "step" and "merge_precision" in r
    ]:
        most = max(near, key=lambda r: r["n"])
        right, n = f"**{most['merge_precision']:.2%}**", f"{most['n']:,}"
        yield (
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
    if line := {
        r["ratio"]: r
        for r in _rows(results, "line")
        if r.get("events") == 1_000_000 and "ratio" in r
    }:
        took = next(
            r["cpu_s"]
            for r in _rows(results, "line")
            if r.get("system") == "baihuo" and r["events"] == 1_000_000
        )
        hand = line["baihuo / by_hand"]["cpu_s"]
        yield (
            (
                "import, clean, features",
                "1,000,000 simulated events",
                f"**{took:.1f}** CPU s",
                f"{hand:.2f} times a DuckDB script by hand, with equal findings",
            ),
            (
                "导入、清洗、特征",
                "100 万条模拟事件",
                f"**{took:.1f}** CPU 秒",
                f"是手写 DuckDB 脚本的 {hand:.2f} 倍，检查结果相同",
            ),
        )
