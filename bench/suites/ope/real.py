"""The Open Bandit Dataset: each policy's clicks from the other's log."""

from __future__ import annotations

from pathlib import Path

from baihuo.core import BadInput
from baihuo.monitor import compare_log_policies
from suites.shared.measure import emit


def real_logs(folder: Path) -> None:
    """Every campaign that has both logs, both ways.

    Raises:
        BadInput: there is none.
    """
    pairs = [
        (random, folder / random.name.replace("random", "bts"))
        for random in sorted(folder.glob("random_*.csv.gz"))
        if not random.name.endswith("_item_context.csv.gz")
    ]
    pairs = [(random, bts) for random, bts in pairs if bts.exists()]
    if not pairs:
        raise BadInput(
            f"{folder} has no pair of logs", fix="give the folder with random_men.csv.gz and bts_…"
        )
    for random, bts in pairs:
        campaign = random.name.removeprefix("random_").removesuffix(".csv.gz")
        _estimate(random, bts, campaign, "random", "bts")
        _estimate(bts, random, campaign, "bts", "random")


def _estimate(log: Path, other: Path, campaign: str, logged_by: str, policy: str) -> None:
    report = compare_log_policies(log, [str(other)])
    [own] = [v.estimate.value for v in report.values if v.estimator == "logged"]
    names = {"part": "real", "system": "baihuo", "campaign": campaign}
    names |= {"from": logged_by, "to": policy}
    for why in report.refused.values():
        emit(**names, refused=why)
    for value in report.values:
        if value.estimator == "logged":
            continue
        e = value.estimate
        emit(
            **names,
            estimator=value.estimator,
            value=e.value.mid,
            low=e.value.low,
            high=e.value.high,
            truth=own.mid,
            truth_low=own.low,
            truth_high=own.high,
            error=abs(e.value.mid - own.mid) / own.mid,
            ess=e.n_effective,
            bound=e.bound,
            bias=e.bias,
        )
