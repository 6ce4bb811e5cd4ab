"""What cleaning is worth: docs/real_dirt.md and docs/benchmarks.md."""

from __future__ import annotations

from suites.tables.markdown import Row, interval, table


def cleaning(rows: list[Row]) -> str:
    """Clean minus each variant, a column a system."""
    rows = [r for r in rows if "learned_from" in r]
    measure = "recall20" if any("recall20" in r for r in rows) else "midpoint"
    systems = list(dict.fromkeys(r["system"] for r in rows if "system" in r))
    lines = []
    for variant in dict.fromkeys(r["learned_from"] for r in rows):
        by_system = {r.get("system"): r for r in rows if r["learned_from"] == variant}
        if None in by_system:
            lines.append(
                [
                    variant,
                    f"{by_system[None]['n_rows']:,}",
                    *["nothing that it reads differs"] * len(systems),
                ]
            )
            continue
        cells = [_cell(by_system.get(s), measure) for s in systems]
        n = next(iter(by_system.values()))["n_rows"]
        lines.append([variant, f"{n:,}" if n else "–", *cells])
    return table(["learned from", "rows concerned", *systems], lines)


def _cell(row: Row | None, measure: str) -> str:
    if row is None:
        return "–"
    return interval(row["clean_minus"]) if row.get("clean_minus") else f"{row[measure]:.4f}"


def cleaning_raw(rows: list[Row]) -> str:
    """Raw beside clean only: the short table."""
    lines = [r for r in rows if r.get("learned_from") in ("clean", "raw") and "system" in r]
    measure = "recall20" if any("recall20" in r for r in lines) else "midpoint"
    of = {(r["system"], r["learned_from"]): r for r in lines}
    systems = [s for s, variant in of if variant == "raw"]
    return table(
        ["system", f"{measure}, raw", "clean", "clean minus raw"],
        (
            [
                s,
                f"{of[s, 'raw'][measure]:.4f}",
                f"{of[s, 'clean'][measure]:.4f}",
                interval(of[s, "raw"]["clean_minus"]),
            ]
            for s in systems
        ),
    )
