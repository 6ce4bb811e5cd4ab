"""What customers buy next: ours beside popularity, own purchases, item kNN and EASE.

Both files (raw ``online_retail`` CSVs) are imported and cleaned by baihuo. Everything is learned
from the train file. Judged are the customers of the test file that the train file knows, on the
products that the train file knows, whole catalogue. ``mode`` "all" is everything bought, "new" only
products that the customer had not bought before (and no system may list others).

    python bench/retail.py --train train.csv.gz --test test.csv.gz

One JSON line a system and mode; ours has ``vs``: its recall@20 minus each baseline's, a paired
bootstrap over customers, 95%.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from baihuo.connect import import_files, segments
from baihuo.engine import DuckTables
from baihuo.models.baskets import Baskets
from baihuo.privacy import column_mask
from baihuo.quality import clean, load_rules
from baihuo.train.purchases.baskets import NamedBaskets, read_baskets
from baihuo.train.purchases.learn import learn_purchases
from baihuo.train.purchases.report import judge
from suites.shared.measure import Clock, emit, peak_mb


def cleaned(file: Path, folder: Path, tables: DuckTables) -> Path:
    """Import one file into a shop of its own and clean it; returns its ``2-clean``."""
    raw, out = folder / "1-raw", folder / "2-clean"
    import_files([file], raw=raw, tables=tables, mask=column_mask(b"bench"), format="online_retail")
    clean(
        tables,
        events=segments(raw, "events"),
        products=segments(raw, "products"),
        out=out,
        rules=load_rules(None),
    ).raise_if_stopped()
    return out


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
    given = parser.parse_args()
    tables = DuckTables(threads=given.threads)
    with tempfile.TemporaryDirectory(prefix="retail-") as folder, Clock() as clock:
        named = []
        for name, file in (("train", given.train), ("test", given.test)):
            out = cleaned(file, Path(folder) / name, tables)
            named.append(
                read_baskets(tables, events=out / "events", products=out / "products.parquet")
            )
        train, test = named
        truth = in_numbers_of(train, test)
        at_us = int(test.baskets.at_us.min())
        model = learn_purchases(
            train.baskets, at_us=at_us, titles=train.titles, threads=given.threads
        )
        results = judge(model, train.baskets, truth, at_us=at_us)
    for result in results:
        emit(**result.to_json())
    emit(system="baihuo", wall_s=clock.wall_s, cpu_s=clock.cpu_s, peak_mb=peak_mb())


if __name__ == "__main__":
    main()
