"""The drawings of P(click): its measures, calibration, slices, positions, inputs and training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from baihuo.evaluate.page.curves import Axes, curve_chart
from baihuo.evaluate.page.intervals import Mark, interval_chart

Chart = tuple[str, str]  # title and SVG
_N_INPUTS = 15
_MOST_POINTS = 200  # of a loss curve
_CONSTANTS = {"auc": 0.5, "gauc": 0.5, "normalised_entropy": 1.0}


def calibration_charts(clicks: Mapping[str, Any]) -> list[Chart]:
    """Measures with intervals beside those of a constant, and predicted beside clicked."""
    charts = []
    constant = {**_CONSTANTS, "log_loss": clicks.get("clicks", {}).get("constant_log_loss")}
    for name, one in clicks.get("measures", {}).items():
        marks = [Mark("P(click)", one["mid"], one["low"], one["high"], "ours")]
        if constant.get(name) is not None:
            marks.append(Mark("the same for every product", constant[name], css="baseline"))
        title = f"{name.replace('_', ' ')} of P(click), 95% over visitors"
        charts.append((title, interval_chart(marks, title)))
    curve = clicks.get("reliability")
    if curve and curve["predicted"]:
        points = list(zip(curve["predicted"], curve["observed"], strict=True))
        axes = Axes("predicted P(click), ten parts of the rows", "clicked", with_diagonal=True)
        title = "Calibration: on the diagonal, p happens p of the time"
        charts.append((title, curve_chart({"P(click)": points}, axes, title)))
    return charts


def slice_charts(slices: Mapping[str, Any]) -> list[Chart]:
    """nDCG gain, GAUC, ECE and bias of every slice; the worst is red."""
    worst = slices.get("worst", {})
    charts = []
    pages = slices.get("pages", [])
    for surface in dict.fromkeys(line["surface"] for line in pages):
        lines = [line for line in pages if line["surface"] == surface]
        marks = [
            Mark(
                _slice(line),
                line["gain"]["mid"],
                line["gain"]["low"],
                line["gain"]["high"],
                _css(line, worst.get("order")),
                f"{line['gain']['n']:,} pages, nDCG@10 {line['ndcg10']:.3f}",
            )
            for line in lines
        ]
        title = f"{surface}: gain of nDCG@10 over {lines[0]['over']}, by slice"
        charts.append((title, interval_chart(marks, title, with_zero=True)))
    rows = slices.get("rows", [])
    for field, words in (("gauc", "GAUC by slice (within visitors)"), ("ece", "ECE by slice")):
        marks = [
            Mark(
                _slice(line),
                line[field],
                css=_css(line, worst.get("calibration")),
                note=f"{line['n']:,} rows",
            )
            for line in rows
            if line.get(field) is not None
        ]
        charts.append((words, interval_chart(marks, words)))
    marks = [
        Mark(
            _slice(line),
            line["bias"]["mid"],
            line["bias"]["low"],
            line["bias"]["high"],
            _css(line, worst.get("calibration")),
            f"clicked {line['rate']:.3f}",
        )
        for line in rows
    ]
    title = "Predicted less clicked, by slice"
    return [*charts, (title, interval_chart(marks, title, with_zero=True))]


def worst_words(slices: Mapping[str, Any]) -> list[str]:
    """The worst slice of each measure as a sentence."""
    measures = {
        "calibration": ("P(click) is furthest from what was clicked", "bias"),
        "loss": ("P(click) surprises most beside {over}", "loss"),
        "order": ("nDCG@10 is least beside {over}", "gain"),
    }
    found = []
    for of, (words, field) in measures.items():
        line = slices.get("worst", {}).get(of)
        if line is not None:
            one = line[field]
            found.append(
                f"{words.format(over=line['over'])}: {_full(line)}, "
                f"{one['mid']:+.4f} [{one['low']:+.4f}, {one['high']:+.4f}]"
            )
    return found


def position_charts(clicks: Mapping[str, Any]) -> list[Chart]:
    """Clicks by position, predicted and real; what the model takes for examination; ECE by position."""
    charts = []
    if (by_position := clicks.get("by_position")) and by_position["position"]:
        place = by_position["position"]

        def curve(name: str) -> list[tuple[float, float]]:
            return list(zip(place, by_position[name], strict=True))

        title = "Clicks an impression, by position"
        axes = Axes("position on the page", "clicks an impression")
        both = {"clicked": curve("clicked"), "predicted": curve("predicted")}
        charts.append((title, curve_chart(both, axes, title)))
        title = "What the model takes for examination: P(click) of the same products, over that at the top"
        axes = Axes("position on the page", "over the top")
        charts.append((title, curve_chart({"the model": curve("moved")}, axes, title)))
    rows = [x for x in clicks.get("slices", {}).get("rows", []) if x["dimension"] == "position"]
    rows.sort(key=lambda line: int(str(line["slice"]).split()[0]))
    marks = [Mark(str(x["slice"]), x["ece"], note=f"{x['n']:,} rows") for x in rows]
    return [*charts, ("ECE by position", interval_chart(marks, "ECE by position"))]


def input_charts(clicks: Mapping[str, Any]) -> list[Chart]:
    """The inputs that a model uses most."""
    charts = []
    for model, shares in clicks.get("importance", {}).items():
        top = sorted(shares.items(), key=lambda one: -one[1])[:_N_INPUTS]
        title = f"What {model} use most: shares of its gain, {len(top)} of {len(shares)} inputs"
        charts.append((title, interval_chart([Mark(name, share) for name, share in top], title)))
    return charts


def loss_charts(curves: Mapping[str, Sequence[float]]) -> list[Chart]:
    """Losses and measures of training, step by step; a drawing a model and unit."""
    grouped: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for name, values in curves.items():
        model, _, curve = name.rpartition("/")
        if "units" in curve:  # a step is a network of another size
            continue
        unit = "loss" if curve.endswith("loss") else curve
        every = max(1, len(values) // _MOST_POINTS)
        points = [(float(i + 1), values[i]) for i in range(0, len(values), every)]
        if len(points) > 1:
            grouped.setdefault(f"{model}: {unit}", {})[curve.replace("_", " ")] = points
    return [
        (f"Training of {title}", curve_chart(one, Axes("step", title.split(": ")[1]), title))
        for title, one in grouped.items()
    ]


def _slice(line: Mapping[str, Any]) -> str:
    return "all" if line["dimension"] == "all" else f"{line['dimension']}: {line['slice']}"


def _full(line: Mapping[str, Any]) -> str:
    return f"{line['surface']}, {_slice(line)}" if "surface" in line else _slice(line)


def _css(line: Mapping[str, Any], worst: Mapping[str, Any] | None) -> str:
    if line["dimension"] == "all":
        return "ours"
    return "worst" if worst is not None and _full(line) == _full(worst) else "other"
