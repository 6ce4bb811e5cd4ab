"""``baihuo tune``: search for better settings of a model on a table, of a click model, or of the shop's searches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from baihuo.cli.context import ShopOption, shop_context, stdout
from baihuo.cli.release import gate_table
from baihuo.core import BadInput


def tune_table(
    table: Annotated[
        Path,
        typer.Option(
            help="The CSV or Parquet file to train on, or a shop's folder: its clicks and features."
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="The folder of trials and report; existing trials are continued.")
    ],
    shop: ShopOption = None,
    label: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    group: Annotated[
        str | None,
        typer.Option(help="The column of a row's request, for the loss softmax."),
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(help="Newer rows, on which settings are compared (default: the last tenth)."),
    ] = None,
    spec: Annotated[
        Path | None, typer.Option(help="YAML with the columns' roles, as for train --table.")
    ] = None,
    space: Annotated[
        Path | None,
        typer.Option(
            help="YAML as under `tune` of shop.yaml: space, and also minutes, trials, measure."
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(help="Total time (default: tune.minutes of shop.yaml, 10)."),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(help="Maximum trials in the folder, earlier ones included.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A setting under `deep`, as NAME=VALUE; for a searched one, the start. Repeat.",
        ),
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Delete the trials in --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Search for the settings with which a model on a table (train --table) is best on newer rows. The first trial has the current
    settings; trials that fall behind end early. Writes report.json (trials, importance) and best.yaml to --out, and prints the command
    that trains with the best settings. Ctrl-C or a kill loses only the trial in progress: the same command continues.
    Exit code 130: stopped by Ctrl-C.

    \b
    baihuo tune table --table train.csv --label click --out tuning --minutes 20
    baihuo tune --table train.csv --label click --validation valid.csv --out tuning --set model=dcn
    baihuo tune --table train.csv --label click --out tuning --space space.yaml --trials 50

    \b
    space.yaml:
    space:
      learning_rate: {low: 0.0003, high: 0.1, log: true}
      layers: {choices: [[64], [256, 128], [400, 400, 400]]}
      dropout: {low: 0, high: 0.5}
    """
    from baihuo.cli.table_model import Asked, tune_on_table

    asked = Asked(table, label, group, validation, spec, out, settings or [])
    given = {"minutes": minutes, "trials": trials}
    options = {name: value for name, value in given.items() if value is not None}
    tune_on_table(asked, space, options, shop, restart=restart, as_json=as_json)


def tune_model(
    model: Annotated[str, typer.Argument(help="A click model: network or trees.")],
    folder: Annotated[
        Path | None, typer.Argument(metavar="[SHOP]", help="The shop's folder, like --shop.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder of trials and report (default: 4-train/tune_MODEL)."),
    ] = None,
    shop: ShopOption = None,
    space: Annotated[
        Path | None,
        typer.Option(help="YAML as under `tune` of shop.yaml, of this model's settings."),
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Total time (default: 10).")] = None,
    trials: Annotated[int | None, typer.Option(help="Maximum trials in the folder.")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Delete the trials in --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Search for the settings with which one of the shop's click models orders newer pages best. Without --space those are searched that
    the model's file names. The first trial has the current settings; best.yaml in --out stands under `train.models` of shop.yaml, and the
    next training uses it.

    \b
    baihuo tune model network ./shop --minutes 20
    baihuo tune model trees ./shop --space space.yaml
    """
    from baihuo import flow
    from baihuo.cli.context import stderr
    from baihuo.cli.table_model import print_tuning, tuning_settings
    from baihuo.train import TuneSettings

    given = {"minutes": minutes, "trials": trials}
    options = {name: value for name, value in given.items() if value is not None}
    with shop_context(folder or shop) as (opened, progress):
        target = out or opened.train / f"tune_{model}"
        report = flow.tune_model(
            opened,
            model,
            target,
            tuning_settings(TuneSettings(), space, options),
            restart=restart,
            progress=progress,
            say=lambda line: stderr.print(line, highlight=False),
        )
    print_tuning(report, target, as_json=as_json)


_WHO = {"people": "people", "model": "the model", "nobody": "nobody"}


def search(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[SHOP]", help="The shop's folder, like --shop.")
    ] = None,
    shop: ShopOption = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="Total time.")] = 10.0,
    only_look: Annotated[
        bool, typer.Option("--only-look", help="Report only; do not write to the shop.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Release the live bundle without its tuning.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Choose the weights of the search score and two thresholds by judgements (baihuo label), with grades of a model that agrees with them
    (baihuo llm grades), or, with fewer than 30 judged queries, by clicks. The gain is estimated on held-out queries (nested
    cross-validation). Only a gain surely above 0 is used: the live bundle is sealed again with it and released, if it passes the gate.
    Running servers follow, baihuo rollback goes back, and the next training uses it. The trials are in 4-train/tune_search.json.

    \b
    baihuo tune search ./shop
    baihuo tune search ./shop --minutes 30 --only-look
    baihuo tune search ./shop --undo
    """
    from baihuo import flow

    if undo and only_look:
        raise BadInput("--undo and --only-look do not go together", fix="leave one of them out")
    with shop_context(folder or shop) as (opened, progress):
        if undo:
            bundle_id = flow.untune_search(opened)
        else:
            report = flow.tune_search(
                opened, minutes=minutes, only_look=only_look, progress=progress
            ).report
            _print(report, as_json=as_json)
            bundle_id = report["bundle_id"]
        if bundle_id is None:
            return
        gate = flow.release(opened, bundle_id, progress=progress)
    if not as_json:
        stdout.print(gate_table(gate))


def _print(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    for line in _lines(report):
        stdout.print(line, markup=False, highlight=False)


def _lines(report: dict[str, Any]) -> list[str]:
    found = [*_grades(report["grades"]), *_attempt(report)]
    for name in ("people_alone", "with_model"):
        if other := report.get(name):
            found += ["", f"chosen by {other['by']} instead:", *_attempt(other)]
            found.append(
                "not taken: "
                + (other["why"] if not other["is_used"] else "the other is more certain")
            )
    if not report["is_used"]:
        return [*found, f"the present tuning stays: {report['why']}"]
    return [
        *found,
        f"better: {'bundle ' + report['bundle_id'] if report['bundle_id'] else 'not sealed (--only-look)'}",
    ]


def _grades(grades: dict[str, Any]) -> list[str]:
    """Describe the sources of grades."""
    if "model" not in grades:
        return []
    kappa = "kappa {kappa:.2f} [{kappa_low:.2f}, {kappa_high:.2f}]".format(**grades["agreement"])
    found = [
        f"{grades['people']:,} grades by people, {grades['model']:,} by a model ({kappa} with people); "
        f"{grades['overruled']:,} more of its grades people have given since, {grades['overruled_agree']:,} alike: theirs count"
    ]
    if why := grades["model_not_used"]:
        found.append(f"the model's grades do not count: {why}")
    return found


def _attempt(report: dict[str, Any]) -> list[str]:
    gain, held_out, now = report["gain"], report["held_out"], report["present"]
    found = [
        f"{report['n_queries']} queries by {report['by']}, {report['n_tried']} tunings tried, "
        f"{report['n_folds']} of {report['folds_wanted']} folds",
        f"nDCG@10 on held-out queries: {_both(held_out):.4f}, today {_both(now):.4f}, "
        f"{_interval(gain)}; {report['better']} better, {report['worse']} worse",
    ]
    if by_people := report.get("gain_by_people"):
        found.append(
            f"by people's grades alone ({report['n_queries_of_people']} of these queries): {_interval(by_people)}"
        )
    found.append(
        f"of the first ten {held_out['judged10']:.0%} are judged, today {now['judged10']:.0%}; the others gain nothing in half of the measure"
    )
    if ten := report.get("first_ten"):
        shares = ", ".join(f"{ten['held_out'][k]:.0%} by {w}" for k, w in _WHO.items())
        found.append(f"the first ten by who looked at them: {shares}")
    if (pages := report.get("logged_pages")) and "gain" in pages:
        on_pages = pages["gain"]
        found.append(
            f"{pages['n_pages']} newest clicked pages: {pages['tuned']:.3f} expected clicks a page, today {pages['present']:.3f}, "
            f"{on_pages['mid']:+.3f} [{on_pages['low']:+.3f}, {on_pages['high']:+.3f}]"
        )
    changes = report["changes"].items()
    return found + [f"  {name}: {_shown(a)} to {_shown(b)}" for name, (a, b) in changes]


def _interval(gain: dict[str, float]) -> str:
    return f"{gain['mid']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"


def _both(of: dict[str, float]) -> float:
    return (of["ndcg10"] + of["ndcg10_judged"]) / 2


def _shown(value: float | None) -> str:
    return "as trained" if value is None else f"{value:g}"


class _TableByDefault(TyperGroup):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in self.get_help_option_names(ctx):
            args = ["table", *args]
        return super().parse_args(ctx, args)


tune = typer.Typer(
    cls=_TableByDefault,
    help="Search for better settings: of a model on a table, of a click model, or of the shop's own searches.",
    no_args_is_help=True,
)
tune.command("table")(tune_table)
tune.command("model")(tune_model)
tune.command("search")(search)
