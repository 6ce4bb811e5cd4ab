"""Release of a bundle, and rollback."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from baihuo.bundle import (
    Bundle,
    LiveBundles,
    previous,
    read_live,
    require_readable,
    roll_back,
    set_live,
)
from baihuo.core import GateClosed, NotFound
from baihuo.release.gate_report import ForcedRelease

# Runs a job on a schedule, one run at a time.


def repeat(
    job: Callable[[], None],
    *,
    every_hours: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Run ``job`` now and then every ``every_hours`` until the process is stopped. Missed runs are
    merged into one.

    Uses elapsed time, not the machine's clock: a clock set back a year must not delay the next run by a year.

    Args:
        clock: A monotonic clock, in seconds.
    """
    every_s, due_at = every_hours * 3_600, clock()
    while True:
        job()
        due_at = max(due_at + every_s, clock())
        while (left_s := due_at - clock()) > 0:
            sleep(min(left_s, 60.0))


def release(
    bundles: Path, bundle_id: str, index_id: str, *, forced: ForcedRelease | None = None
) -> LiveBundles:
    """Make a bundle live with an index generation: one atomic rename, which running servers follow.

    Args:
        bundles: The shop's ``5-bundles``.
        bundle_id: A bundle that passed its gate.
        index_id: The index generation it serves with.
        forced: Who forces the release although the gate refused it, and why. Stored in ``gate.json``; a
            bundle whose data failed its checks is never released. Ignored where the gate is open.

    Raises:
        GateClosed: the gate refused it, or was not run; lists the reasons.
        BadInput: the bundle differs from what was sealed.
        NotFound: there is no such bundle.
    """
    bundle = Bundle.open(bundles / bundle_id)
    verdict = bundle.gate()
    if verdict is None:
        raise GateClosed(
            f"the gate was not run for bundle {bundle_id}",
            fix=f"run: baihuo release {bundle_id}",
        )
    if not verdict["is_open"]:
        if forced is None or not verdict.get("may_be_forced"):
            raise _closed(bundle, verdict, was_forced=forced is not None)
        bundle.write_gate({**verdict, "forced": asdict(forced)})
    return set_live(bundles, bundle_id, index_id)


def _closed(bundle: Bundle, verdict: dict[str, Any], *, was_forced: bool) -> GateClosed:
    reasons = "\n  - ".join(verdict["reasons"])
    measures = f"all measures are in {bundle.path / 'gate.json'}"
    if not verdict.get("may_be_forced"):
        never = "; --force does not release data that failed its checks" if was_forced else ""
        fix = f"correct the data (baihuo check names the rows) and train again; {measures}{never}"
    else:
        fix = (
            "fix the cause and train again, change the setting it names in shop.yaml, or release it "
            f'anyway: baihuo release {bundle.bundle_id} --force --reason "why"; {measures}'
        )
    return GateClosed(f"bundle {bundle.bundle_id} failed its gate:\n  - {reasons}", fix=fix)


def rollback(bundles: Path) -> LiveBundles:
    """Make the previous bundle live again, with its index generation.

    Raises:
        NotFound: there is no previous bundle, or its folder is gone.
        BadInput: the previous bundle differs from what was sealed, or this version cannot read its models; the
            live one stays.
    """
    older = previous(read_live(bundles))
    if older is None:
        raise NotFound("no bundle was live before this one", fix="release another bundle")
    # Never release a bundle that cannot be opened.
    require_readable(Bundle.open(bundles / older.bundle_id))
    return roll_back(bundles)
