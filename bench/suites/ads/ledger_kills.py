"""Two processes that charge the same campaigns and are killed at random moments, and a count of their ledger by plain SQL."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from baihuo.ads.ledger import CampaignDay, ClickCharge, ImpressionCharge, Ledger

NOW_US = 1_796_256_000_000_000
BUDGETS = {"small": (200, None), "days": (3_000, 7_000), "large": (None, 10**9)}
_DEPOSIT_MINOR = 10**10
_WORK = "from suites.ads.ledger_kills import work; work()"


@dataclass(frozen=True)
class Killed:
    """What was left after the kills."""

    kills: int
    clicks: int  # distinct ids that were sent
    acknowledged: int
    charged: int  # clicks in the ledger
    lost: int  # acknowledged, and not in the ledger
    doubles: int  # ids in the ledger more than once, or charged other than acknowledged
    limited: int  # clicks in the ledger that found less left than their price
    overspend_minor: int  # beyond a budget, all campaigns and days
    problems: tuple[str, ...]  # of the ledger's own check


def charge_of(number: int) -> ClickCharge:
    """The click of a number, the same in every process: campaigns and days in turns, prices of 1 to 90."""
    dice = random.Random(number)
    return ClickCharge(
        click_id=f"page{number}:1",
        on=_campaign(dice),
        campaign_version=1,
        product_id="p",
        price_minor=dice.randint(1, 90),
    )


def work() -> None:
    """Charge the clicks of this worker, beginning where its acknowledgements end; each fifth is the other worker's, sent twice."""
    path, acknowledged, number, seed = sys.argv[1:5]
    ledger = Ledger(Path(path))
    first = 1 + max(_acknowledged(Path(acknowledged)), default=-1)
    with Path(acknowledged).open("a", buffering=1) as file:
        for n in range(max(first - 10, 0), 10**9):  # the last ones again, as a client would
            other = n % 5 == 0
            if (n + int(number)) % 2 and not other:
                continue
            receipt = ledger.charge_click(charge_of(int(seed) * 10**8 + n), at_us=NOW_US + n)
            file.write(f"{n} {receipt.charged_minor}\n")
            if n % 4 == 0:
                view = ImpressionCharge(
                    auction_id=f"a{n}",
                    slot=1,
                    on=_campaign(random.Random(n)),
                    price_thousandths=777,
                )
                ledger.charge_impressions([view], at_us=NOW_US + n)


def kill_workers(folder: Path, *, kills: int, seed: int, seconds: float) -> Killed:
    """Kill one of two workers at random moments until ``kills`` or ``seconds`` are over, and count."""
    path, dice = folder / "ledger.sqlite", random.Random(seed)
    ledger = Ledger(path)
    ledger.deposit("advertiser", _DEPOSIT_MINOR, reference="first", at_us=NOW_US)
    acks = [folder / f"acknowledged{n}" for n in range(2)]
    processes = [_start(path, acks[n], n, seed) for n in range(2)]
    n_killed, ends_at = 0, time.monotonic() + seconds
    try:
        while n_killed < kills and time.monotonic() < ends_at:
            victim = dice.randrange(2)
            before = acks[victim].stat().st_size if acks[victim].exists() else 0
            while time.monotonic() < ends_at and processes[victim].poll() is None:
                if acks[victim].exists() and acks[victim].stat().st_size > before:
                    break  # it works
                time.sleep(0.005)
            time.sleep(dice.uniform(0, 0.05))
            processes[victim].send_signal(signal.SIGKILL)
            processes[victim].wait()
            n_killed += 1
            processes[victim] = _start(path, acks[victim], victim, seed)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    problems = tuple(ledger.check())
    ledger.close()
    return _count(path, acks, n_killed, seed, problems)


def _campaign(dice: random.Random) -> CampaignDay:
    campaign_id = dice.choice(sorted(BUDGETS))
    of_day, of_all = BUDGETS[campaign_id]
    return CampaignDay(
        campaign_id=campaign_id,
        advertiser_id="advertiser",
        day=dice.choice(["2026-12-03", "2026-12-04", "2026-12-05"]),
        budget_day_minor=of_day,
        budget_total_minor=of_all,
    )


def _start(path: Path, acknowledged: Path, number: int, seed: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _WORK, str(path), str(acknowledged), str(number), str(seed)]
    modules = os.pathsep.join(p for p in sys.path if p)
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": modules})


def _acknowledged(path: Path) -> dict[int, int]:
    """Click → charge. A line that a killed process left unfinished is none."""
    if not path.exists():
        return {}
    lines = path.read_text().split("\n")[:-1]
    return {int(n): int(charge) for n, charge in (line.split(" ") for line in lines)}


def _count(
    path: Path, acks: list[Path], kills: int, seed: int, problems: tuple[str, ...]
) -> Killed:
    """From the entries alone, without the running sums and the code of the ledger."""
    file = sqlite3.connect(path)
    stored = Counter(
        k for (k,) in file.execute("SELECT key FROM transactions WHERE kind = 'click'")
    )
    paid = dict(
        file.execute(
            "SELECT key, sum(amount_minor) FROM transactions JOIN entries USING (seq) "
            "WHERE kind = 'click' AND account = 'advertiser:advertiser:prepaid' GROUP BY key"
        ).fetchall()
    )
    (limited,) = file.execute("SELECT count(limited_by) FROM clicks").fetchone()
    receipts = [
        (charge_of(seed * 10**8 + n), charge)
        for ack in acks
        for n, charge in _acknowledged(ack).items()
    ]
    of_day: Counter[tuple[str, str]] = Counter()
    of_all: Counter[str] = Counter()
    for campaign_id, day, amount in file.execute(
        "SELECT campaign_id, day, entries.amount_minor FROM spending JOIN entries USING (seq) "
        "WHERE account = 'advertiser:advertiser:prepaid'"
    ):
        of_day[campaign_id, day] += amount
        of_all[campaign_id] += amount
    file.close()
    over = [spent - (BUDGETS[c][0] or spent) for (c, _), spent in of_day.items()]
    over += [spent - (BUDGETS[c][1] or spent) for c, spent in of_all.items()]
    return Killed(
        kills=kills,
        clicks=len({c.click_id for c, _ in receipts} | set(stored)),
        acknowledged=len({c.click_id for c, _ in receipts}),
        charged=len(stored),
        lost=len({c.click_id for c, _ in receipts} - set(stored)),
        doubles=sum(n > 1 for n in stored.values())
        + sum(paid.get(c.click_id, 0) != charge for c, charge in receipts),
        limited=limited,
        overspend_minor=sum(max(one, 0) for one in over),
        problems=problems,
    )
