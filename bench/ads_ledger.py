"""Whether the ledger of ads loses or doubles a click when workers are killed, and what a click costs it.

    python bench/ads_ledger.py                     # 20 kills
    python bench/ads_ledger.py --kills 100 --seed 3 --seconds 120

Two processes charge clicks (a fifth of them sent to both) and impressions of campaigns whose budgets run out; one of them is killed
(SIGKILL) at a random moment, again and again, and goes on from what it acknowledged. Then entries are counted by plain SQL.

One line: ``kills``, ``clicks`` (distinct ids that were sent), ``acknowledged``, ``charged`` (stored), ``lost`` (acknowledged, not stored),
``doubles`` (stored or charged twice, or other than acknowledged), ``limited`` (found less left than their price), ``overspend_minor``
(beyond a budget) and ``problems`` (of the ledger's own check); lost, doubles, overspend and problems must be 0. Then clicks a second of
CPU and of wall time of one process, with a commit for each click and for 64.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path

from baihuo.ads.ledger import Ledger
from suites.ads.ledger_kills import NOW_US, charge_of, kill_workers
from suites.shared.measure import Clock, emit

_N_CLICKS = 6_400


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--kills", type=int, default=20)
    ask.add_argument("--seconds", type=float, default=60, help="at most, for the kills")
    ask.add_argument("--seed", type=int, default=7)
    arguments = ask.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        killed = kill_workers(
            Path(folder), kills=arguments.kills, seed=arguments.seed, seconds=arguments.seconds
        )
        emit(
            **{**asdict(killed), "problems": len(killed.problems)},
            **_speed(Path(folder) / "one.sqlite", batch=1),
            **_speed(Path(folder) / "many.sqlite", batch=64),
        )


def _speed(path: Path, *, batch: int) -> dict[str, float]:
    ledger = Ledger(path)
    ledger.deposit("advertiser", 10**9, reference="first", at_us=NOW_US)
    charges = [charge_of(n) for n in range(_N_CLICKS)]
    with Clock() as clock:
        for start in range(0, _N_CLICKS, batch):
            ledger.charge_clicks(charges[start : start + batch], at_us=NOW_US)
    ledger.close()
    return {
        f"clicks_per_cpu_s_by_{batch}": _N_CLICKS / clock.cpu_s,
        f"clicks_per_s_by_{batch}": _N_CLICKS / clock.wall_s,
    }


if __name__ == "__main__":
    main()
