"""Models compared with their baselines, as tables."""

from __future__ import annotations

from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo.cli.tables.cells import count, empty_table, interval


def models_table(report: dict[str, Any]) -> Group:
    """Every model and its baselines; the ranking that serves is marked."""
    shown: list[Table | Text] = []
    if clicks := report.get("clicks"):
        shown += _click_models(clicks)
    elif why := report.get("no_clicks"):
        shown.append(Text(f"No click models: {why}"))
    if judged := report.get("purchases", {}).get("judged"):
        shown.append(_purchase_models(judged))
    if next_items := report.get("next_items"):
        shown.append(_next_items(next_items))
    if search := report.get("search"):
        shown.append(_search(search))
    if judged_by := report.get("judgements"):
        shown.append(Text(_judgements(judged_by)))
    return Group(*shown)


def _click_models(clicks: dict[str, Any]) -> list[Table | Text]:
    table = empty_table(
        "Rankings, on pages newer than the training data (nDCG@10)",
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
    lift = empty_table(
        "Lift of what serves over the best baseline: nDCG@10, 95% interval",
        "surface",
        "over",
        "lift",
    )
    for surface, value in clicks["lift"].items():
        lift.add_row(surface, value["over"], interval(value))
    metrics = clicks["clicks"]
    text = Text(
        f"P(click): log-loss {metrics['log_loss']:.4f} (constant {metrics['constant_log_loss']:.4f}), "
        f"AUC {metrics['auc']:.3f}, calibration error {metrics['ece']:.4f}"
    )
    return [table, lift, text]


def _purchase_models(judged: list[dict[str, Any]]) -> Table:
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
    return table


def _next_items(report: dict[str, Any]) -> Table | Text:
    if not report["judged"]:
        return Text(f"No next items: {report['why_not']}")
    serves = "" if "why_not" not in report else f" (not served: {report['why_not']})"
    table = empty_table(
        f"The next product after one, on the newest steps: whole catalogue, 95% intervals{serves}",
        "system",
        "recall@10",
        "nDCG@10",
        "steps",
        "ours over it",
    )
    over = report["judged"][-1]["vs"]
    for line in report["judged"]:
        table.add_row(
            line["system"],
            f"{line['recall10']:.4f}",
            f"{line['ndcg10']:.4f}",
            count(line["n"]),
            interval(over[line["system"]]) if line["system"] in over else "",
        )
    return table


def _search(search: list[dict[str, Any]]) -> Table:
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
    return table


def _judgements(summary: dict[str, Any]) -> str:
    """How much was judged, how far raters agree, and the thresholds learned from it."""
    alpha = "" if summary["alpha"] is None else f", Krippendorff's alpha {summary['alpha']:.3f}"
    lines = [
        f"{summary['n_judgements']:,} judgements of {summary['n_pairs']:,} pairs and {summary['n_queries']:,} queries by "
        f"{summary['n_raters']:,} raters ({summary['n_from_file']:,} from ratings.csv){alpha}"
    ]
    for encoder, near in summary["nearness"].items():
        threshold = f"cosine {near['cosine']:.3f}" if near["is_used"] else "not used"
        lines.append(
            f"semantic matching, learned from {near['n_pairs']:,} pairs ({encoder}): {threshold}; {near['why']}"
        )
    return "\n".join(lines)
