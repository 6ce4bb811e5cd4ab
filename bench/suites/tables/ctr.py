"""P(click) on a table of impressions, beside what a user would take instead."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def ctr(rows: list[Row]) -> str:
    """A row a system; differences of ours from the others have intervals."""
    systems = [r for r in rows if "system" in r]
    others = [r["system"] for r in systems if "vs" not in r]
    named = [f"{what} less {o}" for o in others for what in ("AUC", "log-loss")]
    return table(
        ["system", "AUC", "log-loss", "NE", "ECE", "CPU s", "MB", *named],
        (
            [
                r["system"],
                *(f"{r[k]:.4f}" for k in ("auc", "log_loss", "ne")),
                f"{r['ece']:.3f}",
                *(f"{r[k]:,.0f}" for k in ("cpu_s", "peak_mb")),
                *(
                    _apart(r.get("vs", {}).get(o, {}).get(k))
                    for o in others
                    for k in ("auc", "log_loss")
                ),
            ]
            for r in systems
        ),
    )


def _apart(found: dict[str, float] | None) -> str:
    if not found:
        return "–"
    return f"{found['mid']:+.4f} [{found['low']:+.4f}, {found['high']:+.4f}]"
