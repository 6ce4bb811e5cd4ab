"""``baihuo evaluate --policy``: off-policy evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from baihuo import flow
from baihuo.core import BadInput, Progress
from baihuo.monitor import POLICIES, PolicyReport, compare_log_policies
from baihuo.settings import Shop


def policy_report(
    shop: Shop,
    policies: Sequence[str],
    log: Path | None,
    surface: str | None,
    bound: float | None,
    *,
    progress: Progress,
) -> PolicyReport:
    """Estimates for the named policies, from the shop's pages or from the log of another system.

    Raises:
        BadInput: an unknown surface, a surface with a log that has none, or a bound that is not above 0.
    """
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
