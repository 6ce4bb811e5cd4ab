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


def quality_peers_kinds(rows: list[Row]) -> str:
    """Of every kind of dirt the share of its rows that each tool flagged."""
    kinds = [r for r in rows if "kind" in r]
    tools = [
        k
        for k in dict.fromkeys(k for r in kinds for k in r)
        if k not in ("data", "kind", "planted")
    ]
    lines = (
        [
            r["data"],
            f"`{r['kind']}`",
            r["planted"],
            *(f"{r[t]:.2f}" if t in r else "–" for t in tools),
        ]
        for r in kinds
    )
    return table(["data", "kind", "planted", *tools], lines)
