"""The drawings of the report: Plotly's, with its script inside the page; nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from optuna.trial import FrozenTrial, TrialState

from baihuo.train.tables.measures import MEASURE_WORDS
from baihuo.train.tuning.measure import is_better_high
from baihuo.train.tuning.study import Study

_MOST_SETTINGS = 6  # drawn value by value
_HEIGHT = 380
_GREY, _BLUE, _RED, _ORANGE = "#8a8f98", "#2874a6", "#c0392b", "#d68910"


def charts(study: Study, importance: dict[str, float]) -> list[tuple[str, str]]:
    """Titles and HTML, in the order of the page; the first one holds the script."""
    found = [("Trials over time", _over_time(study))]
    if importance:
        found.append(("What mattered", _mattered(importance)))
    found.append(("Where trainings ended", _on_the_way(study)))
    names = list(importance) or [d.name for d in study.space.dimensions]
    for name in names[:_MOST_SETTINGS]:
        found.append((name, _by_value(study, name)))
    return [
        (
            title,
            figure.to_html(full_html=False, include_plotlyjs=number == 0, div_id=f"chart-{number}"),
        )
        for number, (title, figure) in enumerate(found)
    ]


def _minutes(trials: Sequence[FrozenTrial]) -> list[float]:
    return [t.user_attrs.get("at_s", 0.0) / 60 for t in trials]


def _over_time(study: Study) -> go.Figure:
    """Each trial when it ended, and the best until then."""
    finished = sorted(study.finished, key=lambda t: t.user_attrs.get("at_s", 0.0))
    pruned = [t for t in study.trials if t.state == TrialState.PRUNED and t.intermediate_values]
    best: list[float] = []
    better = max if is_better_high(study.measure) else min
    for trial in finished:
        value = float(trial.value or 0)
        best.append(better(best[-1], value) if best else value)
    figure = _figure("minutes of tuning", MEASURE_WORDS[study.measure])
    figure.add_scatter(
        x=_minutes(finished),
        y=[t.value for t in finished],
        text=[_text(t) for t in finished],
        mode="markers",
        name="finished",
        marker={"color": _BLUE},
    )
    figure.add_scatter(
        x=_minutes(pruned),
        y=[t.intermediate_values[t.last_step] for t in pruned if t.last_step is not None],
        text=[_text(t) for t in pruned],
        mode="markers",
        name="pruned, at its last mark",
        marker={"color": _GREY, "symbol": "x"},
    )
    line = {"shape": "hv", "color": _ORANGE}
    figure.add_scatter(x=_minutes(finished), y=best, mode="lines", name="best so far", line=line)
    return _around_the_good(figure, [float(t.value or 0) for t in finished], study.measure)


def _mattered(importance: dict[str, float]) -> go.Figure:
    """Longest bar on top."""
    names = list(importance)[::-1]
    figure = _figure("share of the variance of the measure", "")
    values = [importance[n] for n in names]
    figure.add_bar(
        x=values,
        y=names,
        orientation="h",
        text=[f"{v:.0%}" for v in values],
        marker={"color": _BLUE},
    )
    return figure


def _on_the_way(study: Study) -> go.Figure:
    """A line a trial, from mark to mark."""
    figure = _figure(
        "mark (an eighth of the rows of the longest training)", MEASURE_WORDS[study.measure]
    )
    values = []
    for trial in study.trials:
        if not trial.intermediate_values:
            continue
        marks = sorted(trial.intermediate_values)
        is_pruned = trial.state == TrialState.PRUNED
        drawn = [trial.intermediate_values[m] for m in marks]
        values.append(drawn[-1])
        figure.add_scatter(
            x=marks,
            y=drawn,
            name=f"trial {trial.number}",
            text=_text(trial),
            mode="lines+markers",
            showlegend=False,
            line={"color": _GREY if is_pruned else _BLUE, "width": 1},
        )
    return _around_the_good(figure, values, study.measure)


def _by_value(study: Study, name: str) -> go.Figure:
    """The measure over the values of a setting."""
    finished = [t for t in study.finished if name in t.params]
    figure = _figure(name, MEASURE_WORDS[study.measure])
    figure.add_scatter(
        x=[t.params[name] for t in finished],
        y=[t.value for t in finished],
        text=[_text(t) for t in finished],
        mode="markers",
        marker={"color": _BLUE},
    )
    distribution = study.space.distributions[name]
    if hasattr(distribution, "choices"):
        figure.update_xaxes(type="category")
    elif getattr(distribution, "log", False):
        figure.update_xaxes(type="log")
    return _around_the_good(figure, [float(t.value or 0) for t in finished], study.measure)


def _figure(x: str, y: str) -> go.Figure:
    layout: dict[str, Any] = {
        "height": _HEIGHT,
        "margin": {"l": 60, "r": 20, "t": 20, "b": 50},
        "template": "plotly_white",
        "xaxis_title": x,
        "yaxis_title": y,
    }
    return go.Figure(layout=layout)


def _around_the_good(figure: go.Figure, values: list[float], measure: str) -> go.Figure:
    """Show the better three quarters: one training that diverged would press all others into a line."""
    if len(values) < 4:
        return figure
    ordered = sorted(values, reverse=is_better_high(measure))
    best, quarter = ordered[0], ordered[3 * len(ordered) // 4]
    if (reach := quarter - best) and abs(ordered[-1] - best) > 5 * abs(reach):
        low, high = sorted((best - 0.2 * reach, quarter + reach))
        figure.update_yaxes(range=[low, high])
    return figure


def _text(trial: FrozenTrial) -> str:
    lines = [f"trial {trial.number}", *(f"{k} = {_short(v)}" for k, v in trial.params.items())]
    return "<br>".join(lines)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
