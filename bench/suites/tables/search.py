"""Searches, purchases and next items on real data."""

from __future__ import annotations

from suites.tables.markdown import Row, short_interval, table


def search(rows: list[Row]) -> str:
    return table(
        "system;nDCG@10;nDCG@10, judged only;midpoint;recall@100;midpoint against RRF".split(";"),
        (
            [
                r["system"],
                *(f"{r[k]:.3f}" for k in ("ndcg10", "ndcg10_judged", "midpoint", "recall100")),
                short_interval(r.get("vs_rrf"), "midpoint"),
            ]
            for r in rows
        ),
    )


def retail(rows: list[Row]) -> str:
    rows = [r for r in rows if "mode" in r]  # the last line is the cost of the whole

    def worst(r: Row) -> str:
        against = r.get("vs") or {}
        if not against:
            return "–"
        name = min(against, key=lambda n: against[n]["mid"])
        return f"{name}: {short_interval(against[name])}"

    return table(
        ["system", "mode", "recall@20", "nDCG@20", "customers", "recall against the best baseline"],
        (
            [r["system"], r["mode"], f"{r['recall20']:.3f}", f"{r['ndcg20']:.3f}", r["n"], worst(r)]
            for r in rows
        ),
    )


def next_item(rows: list[Row]) -> str:
    rows = [r for r in rows if "recall10" in r]
    against: Row = next((r["vs"] for r in rows if "vs" in r), {})
    return table(
        ["system", "recall@10", "nDCG@10", "recall of baihuo against it"],
        (
            [
                r["system"],
                f"{r['recall10']:.3f}",
                f"{r['ndcg10']:.3f}",
                short_interval(against.get(r["system"])),
            ]
            for r in rows
        ),
    )
