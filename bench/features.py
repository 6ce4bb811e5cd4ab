"""What each line of a features file adds: to the click models of a simulated shop, to the purchase ranker of real orders.

    python bench/features.py --seed 7                                  a simulated shop, made and trained here
    python bench/features.py --retail online_retail_dir                the last six weeks of real purchases

One JSON line a row: gains with (above 0 is better) less without, 95% paired bootstrap over visitors. ``control`` rows
add nothing or noise: what they show is chance.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from baihuo.connect import data_files
from baihuo.core import ShopPaths
from baihuo.engine import DuckTables
from baihuo.features.spec.file import example_features, read_features_file
from baihuo.privacy import column_mask
from baihuo.train import ClickSource, ClickTraining, click_data
from baihuo.train.purchases.baskets import read_baskets
from baihuo.train.purchases.learn import PurchaseTraining
from baihuo.train.reports.features import feature_report
from suites.features.purchases import last_weeks_from, purchase_feature_report
from suites.shared.measure import Clock, emit, peak_mb
from suites.shared.shop import import_and_clean, simulated_index


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--events", type=int, default=300_000, help="of the simulated shop")
    parser.add_argument("--products", type=int, default=3_000, help="of the simulated shop")
    parser.add_argument("--fits", type=int, default=3, help="seeds averaged over, a row")
    parser.add_argument("--file", type=Path, help="a features.yaml (default: a line of every kind)")
    parser.add_argument("--retail", type=Path, help="a folder of online_retail, instead")
    parser.add_argument("--work", type=Path, help="keep the simulated shop here")
    arguments = parser.parse_args()
    if arguments.retail:
        retail(arguments.retail, arguments)
    elif arguments.work:
        simulated(arguments.work, arguments)
    else:
        with tempfile.TemporaryDirectory(prefix="baihuo-features-") as folder:
            simulated(Path(folder), arguments)


def retail(data: Path, arguments: argparse.Namespace) -> None:
    """Real orders: learn before the last six weeks, judge on them."""
    tables = DuckTables(threads=2)
    with tempfile.TemporaryDirectory(prefix="baihuo-features-") as folder, Clock() as clock:
        paths = ShopPaths(Path(folder))
        import_and_clean(
            paths,
            data_files([data]),
            tables=tables,
            mask=column_mask(bytes(32)),
            format="online_retail",
        ).raise_if_stopped()
        named = read_baskets(
            tables, events=paths.clean / "events", products=paths.clean / "products.parquet"
        )
        base, gains = purchase_feature_report(
            named.baskets,
            test_from_us=last_weeks_from(named.baskets),
            titles=named.titles,
            training=PurchaseTraining(seed=arguments.seed),
            n_seeds=arguments.fits,
            progress=_show,
        )
    same = {"log": "online_retail", "split": "last six weeks"}
    emit(**same, row="default", kind="base", **base, cpu_s=clock.cpu_s, peak_mb=peak_mb())
    for gain in gains:
        row = {k: _short(v) for k, v in asdict(gain).items()}
        emit(**same, row=row.pop("name"), **row)


def _show(what: str, n_done: int, n_total: int) -> None:
    """Each new thing on standard error."""
    if n_done == 0 or "with" in what:
        print(what, file=sys.stderr, flush=True)


def simulated(work: Path, arguments: argparse.Namespace) -> None:
    """The line up to the columns, then models with and without each line of the file."""
    paths, tables = ShopPaths(work), DuckTables(threads=2)
    generation = simulated_index(
        paths,
        seed=arguments.seed,
        n_products=arguments.products,
        n_events=arguments.events,
        tables=tables,
        progress=_show,
    )
    file = read_features_file(arguments.file) if arguments.file else example_features()
    config = ClickTraining(seed=arguments.seed, test_share=0.25)
    with Clock() as columns:
        source = ClickSource(
            tables=tables,
            events=paths.clean / "events",
            products=paths.clean / "products.parquet",
            generation=generation,
        )
        data = click_data(
            source,
            out=paths.features,
            declared=file,
            config=config,
            progress=_show,
        )
    with Clock() as fits:
        report = feature_report(data, file, config=config, n_seeds=arguments.fits, progress=_show)
    same: dict[str, Any] = {
        "log": f"simulated shop, seed {arguments.seed}",
        "split": "time 60/15/25",
    }
    emit(
        **same,
        row="default",
        kind="base",
        **report.base,
        n_train=report.n_train,
        n_test=report.n_test,
        n_test_clicks=report.n_test_clicks,
        columns_cpu_s=columns.cpu_s,
        fits_cpu_s=fits.cpu_s,
        peak_mb=peak_mb(),
    )
    for row in report.to_json()["rows"]:
        emit(**same, row=row.pop("name"), **{k: _short(v) for k, v in row.items()})


def _short(value: Any) -> Any:
    return {k: round(v, 5) for k, v in value.items()} if isinstance(value, dict) else value


if __name__ == "__main__":
    main()
