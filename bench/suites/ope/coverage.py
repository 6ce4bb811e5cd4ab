"""How often the interval of each estimator holds the truth of a world."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from baihuo.evaluate import Interval
from suites.ope.world import Run, World
from suites.shared.measure import emit

Result = tuple[Interval, float, float]  # interval, effective rows, truth


@dataclass(frozen=True, slots=True)
class Coverage:
    """All runs of one world."""

    world: World
    n_runs: int
    n_refused: int
    results: dict[str, list[Result]]  # by estimator

    @classmethod
    def of(cls, world: World, *, n_runs: int, seed: int) -> Coverage:
        """Draw logs and estimate."""
        results: dict[str, list[Result]] = defaultdict(list)
        n_refused = 0
        for n in range(n_runs):
            run = world.run(np.random.default_rng([seed, n]))
            if run.values is None:
                n_refused += 1
                continue
            results["normal"].append((_plain(run), float("nan"), world.truth))
            for value in run.values:
                e = value.estimate
                results[value.estimator].append((e.value, e.n_effective, world.truth))
                if value.estimator == "dr" and e.gain is not None:
                    gain = world.truth - world.truth_of_log
                    results["dr, gain"].append((e.gain, e.n_effective, gain))
        return cls(world, n_runs, n_refused, dict(results))

    def emit(self) -> None:
        """One line for each estimator."""
        for estimator, results in self.results.items():
            found = np.array([(i.mid, i.low, i.high) for i, _, _ in results])
            truth = results[0][2]
            is_held = (found[:, 1] <= truth) & (truth <= found[:, 2])
            ess = [n for _, n, _ in results]
            emit(
                part="coverage",
                system="normal" if estimator == "normal" else "baihuo",
                estimator="ips" if estimator == "normal" else estimator,
                world=self.world.name,
                **{"from": self.world.logged_by, "to": self.world.policy},
                coverage=float(is_held.mean()),
                too_low=float((found[:, 2] < truth).mean()),
                too_high=float((found[:, 1] > truth).mean()),
                runs=len(results),
                refused=self.n_refused,
                truth=truth,
                bias=float(found[:, 0].mean() - truth),
                error=float(np.sqrt(((found[:, 0] - truth) ** 2).mean())),
                width=float((found[:, 2] - found[:, 1]).mean()),
                ess=None if np.isnan(ess).any() else float(np.mean(ess)),
            )


def _plain(run: Run) -> Interval:
    """Mean of weight × click ± 1.96 standard errors, between clusters where there are any."""
    mid = float(run.terms.mean())
    rows = run.terms - mid
    residuals = rows if run.clusters is None else np.bincount(run.clusters, rows).astype(float)
    n = len(residuals)
    half = 1.96 * float(np.sqrt((residuals**2).sum() * n / (n - 1))) / len(run.terms)
    return Interval(mid, mid - half, mid + half)
