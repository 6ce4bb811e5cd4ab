"""How good the checks are: docs/quality.md."""

from __future__ import annotations

from collections.abc import Iterable

from suites.tables.markdown import Row, table


def drift(rows: list[Row]) -> str:
    return table(
        ["check", "asked", "precision", "recall", "columns that moved", "weeks as they were"],
        (
            [
                f"`{r['check']}`",
                r["asked"],
                f"{r['precision']:.3f}",
                f"{r['recall']:.3f}",
                r["n_planted"],
                r["n_steady"],
            ]
            for r in rows
            if "check" in r
        ),
    )


def quality(rows: list[Row]) -> str:
    """A line a check, a pair of columns a data set; what the summaries say below."""
    sums = [r for r in rows if "checks" in r]
    names = [r["data"] for r in sums]
    marks = {(r["data"], r["check"]): r for r in rows if "recall" in r}

    def cells(check: str) -> Iterable[object]:
        asked = next(m["asked"] for (_, c), m in marks.items() if c == check)
        yield from (f"`{check}`", asked)
        for name in names:
            m = marks.get((name, check))
            if m is None or not m["n_planted"]:
                yield "–"
                continue
            text = f"{m['precision']:.3f} / {m['recall']:.3f} of {m['n_planted']}"
            yield text if m["is_met"] else f"**{text}**"

    by_check = table(["check", "asked", *names], map(cells, sorted({c for _, c in marks})))
    summaries = []
    for r in sums:
        first = next(
            x for x in rows if x["data"] == r["data"] and ("touched" in x or "real_dirt" in x)
        )
        ground = (
            f"{first['touched']:.3%} of {first['clean_rows']:,} clean rows touched"
            if "touched" in first
            else f"{first['real_dirt']:.1%} of {first['rows']:,} rows touched as they came, "
            f"{first['ground_rows']:,} rows with nothing found planted in"
        )
        summaries.append(f"- {r['data']}: {r['met']} of {r['checks']} checks met; {ground}.")
    return by_check + "\n\n" + "\n".join(summaries)
