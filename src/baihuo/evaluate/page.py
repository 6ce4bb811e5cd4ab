"""The evaluation page: one file without scripts or requests; data is escaped."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from baihuo.evaluate.charts import Axes, Mark, Point, curve_chart, interval_chart
from baihuo.evaluate.report_words import is_in_order, slice_name, why_no_examination, worst_slices
from baihuo.quality import report_environment

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedBundle:
    """A bundle with all its evaluations."""

    bundle_id: str
    shop: str  # its name
    report: Mapping[str, Any]  # the bundle's report.json
    gate: Mapping[str, Any] | None  # the bundle's gate.json; None: the gate has not run
    orders: Mapping[str, str]  # order by surface; empty: unknown
    judged: Sequence[Mapping[str, Any]] = ()  # judged searches, as ``evaluate --json`` prints them
    sealed_at_us: int  # UTC
    live_since_us: int | None = None  # None: it does not serve
    at_us: int  # now, UTC


Chart = tuple[str, str]  # title and SVG


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    words: Sequence[str]
    charts: Sequence[Chart]
    is_open: bool = True


def evaluation_page(bundle: EvaluatedBundle) -> str:
    """Return the page as HTML, without sections that an older bundle did not measure."""
    environment = report_environment("baihuo.evaluate")
    return environment.get_template("evaluation.html").render(
        bundle=bundle,
        facts=_facts(bundle),
        missing=[str(bundle.report[k]) for k in ("no_clicks",) if k in bundle.report],
        sections=[s for s in _sections(bundle) if s.charts or s.words],
    )


def _sections(bundle: EvaluatedBundle) -> list[_Section]:
    clicks: Mapping[str, Any] = bundle.report.get("clicks", {})
    slices: Mapping[str, Any] = clicks.get("slices", {})
    purchases = bundle.report.get("purchases", {}).get("judged") or []
    next_items = bundle.report.get("next_items", {}).get("judged") or []
    bought = judged_charts(purchases, "recall20", "Purchases")
    followed = judged_charts(next_items, "recall10", "Next product")
    return [
        _Section("Orders and their baselines", (), _drawn(_order_charts(bundle))),
        _Section("Judged searches", (), _drawn(search_charts(bundle.judged))),
        _Section("P(click) and its calibration", (), _drawn(calibration_charts(clicks))),
        _Section(
            "Slices of the newest pages",
            [f"Worst: {words}" for words in worst_slices(slices)],
            _drawn(slice_charts(slices)) if slices else (),
        ),
        _Section(
            "Positions",
            [why for why in (why_no_examination(clicks.get("positions", {})),) if why],
            _drawn(position_charts(clicks)),
        ),
        _Section("Purchases of the held-out weeks", (), _drawn(bought)),
        _Section("The product after one", (), _drawn(followed)),
        _Section("Inputs", (), _drawn(input_charts(clicks)), is_open=False),
        _Section("Training", (), _drawn(loss_charts(clicks.get("curves", {}))), is_open=False),
    ]


def _order_charts(bundle: EvaluatedBundle) -> list[Chart]:
    return order_charts(
        bundle.report.get("clicks", {}),
        {} if bundle.live_since_us is None else bundle.orders,
        (bundle.gate or {}).get("order_by", {}),
    )


def _drawn(charts: Sequence[Chart]) -> list[Chart]:
    return [(title, drawing) for title, drawing in charts if drawing]


def _facts(bundle: EvaluatedBundle) -> list[tuple[str, str]]:
    """Return the ages of the models and their data."""
    now = bundle.at_us
    split = bundle.report.get("clicks", {}).get("split", {})
    facts = [
        ("trained", _moment(bundle.sealed_at_us, now)),
        (
            "serves",
            "no" if bundle.live_since_us is None else f"since {_moment(bundle.live_since_us, now)}",
        ),
    ]
    if "until_us" in split:
        facts.append(("newest test page", _moment(split["until_us"], now)))
        facts.append(("newest training page", _moment(split["validation_from_us"], now)))
        facts.append(("oldest training page", _moment(split["train_from_us"], now)))
    if "n_train" in bundle.report.get("clicks", {}):
        facts.append(("training impressions", f"{bundle.report['clicks']['n_train']:,}"))
    return facts


def _moment(at_us: int, now_us: int) -> str:
    day = datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{day}, {(now_us - at_us) / _DAY_US:.1f} days ago"


# Charts by position: examination and calibration.


def position_charts(clicks: Mapping[str, Any]) -> list[Chart]:
    """Draw examination, and ECE by surface and position against that of chance."""
    positions: Mapping[str, Any] = clicks.get("positions", {})
    surfaces = positions.get("examination", {}).get("surfaces", {})
    examined = {
        surface: [
            Point(at["position"], at["mid"], at["low"], at["high"]) for at in found["positions"]
        ]
        for surface, found in surfaces.items()
    }
    title = "Examination relative to the top, from randomised positions (95% over visitors)"
    axes = Axes("position on the page", "over the top")
    charts = [(title, curve_chart(examined, axes, title))] if examined else []
    return charts + _calibration(positions.get("p_click", []))


def _calibration(lines: list[Mapping[str, Any]]) -> list[Chart]:
    charts = []
    for surface in dict.fromkeys(line["surface"] for line in lines):
        marks = []
        for line in lines:
            if line["surface"] == surface:
                at, note = line["positions"], f"{line['n']:,} rows"
                marks.append(Mark(at, line["ece"], css="ours", note=note))
                marks.append(Mark(f"{at}, by chance", line["ece_by_chance"], css="baseline"))
        title = f"{surface}: ECE by position; by chance: that of perfect probabilities"
        charts.append((title, interval_chart(marks, title)))
    return charts


# Charts of models and baselines: orders of pages, purchases, next items, judged searches.

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


# Charts of P(click): measures, calibration, slices, inputs and training.

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
