"""Speed of the line."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def line(rows: list[Row]) -> str:
    """What each system took, and below it the ratios."""
    head = [
        "system",
        "events",
        "CPU s",
        "import",
        "clean",
        "features",
        "wall s",
        "CPU µs a row",
        "peak MB",
        "spilled MB",
    ]
    took = [
        [
            _with_rules(r["system"], r),
            f"{r['events']:,}",
            *(
                f"{r[k]:.1f}"
                for k in ("cpu_s", "import_cpu_s", "clean_cpu_s", "features_cpu_s", "wall_s")
            ),
            f"{r['cpu_s'] / r['events'] * 1e6:.1f}",
            f"{r['peak_mb']:,.0f}",
            f"{r.get('spill_mb', 0):,.0f}",
        ]
        for r in rows
        if "system" in r
    ]
    ratios = [
        [
            _with_rules(r["ratio"], r),
            f"{r['events']:,}",
            *(
                f"{r[k]:.2f}" if k in r else "–"
                for k in ("cpu_s", "import_cpu_s", "clean_cpu_s", "features_cpu_s", "wall_s")
            ),
        ]
        for r in rows
        if "ratio" in r
    ]
    return f"{table(head, took)}\n\n{table(['ratio', *head[1:7]], ratios)}"


def _with_rules(name: str, row: Row) -> str:
    """A system's name, with its rules where they are only those of the script."""
    is_less = row.get("rules") == "script" and name.startswith("baihuo")
    return f"{name}, the script's rules alone" if is_less else name
