"""The checks beside the tools of the field."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def quality_peers(rows: list[Row]) -> str:
    """One line a tool and data set."""
    head = [
        *("data", "tool", "kinds found", "rows found, mean of kinds", "flagged that are dirty"),
        *("clean rows flagged", "CPU s", "peak MB", "lines of rules"),
    ]
    lines = (
        [
            r["data"],
            r["system"],
            f"{r['kinds_found']} of {r['kinds']}",
            f"{r['recall']:.2f}",
            "–" if r["precision"] is None else f"{r['precision']:.3f}",
            f"{r['clean_flagged']:.3%}",
            f"{r['cpu_s']:.0f}",
            f"{r['peak_mb']:,}",
            r["config_lines"],
        ]
        for r in rows
        if "system" in r
    )
    return table(head, lines)
