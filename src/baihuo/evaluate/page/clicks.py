"""Charts of P(click): measures, calibration, slices, inputs and training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from baihuo.evaluate.page.curves import Axes, Point, curve_chart
from baihuo.evaluate.page.intervals import Mark, interval_chart
from baihuo.evaluate.report_words import slice_name

Chart = tuple[str, str]  # title and SVG
_N_INPUTS = 15
_MOST_POINTS = 200  # of a loss curve
_MEASURES = {"auc": "AUC", "gauc": "GAUC", "log_loss": "Log-loss", "accuracy": "Accuracy"}
_CONSTANTS = {"auc": 0.5, "gauc": 0.5, "normalised_entropy": 1.0}


def calibration_charts(clicks: Mapping[str, Any]) -> list[Chart]:
    """Draw measures with intervals against those of a constant, and predictions against clicks."""
    charts = []
    constant = {**_CONSTANTS, "log_loss": clicks.get("clicks", {}).get("constant_log_loss")}
    for name, one in clicks.get("measures", {}).items():
        marks = [Mark.of(one, "P(click)", "ours")]
        if constant.get(name) is not None:
            marks.append(Mark("the same for every product", constant[name], css="baseline"))
        title = f"{_MEASURES.get(name, name.replace('_', ' '))} of P(click), 95% over visitors"
        charts.append((title, interval_chart(marks, title)))
    curve = clicks.get("reliability")
    if curve and curve["predicted"]:
        points = [Point(*at) for at in zip(curve["predicted"], curve["observed"], strict=True)]
        axes = Axes("predicted P(click), ten parts of the rows", "clicked", with_diagonal=True)
        title = "Calibration: predictions on the diagonal are exact"
        charts.append((title, curve_chart({"P(click)": points}, axes, title)))
    return charts


def slice_charts(slices: Mapping[str, Any]) -> list[Chart]:
    """Draw nDCG gain, GAUC, ECE and bias of every slice; the worst is red."""
    worst = slices.get("worst", {})
    charts = []
    pages = slices.get("pages", [])
    for surface in dict.fromkeys(line["surface"] for line in pages):
        lines = [line for line in pages if line["surface"] == surface]
        marks = [
            Mark.of(
                line["gain"],
                slice_name(line, with_surface=False),
                _css(line, worst.get("order")),
                f"{line['gain']['n']:,} pages, nDCG@10 {line['ndcg10']:.3f}",
            )
            for line in lines
        ]
        title = f"{surface}: gain of nDCG@10 over {lines[0]['over']}, by slice"
        charts.append((title, interval_chart(marks, title, with_zero=True)))
    rows = slices.get("rows", [])
    off = worst.get("calibration")
    for field, words in (("gauc", "GAUC by slice (within visitors)"), ("ece", "ECE by slice")):
        marks = [
            Mark(slice_name(x), x[field], css=_css(x, off), note=f"{x['n']:,} rows")
            for x in rows
            if x.get(field) is not None
        ]
        charts.append((words, interval_chart(marks, words)))
    marks = [
        Mark.of(x["bias"], slice_name(x), _css(x, off), f"clicked {x['rate']:.3f}") for x in rows
    ]
    title = "Predicted less clicked, by slice"
    return [*charts, (title, interval_chart(marks, title, with_zero=True))]


def input_charts(clicks: Mapping[str, Any]) -> list[Chart]:
    """Draw the inputs that a model uses most."""
    charts = []
    for model, shares in clicks.get("importance", {}).items():
        top = sorted(shares.items(), key=lambda one: -one[1])[:_N_INPUTS]
        title = f"What {model} use most: shares of its gain, {len(top)} of {len(shares)} inputs"
        charts.append((title, interval_chart([Mark(name, share) for name, share in top], title)))
    return charts


def loss_charts(curves: Mapping[str, Sequence[float]]) -> list[Chart]:
    """Draw losses and measures of training by step, a chart for each model and unit."""
    grouped: dict[str, dict[str, list[Point]]] = {}
    for name, values in curves.items():
        model, _, curve = name.rpartition("/")
        if "units" in curve:  # a step is a network of another size
            continue
        unit = "loss" if curve.endswith("loss") else curve
        every = max(1, len(values) // _MOST_POINTS)
        points = [Point(i + 1, values[i]) for i in range(0, len(values), every)]
        if len(points) > 1:
            grouped.setdefault(f"{model}: {unit}", {})[curve.replace("_", " ")] = points
    return [
        (f"Training of {title}", curve_chart(one, Axes("step", title.split(": ")[1]), title))
        for title, one in grouped.items()
    ]


def _css(line: Mapping[str, Any], worst: Mapping[str, Any] | None) -> str:
    if line["dimension"] == "all":
        return "ours"
    return "worst" if worst is not None and slice_name(line) == slice_name(worst) else "other"
