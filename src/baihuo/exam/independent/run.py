"""The whole exam: a clean copy, copies with dirt, the product's line over each, and the counts.

Seeds for choosing (which may be looked at while checks or this exam are changed) are 1 to 99. Seeds for reporting
are 1000 and above: they are run once a change, and no example of theirs is ever shown.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from baihuo.core import Progress
from baihuo.dirt import Dataset, Shop
from baihuo.exam.independent.grading import Tally, grade_clean, grade_round
from baihuo.exam.independent.kinds import ALL, load_kinds
from baihuo.exam.independent.line import Output, run_line
from baihuo.exam.independent.rounds import plant_all

CHOOSING_SEEDS = range(1, 100)
FIRST_REPORTING_SEED = 1000
MOST_AT_ONCE = 2  # checks: each takes half a gigabyte


def is_for_reporting(seed: int) -> bool:
    return seed >= FIRST_REPORTING_SEED


def examine(
    shop: Shop,
    seed: int,
    tally: Tally,
    *,
    only: Iterable[str] = (),
    progress: Progress = lambda task, done, of: None,
) -> Tally:
    """Add one seed's exam on one shop to ``tally``. ``progress`` gets which stage it is at."""
    if not ALL:
        load_kinds()
    stage = f"seed {seed}: "
    before_s = children_cpu_s()
    with tempfile.TemporaryDirectory(prefix="baihuo-exam-") as folder:
        progress(f"{stage}clean copy checked", 0, 1)
        clean = run_line(shop, Path(folder) / "clean")
        touched = grade_clean(tally, shop, clean)
        progress(f"{stage}clean copy checked", 1, 1)
        beds = plant_all(
            shop,
            seed,
            only=only,
            avoid=touched if shop.is_real else (),
            progress=functools.partial(progress, f"{stage}kinds planted"),
        )
        progress(f"{stage}copies checked", 0, len(beds))
        for n, (bed, output) in enumerate(checked(beds, Path(folder)), 1):
            grade_round(tally, bed, output, clean, shop)
            progress(f"{stage}copies checked", n, len(beds))
    tally.seconds += children_cpu_s() - before_s
    return tally


def checked(beds: list[Dataset], folder: Path) -> Iterator[tuple[Dataset, Output]]:
    """Each copy with what the check of its files wrote, in order; two checks run at a time where there are cores."""
    n_at_once = min(MOST_AT_ONCE, n_cores())
    pool = ThreadPoolExecutor(max_workers=n_at_once)
    begun: deque[tuple[Dataset, Future[Output]]] = (
        deque()
    )  # no more, so that few answers are in memory
    try:
        for n, bed in enumerate(beds):
            begun.append((bed, pool.submit(_check_copy, bed.shop, folder / f"round{n}")))
            if len(begun) > n_at_once:
                yield _ended(begun)
        while begun:
            yield _ended(begun)
    finally:
        pool.shutdown(cancel_futures=True)


def _ended(begun: deque[tuple[Dataset, Future[Output]]]) -> tuple[Dataset, Output]:
    bed, future = begun.popleft()
    return bed, future.result()


def _check_copy(shop: Shop, folder: Path) -> Output:
    try:
        return run_line(shop, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def n_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def children_cpu_s() -> float:
    """Seconds of CPU of all processes that this one started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system
