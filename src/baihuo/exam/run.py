"""The exam: a clean copy of a shop, copies with dirt, ``baihuo check`` over each as a user runs it, and the counts.

Dirt goes into a simulated shop, a real file, or a shop's own rows. Of the first two, seeds 1 to 99 are for choosing (which may be
looked at while checks or this exam are changed); seeds of 1000 and above are for reporting: they are run once a change, and no
example of theirs is ever shown.
"""

from __future__ import annotations

import functools
import os
import random
import re
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from baihuo.core import BadInput, Progress, no_progress
from baihuo.dirt import EVENTS, PRODUCTS, Dataset, Key, Kind, NoRoom, Shop, Unfit, plant
from baihuo.exam.grading import Tally, found_by, grade_clean, grade_round
from baihuo.exam.kinds import ALL, OWN, kinds_of, load_kinds
from baihuo.exam.line import CheckOptions, Output, run_line
from baihuo.exam.real import real_shop
from baihuo.exam.report import CheckLike, ExamReport, to_dict
from baihuo.exam.shop import clean_shop

CHOOSING_SEEDS = range(1, 100)
FIRST_REPORTING_SEED = 1000
N_EVENTS, N_PRODUCTS = 20_000, 3_000  # of a simulated shop or a real file
MOST_AT_ONCE = 2  # checks: each takes half a gigabyte
MOST_DIRT = {EVENTS: 0.12, PRODUCTS: 0.3}  # of a copy's rows, for kinds that spread over rows
# Of a shop's own rows: a kind goes into one row of so many (from 3 to 30), for what stands in every tenth row is how that shop
# works; and a seed has so many copies, each of which is checked.
ROWS_A_CASE = {EVENTS: 500, PRODUCTS: 100}
FEWEST_CASES = 3
COPIES = 2  # at most
KINDS_A_CHECK = 1  # of the hands, drawn by the seed, in addition to those of the authors


def examine(
    own: Shop | None = None,
    *,
    data: Path | None = None,
    seeds: Iterable[int] = (1,),
    names: Iterable[str] = (),
    checks: Sequence[CheckLike] = (),
    kinds_folder: Path | None = None,
    n_events: int | None = None,
    n_products: int | None = None,
    n_each: int | None = None,
    options: CheckOptions | None = None,
    progress: Progress = no_progress,
) -> ExamReport:
    """Plant kinds of dirt, run ``baihuo check`` on the files, and grade what it writes. Return the report.

    Args:
        own: rows to plant in, as :func:`baihuo.exam.own_shop` gives them; they stay as they are.
        data: instead a real file; without both a shop is simulated.
        seeds: each draws other rows, values and, of a shop's own rows, kinds.
        names: of kinds, hands, checks and steps; none: of a shop's own rows each check's kind by its authors and one more, else all
            kinds but those of the authors.
        checks: those that the report is by.
        kinds_folder: rows of data to read kinds from; None: those of the package, or of its repository.
        n_events: of a simulated shop or a real file, as ``n_products``.
        n_each: rows (or groups) that each kind goes into; None: what the kind says, of a shop's own rows fewer.
        options: how the checks are run.

    Raises:
        BadInput: a seed is of neither range, a name is unknown, or ``data`` is not a file that the exam reads.
        ShopError: the checks ended without results.
    """
    chosen = list(dict.fromkeys(seeds))
    if own is None:
        _check_seeds(chosen)
    load_kinds(kinds_folder)
    steps = {check.name: check.step for check in checks}
    names, tally, clean = list(names), Tally(), None
    named = kinds_of(names, steps, kinds_first=own is None)
    only = {check for check, step in steps.items() if {check, step} & set(names) - set(ALL)}
    only = only or {check for kind in named for check in kind.checks}
    asked = [check for check in checks if not names or check.name in only]
    sizes = {"events": n_events or N_EVENTS, "products": n_products or N_PRODUCTS}
    for seed in chosen:
        if own is not None:
            kinds = (
                [_sized(kind, own, n_each) for kind in fitting(own, named)]
                if names
                else drawn_kinds(own, seed, n_each=n_each)
            )
            clean = _examine_seed(own, seed, kinds, tally, clean, COPIES, options, progress)
            continue
        shop = clean_shop(seed, **sizes) if data is None else real_shop(data, seed, **sizes)
        kinds = (
            named
            if names
            else [k for k in ALL.values() if k.hand != OWN or kinds_folder is not None]
        )
        kinds = [sized(k, n_each) for k in kinds] if n_each else kinds
        _examine_seed(shop, seed, kinds, tally, None, None, options, progress)
    where = "own rows" if own is not None else data.name if data else "simulated shop"
    is_shown = own is not None or not any(map(is_for_reporting, chosen))
    reasons = {c.name: reason_for(c, own or shop, tally) for c in asked}
    return ExamReport(
        to_dict(
            tally,
            exam="independent" if own is None else "own rows",
            seeds=chosen,
            data=where,
            is_shown=is_shown,
            checks=asked,
            reasons=reasons,
        )
    )


def _examine_seed(
    shop: Shop,
    seed: int,
    kinds: list[Kind],
    tally: Tally,
    clean: Output | None,
    most: int | None,
    options: CheckOptions | None,
    progress: Progress,
) -> Output:
    """Add one seed's exam on one shop to ``tally``; return what its clean copy gave, unless that is known."""
    stage = f"seed {seed}: "
    before_s = children_cpu_s()
    with tempfile.TemporaryDirectory(prefix="baihuo-exam-") as folder:
        if clean is None:
            progress(f"{stage}clean copy checked", 0, 1)
            clean = run_line(shop, Path(folder) / "clean", options)
            grade_clean(tally, shop, clean)
            progress(f"{stage}clean copy checked", 1, 1)
        touched = {f.key for f in clean.findings if f.key is not None}
        copies = plant_all(
            shop,
            seed,
            kinds,
            avoid=touched if shop.is_real else (),
            most=most,
            progress=functools.partial(progress, f"{stage}kinds planted"),
        )
        progress(f"{stage}copies checked", 0, len(copies))
        for n, (copy, output) in enumerate(checked(copies, Path(folder), options), 1):
            grade_round(tally, copy, output, clean, shop)
            progress(f"{stage}copies checked", n, len(copies))
    tally.seconds += children_cpu_s() - before_s
    return clean


def checked(
    copies: list[Dataset], folder: Path, options: CheckOptions | None = None
) -> Iterator[tuple[Dataset, Output]]:
    """Each copy with what the check of its files wrote, in order; two checks run at a time where there are cores."""
    n_at_once = min(MOST_AT_ONCE, n_cores())
    pool = ThreadPoolExecutor(max_workers=n_at_once)
    begun: deque[tuple[Dataset, Future[Output]]] = (
        deque()
    )  # no more, so that few answers are in memory

    def check_copy(shop: Shop, folder: Path) -> Output:
        try:
            return run_line(shop, folder, options)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def ended() -> tuple[Dataset, Output]:
        copy, future = begun.popleft()
        return copy, future.result()

    try:
        for n, copy in enumerate(copies):
            begun.append((copy, pool.submit(check_copy, copy.shop, folder / f"round{n}")))
            if len(begun) > n_at_once:
                yield ended()
        while begun:
            yield ended()
    finally:
        pool.shutdown(cancel_futures=True)


def n_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def children_cpu_s() -> float:
    """Seconds of CPU of all processes that this one started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def is_for_reporting(seed: int) -> bool:
    return seed >= FIRST_REPORTING_SEED


def _check_seeds(seeds: list[int]) -> None:
    for seed in seeds:
        if seed not in CHOOSING_SEEDS and not is_for_reporting(seed):
            raise BadInput(
                f"--seed {seed} is neither for choosing nor for reporting",
                fix=f"1 to 99 while you change something, {FIRST_REPORTING_SEED} or more for a figure to report",
            )
    if len(set(map(is_for_reporting, seeds))) > 1:
        raise BadInput(
            "--seed: some are for choosing and some for reporting",
            fix="give only seeds of 1 to 99, or only seeds of 1000 and more",
        )


# Which kinds go into a shop's own rows, and why a check is not examined on them.


def drawn_kinds(shop: Shop, seed: int, *, n_each: int | None = None) -> list[Kind]:
    """Return for each check the kinds of its authors and some of the hands, as far as the rows could hold them, each for ``n_each`` rows (groups).

    ``n_each``: None: one in 500 events or 100 products, from 3 to what the kind says.
    """
    if not ALL:
        load_kinds()
    rng, chosen = random.Random(f"kinds {seed}"), set[str]()
    # what prepares sound rows first would do so in all of the shop
    kinds = [kind for kind in fitting(shop, ALL.values()) if "prepare" not in kind.row]
    for check in sorted({check for kind in kinds for check in kind.checks}):
        of_check = [kind.name for kind in kinds if check in kind.checks and kind.hand != OWN]
        chosen.update(rng.sample(of_check, min(KINDS_A_CHECK, len(of_check))))
    drawn = [k for k in kinds if k.name in chosen or k.hand == OWN]
    one_of_group = {k.group or k.name: k.name for k in rng.sample(drawn, len(drawn))}
    return [_sized(k, shop, n_each) for k in drawn if one_of_group[k.group or k.name] == k.name]


def _sized(kind: Kind, shop: Shop, n_each: int | None) -> Kind:
    usual = max(FEWEST_CASES, len(shop.table(kind.table)) // ROWS_A_CASE[kind.table])
    return sized(kind, n_each or min(kind.cases, usual))


def sized(kind: Kind, cases: int) -> Kind:
    """Return the kind for so many rows, or groups of rows."""
    take = {"take": min(kind.row["take"], cases)} if "take" in kind.row else {}
    return replace(kind, cases=cases, row=kind.row | take)


def fitting(shop: Shop, kinds: Iterable[Kind]) -> list[Kind]:
    """Return the kinds for which the shop has the columns and types of event: the rows need no look for the others."""
    columns: dict[str, set[str]] = {EVENTS: set(), PRODUCTS: set()}
    for row in (*shop.events, *shop.products):
        columns[row.key[0]].update(row.values)
    types = {str(row.values.get("event_type")) for row in shop.events}
    return [k for k in kinds if _could_hold(k, columns[k.table], types, bool(shop.pictures))]


def _could_hold(kind: Kind, columns: set[str], types: set[str], has_pictures: bool) -> bool:
    row = kind.row
    wanted = row.get("events") or row.get("pick") or row.get("each") or []
    if not columns or (wanted and not types & set([wanted] if isinstance(wanted, str) else wanted)):
        return False
    if "picture" in row and not has_pictures:
        return False
    group = {"page": ["query_id"], "visit": ["session_id"]}.get(str(row.get("rows")), [])
    first = [path for path in list(row.get("set", {}))[:1] if not row.get("new")]
    where = row.get("where", {})
    asked = [path for path, held in where.items() if held is True and path != "is"]
    needed = {path.partition(".")[0] for path in (*group, *first, *asked)} & _KNOWN[kind.table]
    return needed <= columns


_KNOWN = {
    EVENTS: frozenset(
        "visitor_id session_id query_id query_text product_id variant_id position propensity price currency quantity rating text "
        "order_id dwell_ms country language platform device surface consent_analytics consent_personalization".split()
    ),
    PRODUCTS: frozenset(
        "title_en title_zh description_en description_zh brand model category codes price currency stock_units attributes variants "
        "images released_at_us updated_at_us".split()
    ),
}


def reason_for(check: CheckLike, shop: Shop, tally: Tally) -> str:
    """Say in words why no case was planted for a check; empty of a check that was examined."""
    if found_by(tally, check.name)[1]:
        return ""
    if not shop.table(check.on):
        return f"no {check.on}"
    for words in tally.not_checked:
        names, _, why = words.partition(": ")
        if why and {check.name, check.step} & set(re.findall(r"\w+", names)):
            return f"not checked: {why}"
    of_check = [kind for kind in ALL.values() if check.name in kind.checks]
    if not of_check:
        return "no kind of dirt for it yet" if check.step != "own" else "a check of your own"
    if any(kind.name in tally.scores for kind in of_check):
        return "other checks, or the import, took every row with its dirt"
    words = " or ".join(f"“{kind.words}”" for kind in (of_check[-1], *of_check[:-1])[:2])
    return f"no rows, or too few, for {words}"


# Which kinds share a copy of the shop: as many as leave most of it clean.


def plant_all(
    shop: Shop,
    seed: int,
    kinds: Iterable[Kind],
    *,
    avoid: Iterable[Key] = (),
    most: int | None = None,
    share: Mapping[str, float] = MOST_DIRT,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> list[Dataset]:
    """Return copies of the shop with dirt in them; each kind is in at most one.

    Args:
        avoid: rows that get no dirt, for the checks touched them as they came.
        most: copies; what finds no room in them is left out. None: as many as are needed.
        share: of a copy's rows, by table, that may be dirty.
        progress: gets kinds planted and kinds in all.
    """
    chosen, avoid = in_order(list(kinds)), list(avoid)
    if (
        most is not None
    ):  # what needs whole visits goes first, while there are clean ones; lost hours last, so that they stay empty
        chosen.sort(key=lambda k: (k.table == PRODUCTS or "rows" not in k.row) + ("lose" in k.row))
    copies: list[Dataset] = []
    groups: list[set[str]] = []
    for n_planted, kind in enumerate(chosen):
        progress(n_planted, len(chosen))
        for n in range(len(copies) + 1):
            if n == len(copies):
                if n == most:
                    break
                copies.append(Dataset(shop.copy(), f"dirt {seed} {n}", avoid=avoid))
                groups.append(set())
            elif kind.group in groups[n] or is_full(
                copies[n], kind, share, is_limited=most is not None
            ):
                continue
            if most is not None:  # what a kind draws does not depend on the others
                copies[n].rng = random.Random(f"dirt {seed} {kind.name}")
            if _planted(copies[n], kind, is_limited=most is not None):
                groups[n] |= {kind.group} - {""}
                break
            if most is not None:
                break
        if copies and not copies[-1].cases:  # the shop has no row that this could be in
            copies.pop()
            groups.pop()
    for copy in copies if most is not None else ():
        left = {row.key for row in (*copy.shop.events, *copy.shop.products)}
        copy.cases = [case for case in copy.cases if not case.rows or left.intersection(case.rows)]
    progress(len(chosen), len(chosen))
    return copies


def in_order(kinds: list[Kind]) -> list[Kind]:
    """What cannot share a copy goes first; listings go before events, which stay away from dirty ones.

    Kinds of one subject are like each other, so they are dealt out: a copy with every sort of wrong price in it
    would be a shop without prices, in which nothing is usual.
    """
    n_of_subject: Counter[tuple[str, str]] = Counter()
    places: dict[str, tuple[bool, bool, int]] = {}
    for kind in kinds:
        like = kind.hand, kind.subject
        n_of_subject[like] += 1
        places[kind.name] = kind.group == "", kind.table == EVENTS, n_of_subject[like]
    return sorted(kinds, key=lambda kind: places[kind.name])


def _planted(copy: Dataset, kind: Kind, *, is_limited: bool) -> bool:
    """Whether there was room. In an empty copy, and where copies are few, there always is: then it is all that the shop has."""
    copy.is_first, n_added = is_limited or not copy.cases, copy.n_added[EVENTS]
    copy.is_table_clean = not any(table == kind.table for c in copy.cases for table, _ in c.rows)
    # rows of others may lack what a kind takes for granted
    unfit = (Unfit, LookupError, TypeError, ValueError, AttributeError) if copy.shop.is_real else ()
    try:
        plant(copy, kind)
    except (NoRoom, *unfit):
        return False
    if copy.n_added[EVENTS] != n_added:
        copy.shop.events.sort(key=lambda r: copy.arrived(r))
    return True


def is_full(
    copy: Dataset, kind: Kind, share: Mapping[str, float], *, is_limited: bool = False
) -> bool:
    """Whether the copy has enough dirt. Where copies are few, rows that were added (a bot's clicks) leave room for others, and are few enough."""
    n_rows, n_added = max(1, len(copy.shop.table(kind.table))), copy.n_added[kind.table]
    n_dirty = copy.n_dirty[kind.table] - (n_added if is_limited else 0)
    too_many = (
        is_limited and {"visits", "by"} & set(kind.row) and n_added > 2.5 * share[EVENTS] * n_rows
    )
    return bool(too_many) or n_dirty + kind.cases > share[kind.table] * n_rows
