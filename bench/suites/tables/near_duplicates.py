"""Near-duplicates among listings."""

from __future__ import annotations

from suites.tables.markdown import Row, table

UNSURE = (
    "listed again in a hurry",
)  # so much is left out of these copies that no merge can be sure


def _with_left_out(share: str, of_run: list[Row]) -> str:
    """The share of sure copies, with the copies that it leaves out: all that are asked for would be a smaller share."""
    copies = [r for r in of_run if "merge_recall" in r]
    n_left_out = sum(r["n_planted"] for r in copies if r["kind"] in UNSURE)
    if not n_left_out:
        return share
    n = sum(r["n_planted"] for r in copies)
    merged = sum(r["merge_recall"] * r["n_planted"] for r in copies) / n
    return f"{share} without {n_left_out:,} of {n:,} copies ({merged:.3f} with them)"


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
        certain = [r for r in of_run if r.get("kind") not in UNSURE]
        return [
            cost["system"],
            f"{cost['n']:,}",
            *(f"{cost[k]:,.0f}" for k in ("wall_s", "cpu_s", "peak_mb")),
            next((p["0.7, marks of one are in the other"].split()[0] for p in proposed), "–"),
            share(of_run, "pair_recall"),
            _with_left_out(share(certain, "merge_recall"), of_run),
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
