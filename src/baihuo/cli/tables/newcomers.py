"""What training learned of first pages, as a table and a line."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from baihuo.cli.tables.cells import count, empty_table, interval

_SYSTEMS = {"popularity": "popularity", "appeal": "clicks beyond places, and popularity"}
_VISITORS = {"new": "new visitors", "all": "all visitors: too few new ones"}


def newcomers_tables(report: dict[str, Any]) -> list[Table | Text]:
    """How the learned order of first pages does beside popularity, and which basic information is trusted."""
    shown: list[Table | Text] = []
    if pages := report.get("pages"):
        visitors = _VISITORS[pages["visitors"]]
        table = empty_table(
            f"First home pages ({visitors}), newer than what orders them: nDCG@10, 95% interval",
            "system",
            "nDCG@10",
            "pages",
            "ours over it",
        )
        for name, ndcg in pages["ndcg10"].items():
            over = interval(pages["appeal_minus_popularity"]) if name == "popularity" else ""
            table.add_row(_SYSTEMS[name], f"{ndcg:.4f}", count(pages["n_pages"]), over)
        shown.append(table)
    if why_not := report.get("why_not"):
        return [*shown, Text(f"First pages of new visitors are ordered by popularity: {why_not}")]
    shown.append(
        Text(
            f"Basic information of new visitors, by {count(report['n_visitors'])} visitors: "
            f"declared interests ({count(report['n_declared'])} visitors) {_trusted(report['declared'])}; "
            f"platform, language, region, referrer and hour {_trusted(report['segments'])}"
        )
    )
    return shown


def _trusted(trust: dict[str, Any]) -> str:
    if why_not := trust.get("why_not"):
        return f"not used, {why_not}"
    if why := trust.get("start"):
        return f"used as in the other shop, {why}"
    return f"used, {interval(trust['gain'])} nats a visitor"
