"""Whether what a visitor searched for before tells what they click next: click models with and without such columns.

    python bench/recent_searches.py --seed 7 --events 120000 --products 2000

A simulated shop is made, imported, checked and indexed; its pages become the columns that click models read, and to these come
columns of the visitor's searches before each page (never that of the page itself, nor others that say the same): the cosine of
the product's vector with the mean of the vectors of these searches, each in the space of its script, half after a week or
after an hour; with the last; the largest with any; hours since the last. Models are fitted on the first 75% of the pages with
and without them, and their orders compared on the other 25%. One JSON line a row and surface:

clicks      nDCG@10 by clicks, carts and purchases of these pages, gain over the default columns, 95% paired over visitors
true        the same by the simulator's P(click, once looked at), of the products that were shown
log_loss    nats a row by which P(click) is better

`other seeds` and `noise` add nothing: what they show is chance.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import ShopPaths
from baihuo.engine import DuckTables
from baihuo.evaluate import paired_bootstrap
from baihuo.train import ClickSource, ClickTraining, click_data
from baihuo.train.clicks.data import ClickData
from baihuo.train.clicks.fit import ExampleRows
from suites.recent_searches.columns import COLUMNS, columns_of
from suites.recent_searches.fitting import page_values, true_attraction
from suites.recent_searches.history import PastSearches
from suites.shared.measure import Clock, emit
from suites.shared.shop import simulated_index

N_NOISE = 4


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument("--events", type=int, default=120_000)
    ask.add_argument("--products", type=int, default=2_000)
    ask.add_argument("--fits", type=int, default=3, help="seeds averaged over, a row")
    ask.add_argument("--rows", help="only these variants, with commas (default: all)")
    ask.add_argument("--work", type=Path, help="keep the simulated shop here")
    arguments = ask.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-searches-") as folder:
        measure(arguments.work or Path(folder), arguments)


def measure(work: Path, arguments: argparse.Namespace) -> None:
    """From the shop to one line a variant and surface."""
    data, more, seconds = _data(work, arguments)
    config = ClickTraining(seed=arguments.seed, test_share=0.25)
    noise = np.random.default_rng(arguments.seed).normal(size=(len(more), N_NOISE))
    columns = (*data.columns, *COLUMNS, *(f"noise_{i}" for i in range(N_NOISE)))
    matrix = np.concatenate([data.rows.matrix, more, noise.astype(np.float32)], axis=1)
    rows = replace(data.rows, matrix=matrix)
    parts = [rows.take(data.part(name)) for name in ("train", "validation", "test")]
    test = parts[2]
    ids = np.array(data.examples.column("event_id").to_pylist())[data.part("test")].tolist()
    liked = true_attraction(work / "shop" / "truth" / "clicks.parquet", ids)
    wanted = set(arguments.rows.split(",")) if arguments.rows else None
    base: dict[str, NDArray[np.float64]] = {}
    for name, added, shift in _variants(columns[-N_NOISE:]):
        if base and wanted is not None and name not in wanted:
            continue
        seeds = [arguments.seed + shift + i for i in range(arguments.fits)]
        print(name, file=sys.stderr, flush=True)
        values = page_values(
            parts, columns, (*data.columns, *added), liked, config=config, seeds=seeds
        )
        base = base or values
        known = float((~np.isnan(more[data.part("test"), 0])).mean())
        _report(
            name,
            values,
            base,
            test,
            seed=arguments.seed,
            has_clicked=~np.isnan(test.matrix[:, columns.index("taste_clicked")]),
            known=known,
            columns_cpu_s=seconds,
        )


def _data(
    work: Path, arguments: argparse.Namespace
) -> tuple[ClickData, NDArray[np.float32], float]:
    paths, tables = ShopPaths(work), DuckTables(threads=1)
    generation = simulated_index(
        paths,
        seed=arguments.seed,
        n_products=arguments.products,
        n_events=arguments.events,
        tables=tables,
    )
    source = ClickSource(
        tables=tables,
        events=paths.clean / "events",
        products=paths.clean / "products.parquet",
        generation=generation,
    )
    config = ClickTraining(seed=arguments.seed, test_share=0.25)
    data = click_data(source, out=paths.features, config=config)
    with Clock() as clock:
        more = columns_of(data, PastSearches.read(tables, paths.clean / "events"), generation)
    return data, more, clock.cpu_s


def _variants(noise: tuple[str, ...]) -> list[tuple[str, tuple[str, ...], int]]:
    """Name, added columns, and how far other seeds are away."""
    return [
        ("default", (), 0),
        ("other seeds", (), 1000),
        ("noise", noise, 0),
        ("all", COLUMNS, 0),
        *((name, (name,), 0) for name in COLUMNS),
    ]


def _slices(
    test: ExampleRows, has_clicked: NDArray[np.bool_]
) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Surface, sort of visitors, and which test rows these are."""
    for surface in ("home", "similar", "search"):
        of_surface = test.surface == surface
        yield surface, "all", of_surface
        yield surface, "without a click before", of_surface & ~has_clicked


def _report(
    name: str,
    values: dict[str, NDArray[np.float64]],
    base: dict[str, NDArray[np.float64]],
    test: Any,
    **more: Any,
) -> None:
    seed, has_clicked = more.pop("seed"), more.pop("has_clicked")
    _, first = np.unique(test.page, return_index=True)
    for surface, visitors_of, of_row in _slices(test, has_clicked):
        of_page = of_row[first]
        if not of_page.any():
            continue
        line: dict[str, Any] = {"row": name, "surface": surface, "visitors": visitors_of}
        for measure_name, mask, visitors in (
            ("clicks", of_page, test.visitor[first]),
            ("true", of_page, test.visitor[first]),
            ("log_loss", of_row, test.visitor),
        ):
            ours, theirs = values[measure_name][mask], base[measure_name][mask]
            if values is base:
                line[measure_name] = float(np.nanmean(ours))
                continue
            if measure_name == "log_loss":
                ours, theirs = theirs, ours
            gained = paired_bootstrap(ours, theirs, seed=seed, clusters=visitors[mask])
            line[measure_name] = {k: round(v, 5) for k, v in gained.to_json().items()}
        if values is base:
            line |= {"n_pages": int(of_page.sum()), **more}
        emit(**line)


if __name__ == "__main__":
    main()
