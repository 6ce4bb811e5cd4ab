"""Recall under filters, and retrieval compared by size: docs/benchmarks.md."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def filtered_recall(rows: list[Row]) -> str:
    """A row a source and share."""
    return table(
        ["source", "products", "filter keeps", "recall@10", "recall@100", "worst query", "above"],
        (
            [
                r["source"],
                f"{r['products']:,}",
                f"{r['filter_keeps']:.1%}",
                f"{r['recall@10']:.3f}",
                f"{r['recall@100']:.3f}",
                f"{r['recall@100 of the worst query']:.2f}",
                f"{r['above']:.3f}",
            ]
            for r in rows
            if "filter_keeps" in r
        ),
    )


def retrieve(rows: list[Row]) -> str:
    """A row a part and size: CPU of ours and of what it is compared with."""
    return table(
        ["products", "part", "beside", "CPU ms", "theirs", "ratio", "recall, theirs"],
        (
            [
                f"{r['products']:,}",
                r["part"],
                beside,
                f"{r[ours]:.2f}",
                f"{r[theirs]:.2f}",
                f"{r['ratio']:.2f}",
                recall,
            ]
            for r in rows
            for beside, ours, theirs, recall in _compared(r)
        ),
    )


def _compared(r: Row) -> list[tuple[str, str, str, str]]:
    """What a line compares with, the columns of both sides, and recalls."""
    if r.get("part") == "words":
        return [("tantivy", "cpu_ms", "tantivy_cpu_ms", "same matches")]
    if r.get("part") == "dense":
        return [("faiss Flat", "cpu_ms", "faiss_flat_cpu_ms", f"{r['recall']:.3f}, 1")]
    if r.get("part") == "lists":
        recalls = f"{r['recall']:.3f}, {r['faiss_recall']:.3f}"
        return [(r["beside"], "cpu_ms", "faiss_cpu_ms", recalls)]
    if r.get("part") == "page":
        return [("encoding its query", "page_cpu_ms", "encode_cpu_ms", "")]
    return []


def retrieve_index(rows: list[Row]) -> str:
    """A row a size: what an index costs."""
    return table(
        ["products", "build CPU s", "open CPU s", "share", "heap bytes a product", "file bytes"],
        (
            [
                f"{r['products']:,}",
                f"{r['build_cpu_s']:.0f}",
                f"{r['open_cpu_s']:.2f}",
                f"{r['open_share_of_build']:.2%}",
                f"{r['heap_bytes_a_product']:,.0f}",
                f"{r['file_bytes_a_product']:,.0f}",
            ]
            for r in rows
            if r.get("part") == "index"
        ),
    )
