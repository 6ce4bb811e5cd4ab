"""First pages of new visitors: docs/new_visitors.md."""

from __future__ import annotations

from suites.tables.markdown import Row, short_interval, table

_CALLED = {
    "popularity": "popularity",
    "without_basics": "without basic information",
    "with_basics": "with basic information",
    "best_for_all": "the best single order for everybody, by the truth",
}


def newcomers(rows: list[Row]) -> str:
    """One row a system, over all shops; the best possible page of each person is 1 and left out."""
    return table(
        [
            "home page of somebody new",
            "nDCG@10",
            "declared interests",
            "declared none",
            "over popularity",
            "in each shop",
            "over the page without",
        ],
        (
            [
                _CALLED[r["system"]],
                f"{r['ndcg10']:.3f}",
                f"{r['declared']:.3f}",
                f"{r['not_declared']:.3f}",
                short_interval(r.get("minus_popularity")),
                ", ".join(f"{x:+.3f}" for x in r.get("minus_popularity_by_shop", ())) or "–",
                short_interval(r.get("minus_without")),
            ]
            for r in rows
            if r.get("system") in _CALLED
        ),
    )
