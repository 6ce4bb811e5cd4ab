"""What customers buy next: ours beside popularity, own purchases, item kNN and EASE.

Both files (raw ``online_retail`` CSVs) are imported and cleaned by baihuo. Everything is learned
from the train file. The test is on customers of the test file whom the train file has, over all
products that the train file has. ``mode`` "all" is everything bought, "new" only
products that the customer had not bought before (and no system may list others).

    python bench/retail.py --train train.csv.gz --test test.csv.gz

One JSON line a system and mode; ours has ``vs``: recall@20 of ours minus that of each baseline, a paired
bootstrap over customers, 95%, and ``over``: recall@20 of ours divided by that of each baseline.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from baihuo.core import ShopPaths
from baihuo.engine import DuckTables
from baihuo.models.baskets import Baskets
from baihuo.privacy import column_mask
from baihuo.train.purchases.baskets import NamedBaskets, read_baskets
from baihuo.train.purchases.learn import learn_purchases
from baihuo.train.purchases.report import evaluate_purchases
from suites.shared.measure import Clock, emit, peak_mb
from suites.shared.shop import import_and_clean


def in_numbers_of(known: NamedBaskets, other: NamedBaskets) -> Baskets:
    """The lines of ``other`` whose visitor and product ``known`` has, in its numbers."""
    visitors = {v: i for i, v in enumerate(known.visitor_ids.tolist())}
    products = {p: i for i, p in enumerate(known.product_ids.tolist())}
    visitor_of = np.array([visitors.get(v, -1) for v in other.visitor_ids.tolist()], np.int32)
    product_of = np.array([products.get(p, -1) for p in other.product_ids.tolist()], np.int32)
    lines = other.baskets
    visitor, product = visitor_of[lines.visitor], product_of[lines.product]
    renamed = Baskets(
        visitor,
        product,
        lines.order,
        lines.at_us,
        lines.quantity,
        lines.price,
        len(known.visitor_ids),
        len(known.product_ids),
    )
    return renamed.take((visitor >= 0) & (product >= 0))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", type=Path, required=True, help="the older purchases")
    parser.add_argument("--test", type=Path, required=True, help="the weeks after them")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    tables = DuckTables(threads=arguments.threads)
    with tempfile.TemporaryDirectory(prefix="retail-") as folder, Clock() as clock:
        named = []
        for name, file in (("train", arguments.train), ("test", arguments.test)):
            paths = ShopPaths(Path(folder) / name)
            import_and_clean(
                paths, [file], tables=tables, mask=column_mask(b"bench"), format="online_retail"
            ).raise_if_stopped()
            named.append(
                read_baskets(
                    tables, events=paths.clean / "events", products=paths.clean / "products.parquet"
                )
            )
        train, test = named
        truth = in_numbers_of(train, test)
        at_us = int(test.baskets.at_us.min())
        model = learn_purchases(
            train.baskets, at_us=at_us, titles=train.titles, threads=arguments.threads
        )
        results = evaluate_purchases(model, train.baskets, truth, at_us=at_us)
    recall = {(result.system, result.mode): result.recall20 for result in results}
    for result in results:
        row = result.to_json()
        if result.vs is not None:
            row["over"] = {
                other: result.recall20 / max(recall[other, result.mode], 1e-9)
                for other in result.vs
            }
        emit(**row)
    emit(system="baihuo", wall_s=clock.wall_s, cpu_s=clock.cpu_s, peak_mb=peak_mb())


if __name__ == "__main__":
    main()
