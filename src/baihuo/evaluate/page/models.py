"""Charts of models and baselines: orders of pages, purchases, next items, judged searches."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from baihuo.evaluate.page.intervals import Mark, interval_chart
from baihuo.evaluate.report_words import is_in_order

Chart = tuple[str, str]  # title and SVG
_LIST_MEASURES = {
    "coverage": "Share of the catalogue that the lists show",
    "gini": "Gini: 0 shows every product as often, 1 one product only",
    "novelty": "Novelty in bits: 10 is known to one visitor in 1,024",
    "diversity": "Share of the pairs of a list that are of different categories",
    "mrr": "MRR: 1 means the wanted product is on top",
}


def order_charts(
    clicks: Mapping[str, Any], orders: Mapping[str, str], refused: Container[str]
) -> list[Chart]:
    """Draw nDCG@10 of every system by surface, then the best model's gain over the best baseline.

    Args:
        orders: Live order by surface; empty if the bundle is not live.
        refused: Surfaces whose learned order the gate refused.
    """
    lines = clicks.get("table", [])
    lift = clicks.get("lift", {})
    charts = []
    for surface in dict.fromkeys(line["surface"] for line in lines):
        over = lift.get(surface, {}).get("over")
        of_surface = [line for line in lines if line["surface"] == surface]
        why_not = "refused" if surface in refused else "not served"
        marks = [
            _system(line, "ndcg10", over, order=orders.get(surface, ""), why_not=why_not)
            for line in of_surface
        ]
        n = of_surface[0]["n_pages"]
        title = f"{surface}: nDCG@10 on {n:,} pages newer than the training data"
        charts.append((title, interval_chart(marks, title)))
    gains = []
    for surface, value in lift.items():
        order = value.get("order", "the best model")
        if surface in refused:
            order += " (refused)"
        elif not is_in_order(order, orders.get(surface, "")):
            order += " (not served)"
        gains.append(_mark(value, f"{surface}: {order} vs. {value['over']}"))
    title = "Gain of the best model over the best baseline, nDCG@10"
    return [*charts, (title, interval_chart(gains, title, with_zero=True))] if gains else charts


def _system(
    line: Mapping[str, Any], measure: str, over: str | None, *, order: str, why_not: str
) -> Mark:
    interval = line.get("intervals", {}).get(measure, {})
    words, css = "", "other"
    if line["is_chosen"] and is_in_order(line["system"], order):
        words, css = " (serves)", "ours"
    elif line["system"] == over:
        words, css = " (best baseline)", "baseline"
    elif line["is_chosen"]:
        words = f" (best model, {why_not})"
    ends = interval.get("low"), interval.get("high")
    return Mark(f"{line['system']}{words}", line[measure], *ends, css)


def judged_charts(judged: Sequence[Mapping[str, Any]], measure: str, of: str) -> list[Chart]:
    """Draw systems on held-out purchases or steps: their hits, our gain over each, and list measures.

    Args:
        measure: A field of each line, such as ``recall20``.
        of: Text for the titles.
    """
    charts = []
    for mode in dict.fromkeys(line.get("mode", "") for line in judged):
        lines = [line for line in judged if line.get("mode", "") == mode]
        ours = next((line for line in lines if line.get("vs")), None)
        marks = [
            Mark(line["system"], line[measure], css="ours" if line is ours else "baseline")
            for line in lines
        ]
        words = f"{of}{f' ({mode})' if mode else ''}: {_words(measure)}, {lines[0]['n']:,} tests"
        charts.append((words, interval_chart(marks, words)))
        if ours is not None:
            gains = [_mark(value, f"over {name}") for name, value in ours["vs"].items()]
            title = (
                f"{of}{f' ({mode})' if mode else ''}: gain over each baseline, {_words(measure)}"
            )
            charts.append((title, interval_chart(gains, title, with_zero=True)))
    return charts + _list_charts(judged, of)


def _list_charts(judged: Sequence[Mapping[str, Any]], of: str) -> list[Chart]:
    """Draw coverage, Gini, novelty and diversity of the lists by system."""
    charts = []
    for measure, words in _LIST_MEASURES.items():
        marks = [
            _mark(line["lists"][measure], _named(line), "ours" if line.get("vs") else "baseline")
            for line in judged
            if measure in line.get("lists", {})
        ]
        if marks:
            charts.append((f"{of}: {words}", interval_chart(marks, words)))
    return charts


def search_charts(judged: Sequence[Mapping[str, Any]]) -> list[Chart]:
    """Draw judged searches: text order, learned order, and the best possible."""
    charts = []
    for line in judged:
        marks = [
            Mark("words alone", line["words"], css="baseline"),
            Mark("learned order", line["learned"], css="ours"),
        ]
        if line.get("best") is not None:
            marks.append(Mark("best order of the products found", line["best"]))
        title = f"{line['of']}: {_words(line['measure'])} of {line['n']:,} judged searches"
        charts.append((title, interval_chart(marks, title)))
    gains = [
        _mark(line["learned_minus_words"], f"{line['of']}: {_words(line['measure'])}")
        for line in judged
    ]
    title = "Judged searches: learned order less words alone"
    return [*charts, (title, interval_chart(gains, title, with_zero=True))] if gains else []


def _mark(value: Mapping[str, float], label: str, css: str = "") -> Mark:
    """Make a mark of an interval; a difference without a class is coloured by its sign."""
    side = "ours" if value["low"] > 0 else "worst" if value["high"] < 0 else "other"
    return Mark.of(value, label, css or side)


def _named(line: Mapping[str, Any]) -> str:
    return f"{line['system']} ({line['mode']})" if "mode" in line else str(line["system"])


def _words(measure: str) -> str:
    return {
        "recall20": "recall@20",
        "ndcg20": "nDCG@20",
        "recall10": "recall@10",
        "ndcg10": "nDCG@10",
        "right_at_10": "right@10",
    }.get(measure, measure)
