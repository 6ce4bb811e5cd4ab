"""Models beside their baselines."""

from __future__ import annotations

from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo.cli.tables.cells import count, empty_table, interval


def models_table(report: dict[str, Any]) -> Group:
    """Every model beside its baselines; the one that serves is marked."""
    shown: list[Table | Text] = []
    if clicks := report.get("clicks"):
        table = empty_table(
            "Orders, on pages newer than the training (nDCG@10)",
            "surface",
            "system",
            "nDCG@10",
            "pages",
            "serves",
        )
        for line in clicks["table"]:
            table.add_row(
                line["surface"],
                line["system"],
                f"{line['ndcg10']:.4f}",
                count(line["n_pages"]),
                "←" if line["is_chosen"] else "",
            )
        shown.append(table)
        lift = empty_table(
            "Lift of what serves over the best baseline: nDCG@10, 95% interval",
            "surface",
            "over",
            "lift",
        )
        for surface, value in clicks["lift"].items():
            lift.add_row(surface, value["over"], interval(value))
        shown.append(lift)
        said = clicks["clicks"]
        shown.append(
            Text(
                f"P(click): log-loss {said['log_loss']:.4f} (constant {said['constant_log_loss']:.4f}), "
                f"AUC {said['auc']:.3f}, calibration error {said['ece']:.4f}"
            )
        )
    elif why := report.get("no_clicks"):
        shown.append(Text(f"No click models: {why}"))
    if judged := report.get("purchases", {}).get("judged"):
        table = empty_table(
            "Purchases of the weeks held back: whole catalogue, 95% intervals",
            "mode",
            "system",
            "recall@20",
            "nDCG@20",
            "visitors",
            "ours over it",
        )
        ours = {j["mode"]: j.get("vs") or {} for j in judged if j["system"] == "baihuo"}
        for j in judged:
            against = ours.get(j["mode"], {}).get(j["system"])
            table.add_row(
                j["mode"],
                j["system"],
                f"{j['recall20']:.4f}",
                f"{j['ndcg20']:.4f}",
                count(j["n"]),
                interval(against) if against else "",
            )
        shown.append(table)
    if search := report.get("search"):
        table = empty_table(
            "Searches judged by people: nDCG@10, 95% interval",
            "system",
            "whole catalogue",
            "judged only",
            "queries",
            "ours over RRF",
        )
        for line in search:
            against = line["vs_rrf"]
            table.add_row(
                line["system"],
                f"{line['ndcg10']:.4f}",
                f"{line['ndcg10_judged']:.4f}",
                count(line["n_queries"]),
                interval(against) if against else "",
            )
        shown.append(table)
    if judged_by := report.get("judgements"):
        shown.append(Text(_judgements(judged_by)))
    return Group(*shown)


def _judgements(told: dict[str, Any]) -> str:
    """Who judged how much, and what was learned from it."""
    alpha = "" if told["alpha"] is None else f", Krippendorff's alpha {told['alpha']:.3f}"
    lines = [
        f"{told['n_judgements']:,} judgements of {told['n_pairs']:,} pairs and {told['n_queries']:,} queries by "
        f"{told['n_raters']:,} raters ({told['n_from_file']:,} from ratings.csv){alpha}"
    ]
    for encoder, near in told["nearness"].items():
        cut = f"cosine {near['cosine']:.3f}" if near["is_used"] else "not used"
        lines.append(
            f"near enough, learned of {near['n_pairs']:,} pairs ({encoder}): {cut}; {near['why']}"
        )
    return "\n".join(lines)
