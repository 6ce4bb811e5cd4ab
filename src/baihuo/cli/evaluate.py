"""``baihuo evaluate``: a bundle compared with its baselines, and other policies on the pages served."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.cli.tables import count, empty_table, interval
from baihuo.core import BadInput, NotFound, Progress, Unsupported

if TYPE_CHECKING:
    from baihuo.evaluate import PolicyValue
    from baihuo.monitor import PolicyReport
    from baihuo.release import JudgedComparison
    from baihuo.settings import Shop


def evaluate(
    bundle_id: Annotated[
        str | None, typer.Argument(help="Which bundle (default: the newest).")
    ] = None,
    shop: ShopOption = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="Estimate a policy on the served pages: live, greedy (no exploration), "
            "uniform, all of these, text or learned (an order of the live bundle), or the id of a bundle. "
            "Repeat for several."
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            help="With --policy: a log of placements (Open Bandit CSV) instead of the shop's pages."
        ),
    ] = None,
    surface: Annotated[
        str | None, typer.Option(help="With --policy: only search, home or similar.")
    ] = None,
    clip: Annotated[
        float | None,
        typer.Option(
            help="With --policy: largest weight of the clipped estimate (default: the one with the least "
            "estimated error)."
        ),
    ] = None,
    slices: Annotated[
        bool,
        typer.Option("--slices", help="Every slice of the newest pages, not only the worst."),
    ] = False,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html", help="Write it as one HTML page with charts, to this file."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Show how a bundle did on held-out data, compared with the baselines, with intervals.

    Slices are new and returning visitors, cold and hot products, platform, device, hour (UTC), position, language and
    category. The worst are always named; with --slices each has its rows, AUC, calibration and lift. --json always has them. Examination by
    position says how far down pages are read, from randomised positions, or why it is unknown; with P(click), clicks and calibration error
    (ECE) by surface and position. Judged searches (ratings.csv, labels, 1-raw/judged.parquet) are run again: right@10 and nDCG@10 of the
    learned order and of words alone, the paired difference, and the best possible order of the products found.

    With --page: charts of the same, in one file without network access: systems and baselines with intervals,
    calibration, slices, positions, purchases, losses of training, the gate's reasons and the age of the models.

    With --policy: off-policy evaluation. Estimates clicks and purchases per impression of another order from served pages and their
    exploration (IPS, SNIPS, clipped, doubly
    robust), and whether they differ from the served order. A policy that the log cannot evaluate is refused, with the reason. With --log, a
    policy is live, uniform, or the file of another policy's log.

    \b
    baihuo evaluate
    baihuo evaluate --slices
    baihuo evaluate --page evaluation.html
    baihuo evaluate --policy all
    baihuo evaluate --policy text --policy learned
    baihuo evaluate --policy greedy --policy 5b1f0c7e9a3d2846 --surface search
    baihuo evaluate --log random_men.csv.gz --policy bts_men.csv.gz
    """
    if not (policy or log):
        for name, value in (("--surface", surface), ("--clip", clip)):
            if value is not None:
                raise BadInput(f"{name} needs --policy", fix="add --policy all")
        _print_bundle_report(shop, bundle_id, page, with_slices=slices, as_json=as_json)
        return
    if page is not None:
        raise BadInput(
            "--page needs a bundle, not --policy or --log", fix="leave out --page or --policy"
        )
    if bundle_id is not None:
        raise BadInput(
            f"{bundle_id!r} cannot be combined with --policy or --log",
            fix=f"write --policy {bundle_id}",
        )
    _print_policy_report(shop, policy or ["all"], log, surface, clip, as_json=as_json)


def _print_bundle_report(
    shop: Path | None,
    bundle_id: str | None,
    page: Path | None,
    *,
    with_slices: bool,
    as_json: bool,
) -> None:
    from baihuo import flow
    from baihuo.cli.model_tables import models_table

    with shop_context(shop) as (folder, progress):
        report = flow.evaluate(folder, bundle_id)
        try:
            judged = flow.compare_searches(folder, bundle_id, progress=progress)
        except (NotFound, BadInput) as error:
            # an old bundle with a deleted index, or unreadable models
            judged = []
            stderr.print(f"judged searches were not run: {error.what}", markup=False)
        if page is not None:
            drawn = flow.evaluation_page(folder, bundle_id, judged=[x.to_json() for x in judged])
            _write_page(page, drawn)
    if as_json:
        report = report | {"judged_searches": [one.to_json() for one in judged]}
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    stdout.print(models_table(report, with_slices=with_slices))
    if judged:
        stdout.print(judged_table(judged))


def _write_page(file: Path, drawn: str) -> None:
    from baihuo.engine import written_whole

    if file.is_dir() or not file.parent.is_dir():
        raise BadInput(
            f"{file} cannot be written: {'it is a folder' if file.is_dir() else 'its folder is missing'}",
            fix="name a file in a folder that exists: --page evaluation.html",
        )
    with written_whole(file) as part:
        part.write_text(drawn, encoding="utf-8")
    stderr.print(f"page: {file}", markup=False, soft_wrap=True)


def _print_policy_report(
    shop: Path | None,
    policies: list[str],
    log: Path | None,
    surface: str | None,
    clip: float | None,
    *,
    as_json: bool,
) -> None:

    with shop_context(shop) as (folder, progress):
        estimates = policy_report(folder, policies, log, surface, clip, progress=progress)
    if as_json:
        typer.echo(json.dumps(estimates.to_json(), ensure_ascii=False))
    else:
        stdout.print(policy_table(estimates))
    if not estimates.values:
        raise Unsupported(
            "the log cannot evaluate any of these policies",
            fix="; ".join(estimates.refused.values()),
        )


# Judged searches in the learned order and by words alone, as a table.


_MEASURES = {"right_at_10": "right@10", "ndcg10": "nDCG@10"}


def judged_table(lines: Sequence[JudgedComparison]) -> Table:
    """Build a table with a row for each judged set and measure."""
    table = empty_table(
        "Judged searches: learned order and words alone, 95% interval of the difference",
        "set",
        "measure",
        "queries",
        "words",
        "learned",
        "best order",
        "learned - words",
    )
    for line in lines:
        table.add_row(
            line.of,
            _MEASURES[line.measure],
            count(line.n),
            f"{line.words:.4f}",
            f"{line.learned:.4f}",
            "not known" if line.best is None else f"{line.best:.4f}",
            interval(line.gain.to_json()),
        )
    return table


# ``baihuo evaluate --policy`` as a table.


def policy_table(report: PolicyReport) -> Group:
    """Build a table for each policy and reward, a row for each estimate; below, their meaning, and why other policies cannot be
    estimated."""
    from baihuo.monitor import readings

    head = f"Reward per impression: {report.n_impressions:,} impressions, 95% intervals"
    of: dict[tuple[str, str], list[PolicyValue]] = {}
    for value in report.values:
        of.setdefault((value.policy, value.reward), []).append(value)
    tables = [
        _values(f"{Path(policy).name}: {reward}", values) for (policy, reward), values in of.items()
    ]
    lines = [
        f"{Path(policy).name}: {reading}" for policy, reading in readings(report.values).items()
    ]
    lines += [f"{policy}: not estimated: {why}" for policy, why in report.refused.items()]
    if report.left_out:
        left_out = ", ".join(f"{n:,} {why}" for why, n in report.left_out.items())
        lines.append(f"of the served pages {report.n_pages:,} were used; left out: {left_out}")
    return Group(Text(head, style="bold"), *tables, *(Text(line) for line in lines))


def _values(title: str, values: list[PolicyValue]) -> Table:
    """Format values narrowly enough for 80 columns."""
    table = Table(
        title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False
    )
    table.add_column("estimator", min_width=len("estimator"))
    for name in ("value", "minus served"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("effective rows", "mean weight"):
        table.add_column(name, justify="right", min_width=6)
    for policy_value in values:
        e = policy_value.estimate
        table.add_row(
            _estimator(policy_value),
            f"{e.value.mid:.4f} [{e.value.low:.4f}, {e.value.high:.4f}]",
            "" if e.gain is None else f"{e.gain.mid:+.4f} [{e.gain.low:+.4f}, {e.gain.high:+.4f}]",
            f"{e.n_effective:,.0f}",
            f"{e.mean_weight:.3f}",
        )
    return table


def _estimator(value: PolicyValue) -> str:
    """Return an estimator's name, with bound and bias if weights are clipped."""
    e = value.estimate
    if e.bound is None:
        return value.estimator
    return f"{value.estimator} at {e.bound:.3g}, bias {e.bias:.1g}"


# ``baihuo evaluate --policy``: off-policy evaluation.


def policy_report(
    shop: Shop,
    policies: Sequence[str],
    log: Path | None,
    surface: str | None,
    bound: float | None,
    *,
    progress: Progress,
) -> PolicyReport:
    """Estimate the named policies, from the shop's pages or another system's log.

    Raises:
        BadInput: an unknown surface, a surface with --log, or a bound that is not above 0.
    """
    from baihuo import flow
    from baihuo.monitor import POLICIES, compare_log_policies

    if bound is not None and not bound > 0:
        raise BadInput(f"--clip {bound} is not above 0", fix="give the largest weight, such as 10")
    if log is not None:
        if surface is not None:
            raise BadInput("a log of placements has no surface", fix="leave out --surface")
        names = [n for p in policies for n in (("live", "uniform") if p == "all" else (p,))]
        return compare_log_policies(log, names, bound=bound)
    if surface not in (None, "search", "home", "similar"):
        raise BadInput(f"there is no surface {surface!r}", fix="search, home or similar")
    names = [n for p in policies for n in (POLICIES if p == "all" else (_ALIASES.get(p, p),))]
    return flow.policy_values(
        shop, list(dict.fromkeys(names)), surface=surface, bound=bound, progress=progress
    )


_ALIASES = {"no-exploration": "greedy"}
