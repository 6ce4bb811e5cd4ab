"""The whole exam: a clean copy, copies with dirt, the product's line over each, and the counts.

Seeds for choosing (which may be looked at while checks or this exam are changed) are 1 to 99. Seeds for reporting
are 1000 and above: they are run once a change, and no example of theirs is ever shown.
"""

from __future__ import annotations

import importlib
import pkgutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from baihuo.exam.independent import dirt
from baihuo.exam.independent.grading import Tally, grade_clean, grade_round
from baihuo.exam.independent.line import run_line
from baihuo.exam.independent.rounds import plant_all
from baihuo.exam.independent.rows import Shop

CHOOSING_SEEDS = range(1, 100)
FIRST_REPORTING_SEED = 1000


def is_for_reporting(seed: int) -> bool:
    return seed >= FIRST_REPORTING_SEED


def load_kinds() -> None:
    """Import every file of dirt, which registers its kinds; a folder holds those of a later hand."""
    for found in pkgutil.walk_packages(dirt.__path__, f"{dirt.__name__}."):
        importlib.import_module(found.name)


def examine(
    shop: Shop,
    seed: int,
    tally: Tally,
    *,
    only: Iterable[str] = (),
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Tally:
    """Add one seed's exam on one shop to ``tally``. ``progress`` gets (runs done, runs in all)."""
    load_kinds()
    with tempfile.TemporaryDirectory(prefix="baihuo-exam-") as folder:
        clean = run_line(shop, Path(folder) / "clean")
        touched = grade_clean(tally, shop, clean)
        beds = plant_all(shop, seed, only=only, avoid=touched if shop.is_real else ())
        progress(1, len(beds) + 1)
        for n, bed in enumerate(beds, 1):
            output = run_line(bed.shop, Path(folder) / f"round{n}")
            grade_round(tally, bed, output, clean)
            progress(n + 1, len(beds) + 1)
    return tally
