"""What a tuning found, for a person: ``report.html``, ``report.md``, ``report.json``, and ``best.yaml`` to paste."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import optuna
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from optuna.trial import FrozenTrial, TrialState

from baihuo.core import BadInput
from baihuo.engine import written_whole
from baihuo.train.tables.measures import MEASURE_WORDS
from baihuo.train.tables.table_training import TableTraining
from baihuo.train.tuning.charts import charts
from baihuo.train.tuning.measure import is_better_high
from baihuo.train.tuning.space import decoded
from baihuo.train.tuning.study import Study
from baihuo.train.tuning.trial import N_MARKS

FEWEST_FOR_IMPORTANCE = 4  # finished trials; fewer say nothing
_TREES_OF_TRIALS = 500  # the last ones: the trees of thousands take minutes


def write_report(
    study: Study, training: TableTraining, options: Sequence[str], *, why: str, minutes: float
) -> dict[str, Any]:
    """Write the files into the folder of the tuning; what they say.

    Args:
        options: Of ``baihuo train`` for these rows.
        why: The search ended.

    Raises:
        BadInput: no trial finished.
    """
    trials = study.trials
    finished = study.finished
    if not finished:
        raise _nothing_finished(study, training.out, why, minutes)
    sign = 1 if is_better_high(study.measure) else -1
    best = max(finished, key=lambda t: sign * float(t.value or 0))
    base = next((t for t in finished if t.user_attrs.get("is_base")), None)
    report: dict[str, Any] = {
        "measure": study.measure,
        "best": {
            "trial": best.number,
            "value": best.value,
            "measures": best.user_attrs.get("measures", {}),
            "settings": _shown(best),
        },
        "before": None if base is None else {"value": base.value, "settings": _shown(base)},
        "outside": next((t.user_attrs["moved"] for t in trials if "moved" in t.user_attrs), []),
        "importance": importance(study),
        "trials": {
            "finished": len(finished),
            "pruned": sum(t.state == TrialState.PRUNED for t in trials),
            "failed": sum("error" in t.user_attrs for t in trials),
            "stopped": sum(bool(t.user_attrs.get("stopped")) for t in trials),
        },
        "pruned_at": _pruned_at(trials),
        "errors": _errors(trials),
        "seconds": study.seconds,
        "ended": why,
        "yaml": _to_paste(study, best, training),
        "command": _command(study, best, options),
    }
    _write(study, report, training.out)
    return report


def importance(study: Study) -> dict[str, float]:
    """How much of the variance of the measure each setting explains alone or with others; they sum to 1. Empty: too few trials.

    Of finished trials alone it would be asked which of the good settings are better. So pruned trials count, too, with
    the value that they had, moved by what finished trials gained from there on. A training that diverged would be all the
    variance there is: values worse than three quarters by more than three times the spread count as that.

    Source: Hutter, Hoos and Leyton-Brown (2014), fANOVA.
    """
    if len(study.finished) < FEWEST_FOR_IMPORTANCE:
        return {}
    pairs = [(trial, float(trial.value or 0)) for trial in study.finished]
    pairs += [(t, v) for t in study.trials if (v := _expected(t, study.finished)) is not None]
    worst = _worst_that_counts([value for _, value in pairs], study.measure)
    bound = max if is_better_high(study.measure) else min
    # a copy in memory: no reading of the file for each of the trees
    held = optuna.create_study(direction=study.study.direction)
    for trial, value in sorted(pairs, key=lambda pair: pair[0].number)[-_TREES_OF_TRIALS:]:
        held.add_trial(
            optuna.trial.create_trial(
                params=trial.params, distributions=trial.distributions, value=bound(value, worst)
            )
        )
    if len({t.value for t in held.get_trials(deepcopy=False)}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    try:
        found = optuna.importance.get_param_importances(held, evaluator=evaluator)
    except RuntimeError:  # the trees see no difference between the trials
        return {}
    return {name: float(share) for name, share in found.items()}


def _expected(trial: FrozenTrial, finished: Sequence[FrozenTrial]) -> float | None:
    """What a pruned trial would have come to, by what others gained after its last mark."""
    mark = trial.last_step
    if trial.state != TrialState.PRUNED or mark is None:
        return None
    gains = [
        float(t.value or 0) - t.intermediate_values[mark]
        for t in finished
        if mark in t.intermediate_values
    ]
    return trial.intermediate_values[mark] + median(gains) if gains else None


def _worst_that_counts(values: list[float], measure: str) -> float:
    ordered = sorted(values, reverse=is_better_high(measure))  # best first
    middle, quarter = ordered[len(ordered) // 2], ordered[3 * len(ordered) // 4]
    return quarter + 3 * (quarter - middle) if quarter != middle else ordered[-1]


def _nothing_finished(study: Study, out: Path, why: str, minutes: float) -> BadInput:
    errors = _errors(study.trials)
    stopped = sum(bool(t.user_attrs.get("stopped")) for t in study.trials)
    if errors:
        last = errors[-1]
        return BadInput(
            f"no training finished, and {len(errors)} failed; the last: {last['error']}",
            fix="narrow tune.space, or train once with `baihuo train --table` to see that it works; then --restart",
        )
    if "Ctrl-C" in why:
        return BadInput(
            "no training had finished", fix=f"the same command begins again with those of {out}"
        )
    return BadInput(
        f"no training finished within {minutes:g} minutes (stopped: {stopped})",
        fix="more --minutes, fewer epochs, or a part of the rows; the same command goes on",
    )


def _shown(trial: FrozenTrial) -> dict[str, Any]:
    return {name: decoded(value) for name, value in trial.params.items()}


def _pruned_at(trials: Sequence[FrozenTrial]) -> dict[str, int]:
    """Share of the longest training to the number of those that ended there."""
    found: dict[str, int] = {}
    marks = sorted(t.last_step or 0 for t in trials if t.state == TrialState.PRUNED)
    for mark in marks:
        share = f"{mark / N_MARKS:.1%}"
        found[share] = found.get(share, 0) + 1
    return found


def _errors(trials: Sequence[FrozenTrial]) -> list[dict[str, Any]]:
    return [
        {"trial": t.number, "error": t.user_attrs["error"], "settings": _shown(t)}
        for t in trials
        if "error" in t.user_attrs
    ]


def _changed(study: Study, best: FrozenTrial) -> dict[str, Any]:
    """All settings that differ from the defaults, those that stayed included."""
    settings = study.settings(best).model_dump(mode="json", exclude_defaults=True)
    return {name: _short(value) for name, value in settings.items()}


def _short(value: Any) -> Any:
    """A float as it is typed: four digits decide nothing more."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _to_paste(study: Study, best: FrozenTrial, training: TableTraining) -> str:
    value, table = f"{best.value:.5f}", training.table.name
    head = (
        f"# found by baihuo tune: {MEASURE_WORDS[study.measure]} {value} on newer rows of {table}\n"
    )
    lines = [
        # a setting a line, a list on it
        "  " + yaml.safe_dump({name: value}, default_flow_style=None, width=1000)
        if isinstance(value, list)
        else "  " + yaml.safe_dump({name: value}, default_flow_style=False)
        for name, value in _changed(study, best).items()
    ]
    return head + ("deep:\n" if lines else "deep: {}\n") + "".join(lines)


def _command(study: Study, best: FrozenTrial, options: Sequence[str]) -> str:
    """The training with the best settings."""
    words = ["baihuo", "train", *options]
    for name, value in _changed(study, best).items():
        text = json.dumps(value, separators=(",", ":")) if isinstance(value, list) else str(value)
        words += ["--set", f"{name}={text}"]
    return shlex.join([*words, "--out", "model"])


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return json.dumps(value) if isinstance(value, list) else str(value)


def _write(study: Study, report: dict[str, Any], out: Path) -> None:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = _plain
    shown = {
        "report": report,
        "words": MEASURE_WORDS,
        "trials": study.trials,
        "fewest": FEWEST_FOR_IMPORTANCE,
    }
    texts = {
        "report.json": json.dumps(report, ensure_ascii=False, indent=1),
        "best.yaml": report["yaml"],
        "report.md": environment.get_template("report.md").render(shown),
        "report.html": environment.get_template("report.html").render(
            shown, charts=charts(study, report["importance"])
        ),
    }
    for name, text in texts.items():
        with written_whole(out / name) as part:
            part.write_text(text, encoding="utf-8")
