"""What each line of a features file adds: docs/features_report.md."""

from __future__ import annotations

from suites.tables.markdown import Row, interval, table


def features(rows: list[Row]) -> str:
    """What each line added; the two rows of chance stand among them."""
    base = next(r for r in rows if r["kind"] == "base")
    gains = [r for r in rows if r["kind"] != "base"]
    measures = [m for m in ("log_loss", "auc", "ndcg10", "recall20", "ndcg20") if m in gains[0]]
    head = ["line", "kind", "columns", *measures]
    lines = [["**default**", "", f"{base['n_columns']:.0f}", *(f"{base[m]:.4f}" for m in measures)]]
    lines += [
        [
            r["row"],
            "*chance*" if r["kind"] == "control" else r["kind"],
            str(r["n_columns"]),
            *(_mark(interval(r[m]), r[m]) for m in measures),
        ]
        for r in gains
    ]
    return table(head, lines)


def recent_searches(rows: list[Row]) -> str:
    """Click models with columns of a visitor's searches: level, then gains; rows of chance stand among them."""
    measures = ("true", "clicks", "log_loss")
    whole = [r for r in rows if r["visitors"] == "all"]
    lines = [
        [
            f"**{r['row']}**" if r["row"] == "default" else r["row"],
            r["surface"],
            *(
                f"{r[m]:.4f}" if isinstance(r[m], float) else _mark(interval(r[m]), r[m])
                for m in measures
            ),
        ]
        for r in whole
    ]
    head = ["columns", "surface", "nDCG@10 by P(click)", "nDCG@10 by clicks", "log-loss, nats"]
    return table(head, lines)


def _mark(text: str, value: Row) -> str:
    return f"**{text}**" if value["low"] > 0 or value["high"] < 0 else text
