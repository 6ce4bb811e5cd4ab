"""Off-policy estimates against a policy's own log, and the coverage of their intervals: docs/benchmarks.md."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def ope(rows: list[Row]) -> str:
    """Real logs: a row an estimator."""
    return table(
        ["campaign", "log of", "policy", "estimator", "clicks", "its own log", "error", "ESS"],
        (
            [
                r["campaign"],
                r["from"],
                r["to"],
                _estimator(r),
                _interval(r["value"], r["low"], r["high"]),
                _interval(r["truth"], r["truth_low"], r["truth_high"]),
                f"{r['error']:.0%}",
                f"{r['ess']:,.0f}",
            ]
            if "refused" not in r
            else [r["campaign"], r["from"], r["to"], "–", f"refused: {r['refused']}", *["–"] * 3]
            for r in rows
            if r["part"] == "real"
        ),
    )


def ope_coverage(rows: list[Row]) -> str:
    """A row a world, the coverage of each estimator in a column."""
    worlds: dict[tuple[str, str, str], dict[str, Row]] = {}
    for r in rows:
        if r["part"] == "coverage":
            name = "mean ± 1.96 s.e." if r["system"] == "normal" else r["estimator"]
            worlds.setdefault((r["world"], r["from"], r["to"]), {})[name] = r
    names = ["mean ± 1.96 s.e.", "ips", "snips", "clipped", "dr", "dr, gain"]
    return table(
        ["world", "log of", "policy", "truth", "ESS", *names],
        (
            [
                *world,
                f"{by_name['ips']['truth']:.4f}",
                f"{by_name['ips']['ess']:,.0f}",
                *(f"{by_name[n]['coverage']:.1%}" if n in by_name else "–" for n in names),
            ]
            for world, by_name in worlds.items()
        ),
    )


def _estimator(row: Row) -> str:
    return f"{row['estimator']} at {row['bound']:.3g}" if row.get("bound") else row["estimator"]


def _interval(mid: float, low: float, high: float) -> str:
    return f"{mid:.4f} [{low:.4f}, {high:.4f}]"
