"""Models compared with their baselines, as tables."""

from __future__ import annotations

from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo.cli.tables import count, empty_table, interval
from baihuo.evaluate import is_in_order, slice_name, why_no_examination, worst_slices

# First pages of new visitors, as a table and a line.


_SYSTEMS = {"popularity": "popularity", "appeal": "clicks beyond positions, and popularity"}
_VISITORS = {"new": "new visitors", "all": "all visitors: too few new ones"}


def newcomers_tables(report: dict[str, Any]) -> list[Table | Text]:
    """Build tables of the learned order of first pages against popularity, and of the weight of basic data."""
    shown: list[Table | Text] = []
    if pages := report.get("pages"):
        visitors = _VISITORS[pages["visitors"]]
        table = empty_table(
            f"First home pages ({visitors}), newer than the training data: nDCG@10, 95% interval",
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


def _tastes(report: dict[str, Any]) -> str:
    """Say what tastes add to the click models on home pages."""
    line = "Tastes of visitors"
    if gain := report.get("gain"):
        pages = count(report["n_pages"])
        line += f": nDCG@10 of {pages} home pages newer than the training data {interval(gain)}"
    if why_not := report.get("why_not"):
        return f"{line}; not used, {why_not}"
    factors = report["factors"]
    return (
        f"{line}; of the category most liked {factors['category'][-1]:.1f} times the usual clicks and "
        f"{factors['searched'][-1]:.1f} times the searches, of the least {factors['category'][0]:.1f} and "
        f"{factors['searched'][0]:.1f}"
    )


# Examination and calibration of P(click) by position, as tables.


def position_tables(positions: dict[str, Any]) -> list[Table | Text]:
    """Build tables of examination by position, or why it is unknown, and of calibration by surface and position."""
    why_not = why_no_examination(positions)
    shown: list[Table | Text] = [
        Text(why_not) if why_not else _examination(positions["examination"]["surfaces"])
    ]
    if lines := positions["p_click"]:
        shown.append(_calibration(lines))
    return shown


def _examination(surfaces: dict[str, Any]) -> Table:
    table = empty_table(
        "Examination of positions relative to the top: from randomised positions, 95% intervals over visitors",
        "position",
        *(f"{name} ({count(curve['n_clicks'])} clicks)" for name, curve in surfaces.items()),
    )
    by_surface = [{p["position"]: p for p in curve["positions"]} for curve in surfaces.values()]
    for k in sorted({k for of in by_surface for k in of}):
        table.add_row(str(k), *(_cell(of.get(k)) for of in by_surface))
    return table


def _cell(at: dict[str, float] | None) -> str:
    return "" if at is None else f"{at['mid']:.2f} [{at['low']:.2f}, {at['high']:.2f}]"


def _calibration(lines: list[dict[str, Any]]) -> Table:
    table = empty_table(
        "P(click) by surface and position, on the newest pages (by chance: the ECE of perfect probabilities)",
        "surface",
        "positions",
        "rows in",
        "clicked",
        "predicted",
        "ECE",
        "by chance",
    )
    for line in lines:
        table.add_row(
            line["surface"],
            line["positions"],
            count(line["n"]),
            *(f"{line[name]:.3f}" for name in ("clicked", "predicted", "ece", "ece_by_chance")),
        )
    return table


# Slices of the newest pages as tables.


def slice_tables(slices: dict[str, Any]) -> list[Table]:
    """Build tables of every slice: P(click) by rows, orders by pages."""
    rows = empty_table(
        "P(click) by slice: 95% intervals over visitors",
        "slice",
        "rows in",
        "clicked",
        "AUC",
        "GAUC",
        "ECE",
        "predicted - clicked",
    )
    for line in slices["rows"]:
        rows.add_row(
            slice_name(line),
            count(line["n"]),
            f"{line['rate']:.3f}",
            f"{line['auc']:.3f}",
            "" if line.get("gauc") is None else f"{line['gauc']:.3f}",
            f"{line['ece']:.3f}",
            interval(line["bias"]),
        )
    pages = empty_table(
        "Orders by slice: 95% intervals over visitors",
        "slice",
        "pages",
        "nDCG@10",
        "over",
        "gain",
    )
    for line in slices["pages"]:
        pages.add_row(
            slice_name(line),
            count(line["gain"]["n"]),
            f"{line['ndcg10']:.3f}",
            line["over"],
            interval(line["gain"]),
        )
    return [rows, pages]


def models_table(report: dict[str, Any], *, with_slices: bool = False) -> Group:
    """Build tables of models and baselines; the order chosen by validation is marked, with whether it serves.

    Args:
        report: From ``flow.evaluate``, with the live orders.
        with_slices: Every slice of the newest pages, not only the worst.
    """
    shown: list[Table | Text] = []
    if clicks := report.get("clicks"):
        serves = report["serves"]
        shown += _click_models(clicks, serves)
        shown.append(Text(_live_orders(serves)))
        if positions := clicks.get("positions"):
            shown += position_tables(positions)
        if slices := clicks.get("slices"):
            shown += slice_tables(slices) if with_slices else []
            shown += [Text(f"worst slice: {words}") for words in worst_slices(slices)]
    elif why := report.get("no_clicks"):
        shown.append(Text(f"No click models: {why}"))
    if refused := report.get("no_click_start"):
        shown.append(
            Text(
                f"Click models of bundle {refused['bundle_id']} of the other shop are not used: {refused['why_not']} "
                f"(fix: {refused['fix']})"
            )
        )
    if judged := report.get("purchases", {}).get("judged"):
        shown.append(_purchase_models(judged))
        shown += _lists_table(judged, "Measures of these lists of 20 (novelty in bits)")
    if next_items := report.get("next_items"):
        shown.append(_next_items(next_items))
        shown += _lists_table(
            next_items["judged"], "Measures of these lists of 10 (novelty in bits)"
        )
    if newcomers := report.get("newcomers"):
        shown += newcomers_tables(newcomers)
    if tastes := report.get("tastes"):
        shown.append(Text(_tastes(tastes)))
    if search := report.get("search"):
        shown.append(_search(search))
    if judged_by := report.get("judgements"):
        shown.append(Text(_judgements(judged_by)))
    return Group(*shown)


def _serves(surface: str, system: str, serves: dict[str, Any]) -> str:
    """Return whether a model is in a surface's live order, else that order."""
    if not serves["is_live"]:
        return "not released"
    if (order := serves["orders"].get(surface)) is None:
        return "not known"
    if not is_in_order(system, order):
        return f"no, {order}"
    return "yes" if order == f"learned:{system}" else f"yes, in {order}"


def _live_orders(serves: dict[str, Any]) -> str:
    if not serves["is_live"]:
        return f"This bundle does not serve: {serves['why_not']}"
    if serves["why_not"]:
        return f"The live orders of this bundle are unknown: {serves['why_not']}"
    return (
        f"This bundle serves: {', '.join(f'{s} {order}' for s, order in serves['orders'].items())}"
    )


def _click_models(clicks: dict[str, Any], serves: dict[str, Any]) -> list[Table | Text]:
    table = empty_table(
        "Rankings, on pages newer than the training data (nDCG@10)",
        "surface",
        "system",
        "nDCG@10",
        "MRR",
        "recall@10",
        "pages",
        "chosen",
        "serves",
    )
    for line in clicks["table"]:
        is_chosen = line["is_chosen"]
        table.add_row(
            line["surface"],
            line["system"],
            f"{line['ndcg10']:.4f}",
            *(f"{line[m]:.3f}" if m in line else "" for m in ("mrr10", "recall10")),
            count(line["n_pages"]),
            "←" if is_chosen else "",
            _serves(line["surface"], line["system"], serves) if is_chosen else "",
        )
    lift = empty_table(
        "Lift of the chosen order over the best baseline: nDCG@10, 95% interval",
        *("surface", "order", "over", "lift", "serves"),
    )
    for surface, value in clicks["lift"].items():
        order = value.get("order", "")
        is_served = _serves(surface, order, serves)
        lift.add_row(surface, order, value["over"], interval(value), is_served)
    metrics = clicks["clicks"]
    text = Text(
        f"P(click): log-loss {metrics['log_loss']:.4f} (constant {metrics['constant_log_loss']:.4f}), "
        f"AUC {metrics['auc']:.3f}, calibration error {metrics['ece']:.4f}"
    )
    position = clicks.get("position", {})
    if why_not := position.get("why_not"):
        text.append(f"\nposition was learned as an input: {why_not}")
    elif (way := position.get("way", "input")) != "input":
        text.append(f"\nposition was learned by examination ({way})")
    if start := clicks.get("start"):
        text.append(f"\n{_started(start)}")
    return [table, lift, text, *_measures(clicks.get("measures", {}))]


def _started(start: dict[str, Any]) -> str:
    """Describe which click models of another shop were used."""
    models = f"click models of bundle {start['bundle_id']} of the other shop ({', '.join(start['models'])})"
    losses = ""
    if found := start.get("losses"):
        losses = f"; log-loss of newer pages {found['continued']:.4f} continued, {found['from_nothing']:.4f} from this shop's pages alone"
    if start["way"] is None:
        return f"{models}: not used, {start['why_not']}{losses}"
    if why := start.get("why"):
        return f"{models}: used unchanged, tested on this shop's pages, because {why}"
    return f"{models}: used, and trained further on this shop's pages{losses}"


def _measures(measures: dict[str, dict[str, float]]) -> list[Text]:
    """Build a table of measures of P(click) with intervals over visitors."""
    if not measures:
        return []
    shown = (
        f"{name.replace('_', ' ')} {one['mid']:.4f} [{one['low']:.4f}, {one['high']:.4f}]"
        for name, one in measures.items()
    )
    return [Text(f"over visitors, 95%: {', '.join(shown)}")]


def _lists(lists: dict[str, dict[str, float]]) -> list[str]:
    """Build a table of list measures: MRR, coverage, Gini, novelty, diversity."""
    digits = {"mrr": 4, "coverage": 3, "gini": 3, "novelty": 1, "diversity": 2}
    return [f"{lists[name]['mid']:.{n}f}" if name in lists else "" for name, n in digits.items()]


def _lists_table(judged: list[dict[str, Any]], title: str) -> list[Table]:
    if not any(line.get("lists") for line in judged):
        return []
    table = empty_table(title, "system", "MRR", "coverage", "Gini", "novelty", "diversity")
    for line in judged:
        mode = f" ({line['mode']})" if "mode" in line else ""
        table.add_row(f"{line['system']}{mode}", *_lists(line.get("lists", {})))
    return [table]


def _purchase_models(judged: list[dict[str, Any]]) -> Table:
    table = empty_table(
        "Purchases of the held-out weeks: whole catalogue, 95% intervals",
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
    """Describe the judgements, the agreement of raters, and the learned thresholds."""
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
