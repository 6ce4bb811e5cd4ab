"""What a tuning found: ``report.md`` for a person, ``report.json``, and ``best.yaml`` to paste."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any

import optuna
import yaml
from optuna.trial import FrozenTrial, TrialState
from pydantic import TypeAdapter

from baihuo.core import BadInput
from baihuo.engine import written_whole
from baihuo.train.tables.measures import MEASURE_WORDS
from baihuo.train.tuning.search import N_MARKS, Search, began, finished
from baihuo.train.tuning.space import as_dict, decoded

_FEWEST = 4  # finished trials that say what mattered
_TREES_OF_TRIALS = 500  # the last ones: the trees of thousands take minutes


def write_report(
    study: optuna.Study,
    search: Search,
    *,
    why: str,
    sections: Sequence[str],
    command: Sequence[str],
) -> dict[str, Any]:
    """Write the files into the folder of the tuning; what they say.

    Args:
        why: The search ended.
        sections: Where the settings stand in ``shop.yaml``, from the outside in.
        command: That trains with them; where they are those of ``deep``, each is added to it.

    Raises:
        BadInput: no trial finished.
    """
    trials, done = began(study), finished(study)
    errors = [
        {"trial": t.number, "error": t.user_attrs["error"], "settings": _shown(t)}
        for t in trials
        if "error" in t.user_attrs
    ]
    n_stopped = sum(bool(t.user_attrs.get("stopped")) for t in trials)
    if not done:
        raise _nothing_finished(search, errors, n_stopped, why)
    best, base = study.best_trial, next((t for t in done if t.user_attrs.get("is_base")), None)
    pruned = [t for t in trials if t.state == TrialState.PRUNED]
    marks = Counter(f"{(t.last_step or 0) / N_MARKS:.1%}" for t in pruned)
    changed = _changed(search, best)
    report: dict[str, Any] = {
        "measure": search.measure,
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
            "finished": len(done),
            "pruned": len(pruned),
            "failed": len(errors),
            "stopped": n_stopped,
        },
        "pruned_at": dict(sorted(marks.items(), key=lambda mark: float(mark[0][:-1]))),
        "errors": errors,
        "seconds": float(study.user_attrs.get("seconds", 0.0)),
        "ended": why,
        "yaml": _to_paste(search, best, sections, changed),
        "command": _command(changed, command) if sections == ["deep"] else shlex.join(command),
    }
    text = _as_markdown(report, trials)
    files = {
        "report.json": json.dumps(report, ensure_ascii=False, indent=1),
        "best.yaml": report["yaml"],
        "report.md": text,
    }
    for name, content in files.items():
        with written_whole(search.file.parent / name) as part:
            part.write_text(content, encoding="utf-8")
    return report


def importance(study: optuna.Study) -> dict[str, float]:
    """How much of the variance of the measure each setting explains alone or with others; they sum to 1. Empty: too few trials.

    Of finished trials alone it would be asked which of the good settings are better: pruned trials count with their last
    value, moved by the median of what finished ones gained from there on.

    Source: Hutter, Hoos and Leyton-Brown (2014), fANOVA.
    """
    if len(finished(study)) < _FEWEST:
        return {}
    # a copy in memory: no reading of the file for each of the trees
    held = optuna.create_study(direction=study.direction)
    for trial in began(study)[-_TREES_OF_TRIALS:]:
        mark, value = trial.last_step, trial.value
        if value is not None and trial.state == TrialState.PRUNED and mark is not None:
            ways = [(t.intermediate_values, t.value) for t in finished(study)]
            value += median(
                [float(end or 0) - way[mark] for way, end in ways if mark in way] or [0]
            )
        if value is not None:
            held.add_trial(
                optuna.trial.create_trial(
                    params=trial.params, distributions=trial.distributions, value=value
                )
            )
    if len({trial.value for trial in held.get_trials(deepcopy=False)}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    try:
        found = optuna.importance.get_param_importances(held, evaluator=evaluator)
    except RuntimeError:  # the trees see no difference between the trials
        return {}
    return {name: float(share) for name, share in found.items()}


def _as_markdown(report: dict[str, Any], trials: Sequence[FrozenTrial]) -> str:
    best, n, words = report["best"], report["trials"], MEASURE_WORDS[report["measure"]]
    before, outside = report["before"], report["outside"]
    lines = [
        "# Tuning\n",
        f"{words} on newer rows: **{best['value']:.5f}** with the best settings (trial {best['trial']})"
        + (f", {before['value']:.5f} with the current settings." if before else "."),
        *(
            [f"The current settings were not tried: the space does not have their {outside}."]
            if outside
            else []
        ),
        "The best of many trials on the same rows is a little luck, too: measure it once more on rows that no trial has seen.\n",
        f"Trials: {n['finished']} finished, {n['pruned']} pruned, {n['failed']} failed, {n['stopped']} stopped before their end; "
        f"{report['seconds'] / 60:.1f} minutes. It ended because: {report['ended']}.\n",
        f"## The best settings\n\nFor `shop.yaml` (also `best.yaml`):\n\n```yaml\n{report['yaml']}```\n\nOr:\n\n```\n{report['command']}\n```\n",
        "## What mattered\n",
    ]
    if report["importance"]:
        lines += [
            f"Share of the variance of {words} between trials that each setting explains (fANOVA):\n",
            "| setting | share | best value |\n| --- | --- | --- |",
            *(
                f"| `{name}` | {share:.0%} | {_plain(best['settings'][name])} |"
                for name, share in report["importance"].items()
            ),
        ]
    else:
        lines.append(
            f"Fewer than {_FEWEST} trials with different results finished: too few to say."
        )
    lines += [
        "\n## All trials\n",
        "| trial | ended | value | seconds | settings |\n" + "| --- " * 5 + "|",
    ]
    for trial in trials:
        known = trial.user_attrs
        error = known.get("error") and f"failed: {known['error']}"
        ended = error or ("stopped" if "stopped" in known else trial.state.name.lower())
        settings = ", ".join(f"{name}={_plain(value)}" for name, value in _shown(trial).items())
        value = "–" if trial.value is None else f"{trial.value:.5f}"
        lines.append(
            f"| {trial.number} | {ended} | {value} | {known.get('seconds', '–')} | {settings} |"
        )
    return "\n".join(lines) + "\n"


def _nothing_finished(
    search: Search, errors: list[dict[str, Any]], n_stopped: int, why: str
) -> BadInput:
    if errors:
        return BadInput(
            f"no training finished, and {len(errors)} failed; the last: {errors[-1]['error']}",
            fix="narrow tune.space, or train once with `baihuo train --table` to see that it works; then --restart",
        )
    if "Ctrl-C" in why:
        folder = search.file.parent
        return BadInput(
            "no training had finished", fix=f"the same command begins again with those of {folder}"
        )
    return BadInput(
        f"no training finished within {search.tuning.minutes:g} minutes (stopped: {n_stopped})",
        fix="more --minutes, fewer epochs, or a part of the rows; the same command goes on",
    )


def _shown(trial: FrozenTrial) -> dict[str, Any]:
    return {name: decoded(value) for name, value in trial.params.items()}


def _changed(search: Search, best: FrozenTrial) -> dict[str, Any]:
    """All settings that differ from the defaults, those that stayed included; floats as they are typed."""
    defaults = as_dict(type(search.space.base)())
    found = as_dict(search.space.settings(best.params))
    changed = {n: v for n, v in found.items() if v != defaults[n]}
    settings = TypeAdapter(dict[str, Any]).dump_python(changed, mode="json")
    return {n: float(f"{v:.4g}") if isinstance(v, float) else v for n, v in settings.items()}


def _to_paste(
    search: Search, best: FrozenTrial, sections: Sequence[str], changed: dict[str, Any]
) -> str:
    words = MEASURE_WORDS[search.measure]
    head = f"# found by baihuo tune: {words} {best.value:.5f} on newer rows\n"
    indents = [f"{'  ' * depth}{name}:" for depth, name in enumerate(sections)]
    if not changed:
        indents[-1] += " {}"
    inside = "  " * len(sections)
    lines = [
        # a setting a line, a list on it
        inside
        + yaml.safe_dump(
            {n: v}, default_flow_style=None if isinstance(v, list) else False, width=1000
        )
        for n, v in changed.items()
    ]
    return head + "\n".join(indents) + "\n" + "".join(lines)


def _command(changed: dict[str, Any], command: Sequence[str]) -> str:
    """The training with the best settings."""
    words = [*command]
    for name, value in changed.items():
        text = json.dumps(value, separators=(",", ":")) if isinstance(value, list) else str(value)
        words += ["--set", f"{name}={text}"]
    return shlex.join([*words, "--out", "model"])


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return json.dumps(value) if isinstance(value, list) else str(value)
