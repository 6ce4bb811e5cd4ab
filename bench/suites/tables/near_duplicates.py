"""Near-duplicates among listings."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def near_duplicates(rows: list[Row]) -> str:
    def share(kinds: list[Row], name: str) -> str:
        kinds = [r for r in kinds if name in r]
        n = sum(r["n_planted"] for r in kinds)
        return f"{sum(r[name] * r['n_planted'] for r in kinds) / n:.3f}" if n else "–"

    def line(cost: Row) -> list[object]:
        of_run = [r for r in rows if (r["system"], r["n"]) == (cost["system"], cost["n"])]
        merges = next(
            (f"{r['merge_precision']:.4f}" for r in of_run if "merge_precision" in r), "–"
        )
        proposed = (r["candidate_recall"] for r in of_run if r.get("language") == "en")
        certain = [r for r in of_run if r.get("kind") != "listed again in a hurry"]  # never certain
        return [
            cost["system"],
            f"{cost['n']:,}",
            *(f"{cost[k]:,.0f}" for k in ("wall_s", "cpu_s", "peak_mb")),
            next((p["0.7, marks of one are in the other"].split()[0] for p in proposed), "–"),
            share(of_run, "pair_recall"),
            share(certain, "merge_recall"),
            merges,
            share(of_run, "wrongly_merged"),
        ]

    return table(
        [
            "system",
            "listings",
            "wall s",
            "CPU s",
            "peak MB",
            "alike titles proposed",
            "copies found",
            "sure copies merged",
            "merges that are right",
            "siblings merged",
        ],
        (line(r) for r in rows if "wall_s" in r and "not_run" not in r),
    )
