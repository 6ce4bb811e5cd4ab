"""The independent exam as one call: seeds in, a report out."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.core import BadInput, Progress
from baihuo.exam.independent.grading import Tally
from baihuo.exam.independent.kinds import ALL, load_kinds
from baihuo.exam.independent.real import real_shop
from baihuo.exam.independent.report import HEADS, rows_of, sums_of, to_dict, write_report
from baihuo.exam.independent.run import (
    CHOOSING_SEEDS,
    FIRST_REPORTING_SEED,
    examine,
)
from baihuo.exam.independent.shop import clean_shop

EVENTS, PRODUCTS = 20_000, 3_000  # of a shop, unless told


@dataclass(frozen=True, slots=True)
class IndependentReport:
    """What was planted and found: ``body`` is ``independent.json``."""

    body: dict[str, Any]

    @property
    def heads(self) -> tuple[str, ...]:
        """Names of the columns of ``rows``."""
        return HEADS

    def rows(self) -> list[list[str]]:
        """A line for each kind of dirt."""
        return rows_of(self.body)

    def sums(self) -> list[tuple[str, str]]:
        """Name and text of each total."""
        return sums_of(self.body)

    def to_json(self) -> str:
        return json.dumps(self.body, ensure_ascii=False, indent=1) + "\n"

    def write(self, out: Path) -> None:
        """``independent.json`` and ``independent.html`` in the folder ``out``."""
        write_report(self.body, out)


def examine_independently(
    *,
    seeds: Iterable[int] = (1,),
    data: Path | None = None,
    kinds: Iterable[str] = (),
    kinds_folder: Path | None = None,
    n_events: int | None = None,
    n_products: int | None = None,
    progress: Progress = lambda task, done, of: None,
) -> IndependentReport:
    """Plant every kind of dirt, run ``baihuo check`` on the files, and grade what it writes.

    Args:
        seeds: 1 to 99 for choosing, 1000 and above for reporting; not both.
        data: A real file to plant in; none is a simulated shop.
        kinds: Only these, or all of a hand ("second"); none means all.
        kinds_folder: Rows of data to read them from; none means those of the package, or of its repository.

    Raises:
        BadInput: A seed is of neither range, a kind is unknown, or ``data`` is no file that the exam reads.
    """
    chosen = list(dict.fromkeys(seeds))
    _check_seeds(chosen)
    load_kinds(kinds_folder)
    only = kinds_of(kinds)
    sizes = {"events": n_events or EVENTS, "products": n_products or PRODUCTS}
    tally = Tally()
    for seed in chosen:
        shop = clean_shop(seed, **sizes) if data is None else real_shop(data, seed, **sizes)
        examine(shop, seed, tally, only=only, progress=progress)
    return IndependentReport(
        to_dict(tally, seeds=chosen, data=data.name if data else "simulated shop")
    )


def kinds_of(names: Iterable[str]) -> list[str]:
    """Names of kinds; the name of a hand stands for all of its kinds.

    Raises:
        BadInput: A name is neither.
    """
    hands: dict[str, list[str]] = {}
    for kind in ALL.values():
        hands.setdefault(kind.hand, []).append(kind.name)
    chosen: list[str] = []
    for name in names:
        if name not in ALL and name not in hands:
            near = difflib.get_close_matches(name, [*ALL, *hands], n=5, cutoff=0.5) or list(ALL)[:3]
            raise BadInput(
                f"--checks {name!r} is no kind of dirt and no hand of the independent exam",
                fix=f"for example {', '.join(near)}; a hand is one of {', '.join(hands)}, and "
                "the independent.json of a run without --checks lists all kinds",
            )
        chosen += hands.get(name, [name])
    return list(dict.fromkeys(chosen))


def _check_seeds(seeds: list[int]) -> None:
    for seed in seeds:
        if seed not in CHOOSING_SEEDS and seed < FIRST_REPORTING_SEED:
            raise BadInput(
                f"--seed {seed} is neither for choosing nor for reporting",
                fix=f"1 to 99 while you change something, {FIRST_REPORTING_SEED} or more for a figure to report",
            )
    if len({seed >= FIRST_REPORTING_SEED for seed in seeds}) > 1:
        raise BadInput(
            "--seed: some are for choosing and some for reporting",
            fix="give only seeds of 1 to 99, or only seeds of 1000 and more",
        )
